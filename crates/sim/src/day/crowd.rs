//! Many accounts and their positions in a file beside the day: `name,usd,market,size,price`.

use std::path::Path;

use crate::decimal::Decimal;

/// The columns, in their order.
const COLUMNS: &str = "name,usd,market,size,price";

/// A position to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Where.
    pub market: String,
    /// Base units, signed: long above zero.
    pub size: Decimal,
    /// At what.
    pub price: Decimal,
}

/// An account, what it deposits, and a position. A name that returns deposits again and opens another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the script calls it.
    pub name: String,
    /// What it pays in.
    pub usd: Decimal,
    /// What it opens; the last three columns may be empty together.
    pub opens: Option<Opening>,
}

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<Row>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    rows(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn rows(text: &str) -> Result<Vec<Row>, String> {
    let mut lines = (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty());
    match lines.next() {
        Some((_, COLUMNS)) => {}
        _ => return Err(format!("the first line is `{COLUMNS}`")),
    }
    lines.map(|(number, line)| row(line).map_err(|error| format!("line {number}: {error}"))).collect()
}

fn row(line: &str) -> Result<Row, String> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let [name, usd, market, size, price] = fields.as_slice() else {
        return Err(format!("{} columns, not 5", fields.len()));
    };
    if name.is_empty() {
        return Err("`name` is empty".into());
    }
    let opens = match (*market, *size, *price) {
        ("", "", "") => None,
        ("", ..) => return Err("`market` is empty".into()),
        _ => Some(Opening { market: (*market).into(), size: Decimal::parse(size)?, price: Decimal::parse(price)? }),
    };
    Ok(Row { name: (*name).into(), usd: Decimal::parse(usd)?, opens })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_or_refused_with_their_line() {
        let found = rows("name,usd,market,size,price\na, 10 ,SOL,-1.5,200\n\nb,5,,,\n").expect("two rows");
        assert_eq!(found.len(), 2);
        assert_eq!(
            found.first().and_then(|row| row.opens.as_ref()).map(|opens| opens.size),
            Decimal::parse("-1.5").ok()
        );
        assert_eq!(found.last().map(|row| row.opens.is_none()), Some(true));
        for (text, said) in [
            ("name,usd\n", "the first line is"),
            ("name,usd,market,size,price\na,1,SOL,1\n", "line 2: 4 columns"),
            ("name,usd,market,size,price\na,1,,1,2\n", "line 2: `market` is empty"),
            ("name,usd,market,size,price\na,x,,,\n", "line 2: `x` is not a decimal"),
        ] {
            let error = rows(text).expect_err(said);
            assert!(error.contains(said), "{error}");
        }
    }
}
