//! Drives every data type, transactions, pub/sub and blocking commands of a server through redis-rs, over RESP2 and
//! RESP3, and asserts the results as the library hands them out.
//!
//! Arguments: `ADDRESS [--field-expiry]`. A line is printed for each section that passed and `N passed` at the end.
//! The first wrong result ends the program with exit code 1 and a message that names its section, file and line.
//! `--field-expiry` adds the commands that redis-server 7.0 does not have. The server's data is deleted.

mod checks;
mod collections;
mod messaging;
mod streams;
mod values;

use std::sync::Mutex;

use checks::Session;

type Section = (&'static str, fn(&mut Session));

const SECTIONS: &[Section] = &[
    ("strings", values::strings),
    ("expiry", values::expiry),
    ("bitmaps", values::bitmaps),
    ("hyperloglog", values::hyperloglog),
    ("hashes", collections::hashes),
    ("lists", collections::lists),
    ("sets", collections::sets),
    ("sorted sets", collections::sorted_sets),
    ("geo", collections::geo),
    ("streams", streams::streams),
    ("consumer groups", streams::consumer_groups),
    ("transactions", messaging::transactions),
    ("pipelines", messaging::pipelines),
    ("scans", messaging::scans),
    ("sort", messaging::sort),
    ("dump and restore", messaging::dump_and_restore),
    ("pub/sub", messaging::pub_sub),
    ("sharded pub/sub", messaging::sharded_pub_sub),
    ("keyspace notifications", messaging::notifications),
    ("blocking lists", messaging::blocking_lists),
    ("blocking sorted sets", messaging::blocking_sorted_sets),
    ("blocking streams", streams::blocking_streams),
    ("errors", messaging::errors),
];

/// The section that runs, for the message of a check that fails, in whichever thread it is.
static CURRENT: Mutex<String> = Mutex::new(String::new());

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(address) = arguments.first() else {
        eprintln!("usage: redis-rs-client ADDRESS [--field-expiry]");
        std::process::exit(2);
    };
    std::panic::set_hook(Box::new(|failure| {
        let section = CURRENT.lock().map(|name| name.clone()).unwrap_or_default();
        eprintln!("redis-rs: FAILED in {section}: {failure}");
        std::process::exit(1);
    }));
    let mut sections = SECTIONS.to_vec();
    if arguments.iter().any(|flag| flag == "--field-expiry") {
        sections.push(("field expiry", collections::field_expiry));
    }
    let mut passed = 0;
    for protocol in ["resp2", "resp3"] {
        for (title, run) in &sections {
            let name = format!("{} {title}", protocol.to_uppercase());
            *CURRENT.lock().expect("no thread panics with the lock") = name.clone();
            run(&mut Session::new(address, protocol));
            println!("ok {name}");
            passed += 1;
        }
    }
    println!("{passed} passed");
}
