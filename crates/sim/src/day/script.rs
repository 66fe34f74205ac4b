//! A day written down: one JSON object a line.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::path::Path;

use super::crowd::{self, Row};
use super::op::Op;

/// An operation and where it stands.
#[derive(Clone, Debug)]
pub struct Line {
    /// Counts from 1, blank lines included.
    pub number: usize,
    /// What to do.
    pub op: Op,
    /// Whether marks older than it allows are refreshed first.
    pub refresh: bool,
    /// Rows of the file that `accounts` names.
    pub rows: Vec<Row>,
}

/// A JSON object whose fields are all different: a field that is said twice is an error, not the last one's word.
struct Object(Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
                let mut fields = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if fields.contains_key(&name) {
                        return Err(A::Error::custom(format!("duplicate field `{name}`")));
                    }
                    fields.insert(name, value);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// Reads a script; files that it names are in `folder`. Blank lines are skipped; anything else that is no operation is an error
/// that names its line and field.
pub fn parse(text: &str, folder: &Path) -> Result<Vec<Line>, String> {
    let mut lines: Vec<Line> = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let read = read(line, folder).map_err(|error| format!("line {number}: {error}"))?;
        if matches!(read.op, Op::Exchange(_)) && !lines.is_empty() {
            return Err(format!("line {number}: `exchange` comes first"));
        }
        lines.push(Line { number, ..read });
    }
    Ok(lines)
}

fn read(line: &str, folder: &Path) -> Result<Line, String> {
    let Object(mut fields) = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let refresh = match fields.remove("refresh") {
        None => true,
        Some(Value::Bool(refresh)) => refresh,
        Some(other) => return Err(format!("`refresh` is true or false, not {other}")),
    };
    let op: Op = serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
    if !refresh && matches!(op, Op::Exchange(_) | Op::Market(_)) {
        return Err(format!("unknown field `refresh`: `{}` looks at no mark", op.name()));
    }
    let rows = match &op {
        Op::Accounts { csv, .. } => crowd::read(&folder.join(csv))?,
        _ => Vec::new(),
    };
    Ok(Line { number: 0, op, refresh, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(line: &str) -> Result<Vec<Line>, String> {
        parse(line, Path::new("."))
    }

    #[test]
    fn what_is_no_operation_is_an_error_with_its_line_and_field() {
        for (line, said) in [
            (r#"{"op":"deposit","account":"a","usd":"1","memo":"x"}"#, "unknown field `memo`"),
            (r#"{"op":"allocate","account":"a","usd":"1"}"#, "unknown variant `allocate`"),
            (r#"{"op":"check","now":true}"#, "unknown field `now`"),
            (r#"{"op":"deposit","account":"a","usd":1}"#, "expected a string"),
            (r#"{"op":"deposit","account":"a"}"#, "missing field `usd`"),
            (r#"{"op":"deposit","account":"a","usd":"1","usd":"2"}"#, "duplicate field `usd`"),
            (r#"{"op":"deposit","account":"a","usd":"1","refresh":"no"}"#, "`refresh` is true or false"),
            (r#"{"op":"market","name":"SOL","refresh":false}"#, "unknown field `refresh`"),
            (
                r#"{"op":"quote","account":"a","market":"M","bids":[{"price":"1","size":"1","tag":1}]}"#,
                "unknown field `tag`",
            ),
            (
                r#"{"op":"trade","account":"a","market":"M","side":"up","size":"1","limit":"1","makers":[]}"#,
                "unknown variant `up`",
            ),
            ("deposit", "expected value"),
        ] {
            let error = read_one(&format!("\n{line}\n")).expect_err(line);
            assert!(error.starts_with("line 2: ") && error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn the_exchange_comes_first() {
        let error = read_one("{\"op\":\"check\"}\n{\"op\":\"exchange\"}").expect_err("second");
        assert_eq!(error, "line 2: `exchange` comes first");
        assert_eq!(read_one("{\"op\":\"exchange\"}\n\n{\"op\":\"check\"}").expect("a script").len(), 2);
    }

    #[test]
    fn a_line_may_forbid_the_refresh() {
        let lines =
            read_one("{\"op\":\"sync\",\"account\":\"a\"}\n{\"op\":\"sync\",\"account\":\"a\",\"refresh\":false}");
        let refreshes: Vec<bool> = lines.expect("a script").iter().map(|line| line.refresh).collect();
        assert_eq!(refreshes, [true, false]);
    }
}
