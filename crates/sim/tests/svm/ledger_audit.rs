//! The audit of the log from account data: honest dumps agree in every form they come in, and no byte changes unseen.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use breakwater::state::{LossLedger, Market, RECORDS};
use breakwater_sim::audit_log::{audit, run, Found, Report};
use breakwater_sim::svm::decode;
use serde_json::{json, Value};
use solana_pubkey::Pubkey;

use crate::ledger::bankruptcies;
use crate::stage::Stage;

fn dump(stage: &Stage, at: Pubkey, name: &str) -> Found {
    Found { source: name.into(), address: None, data: stage.venue.chain.data(&at).to_vec() }
}

fn ledger(stage: &Stage, name: &str) -> Found {
    dump(stage, stage.venue.build.keys.ledger, name)
}

fn market(stage: &Stage) -> Found {
    dump(stage, stage.venue.markets[0].market, "market")
}

fn says(found: &[Found]) -> Report {
    audit(found, None).expect("a ledger")
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= chunk.len() { digit as char } else { '=' });
        }
    }
    text
}

fn as_json(data: &[u8], owner: Pubkey) -> Value {
    json!({ "data": [base64(data), "base64"], "executable": false, "lamports": 1, "owner": owner.to_string(), "space": data.len() })
}

/// Dumps after 40, 90 and 130 records meet: the chain is whole, and says exactly what the market says. The last alone proves
/// the ring, and that the market says no less. Without the middle one there is a gap, which is said.
#[test]
fn dumps_of_several_times_join_to_the_first_record() {
    let mut stage = Stage::with_markets(1);
    let mut dumps = Vec::new();
    for count in [40, 50, 40] {
        bankruptcies(&mut stage, count);
        dumps.push(ledger(&stage, &format!("after {count} more")));
    }
    let [first, second, third] = dumps.clone().try_into().expect("three dumps");
    let whole = says(&[third.clone(), first.clone(), second, market(&stage)]);
    assert!(whole.agrees(), "{}", whole.print());
    let print = whole.print();
    assert!(print.contains("records 1 to 130, whole from the first record"), "{print}");
    assert!(print.contains("socialised by the log") && print.contains(" = "), "{print}");
    let alone = says(&[third.clone(), market(&stage)]);
    assert!(
        alone.agrees() && alone.print().contains("records 67 to 130, older ones only by their hash"),
        "{}",
        alone.print()
    );
    let gap = says(&[first.clone(), third.clone()]);
    assert!(
        gap.print().contains("records 1 to 40, whole") && gap.print().contains("records 67 to 130"),
        "{}",
        gap.print()
    );
    // Two dumps that each agree with themselves and not with each other.
    let mut other = Stage::with_markets(1);
    other.mark(0, 9_999);
    bankruptcies(&mut other, 50);
    let forked = says(&[first, ledger(&other, "another history")]);
    assert!(
        !forked.agrees() && forked.print().contains("FAILED another history: continues the chain"),
        "{}",
        forked.print()
    );
}

/// A record invented, hashed and summed as it should be is found by whoever has the market, or an older dump.
#[test]
fn a_tally_that_differs_is_found() {
    let mut stage = Stage::with_markets(1);
    bankruptcies(&mut stage, 5);
    assert!(says(&[ledger(&stage, "log"), market(&stage)]).agrees());
    let changes: [fn(&mut Market); 5] = [
        |market| market.books.tally.absorbed += 1,
        |market| market.books.tally.socialised -= 1,
        |market| market.books.tally.unfunded += 1,
        |market| market.books.tally.insured -= market.books.tally.insured.min(1_000_000_000),
        |market| market.books.tally.resolutions += 1,
    ];
    let before = decode::state::<Market>(&market(&stage).data);
    for (at, change) in changes.into_iter().enumerate() {
        let mut books = before.clone();
        change(&mut books);
        let changed = Found { data: decode::bytes(&*books), ..market(&stage) };
        let report = says(&[ledger(&stage, "log"), changed]);
        let untouched = at == 3 && before.books.tally.insured == 0;
        assert_eq!(report.agrees(), untouched, "change {at}: {}", report.print());
    }
}

/// Every byte of the account in turn, all its bits and one of them: while the ring fills, when it is full, and when it is empty.
#[test]
fn no_byte_of_the_log_changes_unseen() {
    let mut stage = Stage::with_markets(1);
    for more in [0, 7, RECORDS] {
        bankruptcies(&mut stage, more);
        let honest = ledger(&stage, "log");
        assert!(says(std::slice::from_ref(&honest)).agrees());
        assert_eq!(honest.data.len(), 8 + size_of::<LossLedger>());
        for at in 0..honest.data.len() {
            for flip in [0xff, 1 << (at % 8)] {
                let mut changed = honest.clone();
                changed.data[at] ^= flip;
                let seen = audit(&[changed], None).map_or(true, |report| !report.agrees());
                assert!(seen, "byte {at} ^ {flip:#x} after {more} records more");
            }
        }
        for length in [honest.data.len() - 1, honest.data.len() + 1] {
            let mut changed = honest.clone();
            changed.data.resize(length, 0);
            assert!(!says(&[changed]).agrees(), "{length} bytes");
        }
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("breakwater-audit-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Raw bytes, what `solana account --output json` prints, what JSON-RPC answers, a directory of them; and what is none of these.
#[test]
fn accounts_are_read_in_every_form_they_come_in() {
    let mut stage = Stage::with_markets(1);
    bankruptcies(&mut stage, 3);
    let keys = stage.venue.build.keys;
    let data = ledger(&stage, "").data;
    let folder = folder("forms");
    let cli = json!({ "pubkey": keys.ledger.to_string(), "account": as_json(&data, breakwater::ID) });
    let rpc = json!({ "jsonrpc": "2.0", "id": 1, "result": { "context": { "slot": 9 }, "value": as_json(&data, breakwater::ID) } });
    for (name, bytes) in
        [("raw.bin", data.clone()), ("cli.json", cli.to_string().into()), ("rpc.json", rpc.to_string().into())]
    {
        std::fs::write(folder.join(name), bytes).expect("a file");
        let report = run(&[folder.join(name).display().to_string()], Some(keys.exchange)).expect("a ledger");
        assert!(report.agrees(), "{name}: {}", report.print());
    }
    let all = run(&[folder.display().to_string()], None).expect("a directory");
    assert!(all.agrees() && all.print().contains("raw.bin: continues the chain"), "{}", all.print());

    let wrong_key = json!({ "pubkey": keys.exchange.to_string(), "account": as_json(&data, breakwater::ID) });
    let report = run(&[write(&folder, &wrong_key)], None).expect("a ledger");
    assert!(!report.agrees(), "another address: {}", report.print());
    let asked = run(&[folder.join("raw.bin").display().to_string()], Some(keys.ledger)).expect("a ledger");
    assert!(!asked.agrees(), "another exchange was asked for");
    let mut encoded = as_json(&data, breakwater::ID);
    encoded["data"][1] = json!("base58");
    let mut broken = as_json(&data, breakwater::ID);
    broken["data"][0] = json!("AA=A");
    for (value, error) in [
        (as_json(&data, keys.mint), "not by the program"),
        (encoded, "not in base64"),
        (broken, "broken base64"),
        (as_json(b"something else", breakwater::ID), "not a type of account"),
        (json!({ "result": null }), "holds no account"),
        (as_json(&market(&stage).data, breakwater::ID), "none of these accounts is a loss ledger"),
    ] {
        let refused = run(&[write(&folder, &value)], None).expect_err(error);
        assert!(refused.contains(error), "{refused}");
    }
    let refused = run(&[folder.join("nothing").display().to_string()], None);
    assert!(refused.is_err() && run(&["http://127.0.0.1:1".into()], None).is_err());
    std::fs::remove_dir_all(folder).expect("the folder goes");
}

fn write(folder: &std::path::Path, value: &Value) -> String {
    let file = folder.join("case.json");
    std::fs::write(&file, value.to_string()).expect("a file");
    file.display().to_string()
}

/// A JSON-RPC server of a handful of accounts.
fn serve(stage: &Stage) -> String {
    let chain = stage.venue.chain.clone();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let asked: Value = serde_json::from_slice(&body(&stream)).expect("JSON");
            let keys = asked["params"][0].as_array().expect("keys").clone();
            let values: Vec<Value> = keys
                .iter()
                .map(|key| match chain.data(&key.as_str().expect("a key").parse().expect("a key")) {
                    [] => Value::Null,
                    data => as_json(data, breakwater::ID),
                })
                .collect();
            let answer = json!({ "jsonrpc": "2.0", "id": 1, "result": { "context": { "slot": 1 }, "value": values } })
                .to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                answer.len()
            );
            stream.write_all(format!("{head}{answer}").as_bytes()).expect("an answer");
        }
    });
    address
}

fn body(stream: &TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).expect("a body");
    bytes
}

/// The command: a line for each check, success where all agree, failure where one does not or nothing can be read.
#[test]
fn the_command_asks_a_server_and_says_so_by_its_exit() {
    let mut stage = Stage::with_markets(2);
    bankruptcies(&mut stage, 3);
    let exchange = stage.venue.build.keys.exchange.to_string();
    let honest = serve(&stage);
    let command = |server: &str, exchange: &str| {
        let arguments = ["audit", server, "--exchange", exchange];
        let done = Command::new(env!("CARGO_BIN_EXE_breakwater-sim")).args(arguments).output().expect("the command");
        (
            done.status.success(),
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    let (agrees, print) = command(&honest, &exchange);
    assert!(agrees && print.contains("market 1: ") && print.contains(", 0 failed"), "{print}");
    let (agrees, print) = command(&honest, &stage.venue.build.keys.insurance_vault.to_string());
    assert!(!agrees, "{print}");
    let mut ledger = stage.venue.ledger();
    ledger.records[1].deficit += 1;
    stage.venue.chain.put_data(stage.venue.build.keys.ledger, breakwater::ID, decode::bytes(&*ledger));
    let (agrees, print) = command(&serve(&stage), &exchange);
    assert!(!agrees && print.contains("each deficit is the sum of its parts: not record 2"), "{print}");
    assert!(!command("http://127.0.0.1:1", &exchange).0, "nobody answers");
}
