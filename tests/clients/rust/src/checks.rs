//! What a section works with: connections to an emptied server, and checks that name the caller's line.

use std::fmt::Debug;
use std::thread;
use std::time::{Duration, Instant};

use redis::{Client, Connection, FromRedisValue, RedisResult, cmd};

/// A wakeful peer acts this long after the blocking command was sent; it is parked by then.
const PEER_DELAY: Duration = Duration::from_millis(100);

/// No reply is awaited longer than this, so that a command that never answers is a failure instead of a hang.
const TIMEOUT: Duration = Duration::from_secs(15);

pub struct Session {
    pub db: Connection,
    client: Client,
}

impl Session {
    /// Connects to `address` (host:port) with `protocol` (resp2 or resp3) and empties the server.
    pub fn new(address: &str, protocol: &str) -> Session {
        let url = format!("redis://{address}/?protocol={protocol}");
        let client = Client::open(url).expect("an address is host:port");
        let mut session = Session { db: open(&client), client };
        is(run(&mut session.db, "FLUSHALL"), text("OK"));
        session
    }

    /// A further connection.
    pub fn connect(&self) -> Connection {
        open(&self.client)
    }

    /// Runs a blocking command and, once it is parked, `wake` from another connection; returns the command's reply.
    #[track_caller]
    pub fn woken<T>(
        &mut self,
        blocking: impl FnOnce(&mut Connection) -> RedisResult<T>,
        wake: impl FnOnce(&mut Connection) + Send + 'static,
    ) -> RedisResult<T> {
        let mut connection = self.connect();
        let peer = thread::spawn(move || {
            thread::sleep(PEER_DELAY);
            wake(&mut connection);
        });
        let begin = Instant::now();
        let reply = blocking(&mut self.db);
        assert!(begin.elapsed() + Duration::from_millis(20) >= PEER_DELAY, "it did not wait");
        peer.join().expect("the peer's checks hold");
        reply
    }
}

fn open(client: &Client) -> Connection {
    let connection = client.get_connection().expect("the server takes connections");
    connection.set_read_timeout(Some(TIMEOUT)).expect("a time-out can be set");
    connection
}

/// Runs a command given as words, for what the library has no method.
pub fn run<T: FromRedisValue>(db: &mut Connection, line: &str) -> RedisResult<T> {
    let mut words = line.split(' ');
    let mut command = cmd(words.next().unwrap_or_default());
    for word in words {
        command.arg(word);
    }
    command.query(db)
}

/// Demands that a command succeeded and replied so.
#[track_caller]
pub fn is<T: PartialEq + Debug>(got: RedisResult<T>, wanted: T) {
    match got {
        Ok(value) => assert_eq!(value, wanted),
        Err(error) => panic!("got the error {error}, wanted {wanted:?}"),
    }
}

/// Demands these strings in any order.
#[track_caller]
pub fn is_set(got: RedisResult<Vec<String>>, wanted: &[&str]) {
    let mut members = ok(got);
    members.sort();
    let mut expected = texts(wanted);
    expected.sort();
    assert_eq!(members, expected);
}

/// Demands an error that contains this.
#[track_caller]
pub fn fails<T: Debug>(got: RedisResult<T>, part: &str) {
    match got {
        Ok(value) => panic!("got {value:?}, wanted an error with {part:?}"),
        Err(error) => assert!(error.to_string().contains(part), "got {error}, wanted {part:?}"),
    }
}

/// Demands success and returns the value.
#[track_caller]
pub fn ok<T>(got: RedisResult<T>) -> T {
    match got {
        Ok(value) => value,
        Err(error) => panic!("got the error {error}"),
    }
}

#[track_caller]
pub fn between(number: f64, least: f64, most: f64) {
    assert!((least..=most).contains(&number), "got {number}, wanted {least} to {most}");
}

/// Demands a floating-point number, but for rounding.
#[track_caller]
pub fn near(number: f64, wanted: f64) {
    between(number, wanted - 1e-3 * wanted.abs().max(1.0), wanted + 1e-3 * wanted.abs().max(1.0));
}

pub fn text(value: &str) -> String {
    value.to_string()
}

pub fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| value.to_string()).collect()
}

pub fn scored(values: &[(&str, f64)]) -> Vec<(String, f64)> {
    values.iter().map(|(member, score)| (text(member), *score)).collect()
}
