//! Transactions, pipelines, cursors, SORT, DUMP, pub/sub and blocking commands.

use std::collections::HashSet;
use std::time::Instant;

use redis::{Commands, Connection, Direction, FromRedisValue, RedisResult, ScanOptions, Value, cmd, pipe, transaction};

use crate::checks::{Session, between, fails, is, is_set, ok, run, scored, text, texts};

pub fn transactions(session: &mut Session) {
    let mut other = session.connect();
    let db = &mut session.db;
    let replies: (i64, Vec<String>) = ok(pipe()
        .atomic()
        .set("k", 1)
        .ignore()
        .incr("k", 1)
        .rpush("l", &["a", "b"])
        .ignore()
        .lrange("l", 0, -1)
        .query(db));
    assert_eq!(replies, (2, texts(&["a", "b"])));
    fails::<(i64, i64)>(pipe().atomic().lpush("k", "x").incr("k", 1).query(db), "WRONGTYPE");
    is(db.get("k"), 3);
    // The first attempt is spoilt by another connection; the library tries again.
    let mut attempts = Vec::new();
    let doubled: RedisResult<(i64,)> = transaction(db, &["k"], |db, pipeline| {
        let value: i64 = db.get("k")?;
        if attempts.is_empty() {
            ok::<()>(other.set("k", 100));
        }
        attempts.push(value);
        pipeline.set("k", value * 2).ignore().get("k").query(db)
    });
    is(doubled, (200,));
    assert_eq!(attempts, [3, 100]);
}

pub fn pipelines(session: &mut Session) {
    let mut pipeline = pipe();
    for number in 0..2000 {
        pipeline.set(format!("k:{number}"), number).ignore().get(format!("k:{number}"));
    }
    is(pipeline.query(&mut session.db), (0..2000).collect::<Vec<i64>>());
    fails::<Vec<Value>>(pipe().lpush("k:1", "x").get("k:1").query(&mut session.db), "WRONGTYPE");
    is(session.db.get("k:1"), 1);
}

/// How many different elements an iterator of the library yields.
fn count<T: std::hash::Hash + Eq>(elements: impl Iterator<Item = RedisResult<T>>) -> usize {
    elements.map(ok).collect::<HashSet<T>>().len()
}

pub fn scans(session: &mut Session) {
    let db = &mut session.db;
    let mut pipeline = pipe();
    for number in 0..1000 {
        let name = format!("item:{number:04}");
        pipeline.set(&name, number).ignore().hset("hash", &name, "value").ignore();
        pipeline.sadd("set", &name).ignore().zadd("zset", &name, number).ignore();
    }
    ok::<()>(pipeline.query(db));
    assert_eq!(count(ok(db.scan::<String>())), 1003);
    assert_eq!(count(ok(db.scan_match::<_, String>("item:00*"))), 100);
    let options = ScanOptions::default().with_count(100).with_type("zset");
    assert_eq!(count(ok(db.scan_options::<String>(options))), 1);
    assert_eq!(count(ok(db.sscan_match::<_, _, String>("set", "*9"))), 100);
    assert_eq!(count(ok(db.hscan::<_, (String, String)>("hash"))), 1000);
    assert_eq!(count(ok(db.zscan_match::<_, _, (String, String)>("zset", "item:000?"))), 10);
    assert_eq!(ok::<Vec<String>>(db.keys("item:*5")).len(), 100);
}

pub fn sort(session: &mut Session) {
    let db = &mut session.db;
    ok::<()>(db.rpush("l", &[3, 1, 10, 2]));
    is(run(db, "SORT l"), vec![1, 2, 3, 10]);
    is(run(db, "SORT l LIMIT 1 2 DESC"), vec![3, 2]);
    is(run(db, "SORT_RO l ALPHA"), vec![1, 10, 2, 3]);
    ok::<()>(db.mset(&[("w:1", 4), ("w:2", 3), ("w:3", 2), ("w:10", 1)]));
    ok::<()>(db.hset("name:1", "n", "one"));
    let wanted = ["10", "", "3", "", "2", "", "1", "one"];
    let wanted: Vec<Option<String>> = wanted.iter().map(|word| (!word.is_empty()).then(|| text(word))).collect();
    is(run(db, "SORT l BY w:* GET # GET name:*->n"), wanted);
    is(run(db, "SORT l BY nosort STORE to"), 4);
    is(db.lrange("to", 0, -1), vec![3, 1, 10, 2]);
}

/// RESTORE of a serialized value.
fn restore(db: &mut Connection, key: &str, ttl_ms: u64, payload: &[u8], flags: &[&str]) -> RedisResult<String> {
    cmd("RESTORE").arg(key).arg(ttl_ms).arg(payload).arg(flags).query(db)
}

pub fn dump_and_restore(session: &mut Session) {
    let db = &mut session.db;
    ok::<()>(db.set("string", "value"));
    ok::<()>(db.rpush("list", &["a", "b"]));
    ok::<()>(db.sadd("set", &[1, 2]));
    ok::<()>(db.hset("hash", "f", "v"));
    ok::<()>(db.zadd("zset", "m", 1.5));
    ok::<()>(db.xadd("stream", "1-0", &[("f", "v")]));
    for key in ["string", "list", "set", "hash", "zset", "stream"] {
        let payload: Vec<u8> = ok(run(db, &format!("DUMP {key}")));
        fails(restore(db, key, 0, &payload, &[]), "BUSYKEY");
        is(restore(db, "copy", 100_000, &payload, &[]), text("OK"));
        is(restore(db, "copy", 0, &payload, &["REPLACE"]), text("OK"));
        is(db.key_type("copy"), text(key));
        is(run(db, "DUMP copy"), payload.clone());
        fails(restore(db, "corrupt", 0, &payload[..payload.len() - 1], &[]), "DUMP payload");
        ok::<()>(db.del("copy"));
    }
    is(run(db, "DUMP nothing"), None::<Vec<u8>>);
}

pub fn pub_sub(session: &mut Session) {
    let mut connection = session.connect();
    let mut subscriber = connection.as_pubsub();
    let db = &mut session.db;
    ok(subscriber.subscribe(&["news", "weather"]));
    ok(subscriber.psubscribe(&["n?ws", "sport.*"]));
    is(db.publish("news", "hello"), 2);
    let message = ok(subscriber.get_message());
    assert_eq!((message.get_channel_name(), message.get_payload_bytes()), ("news", &b"hello"[..]));
    let message = ok(subscriber.get_message());
    assert_eq!((message.get_channel_name(), ok(message.get_pattern::<String>())), ("news", text("n?ws")));
    is(db.publish("sport.chess", "e4\0\r\n"), 1);
    assert_eq!(ok(subscriber.get_message()).get_payload_bytes(), b"e4\0\r\n");
    is_set(run(db, "PUBSUB CHANNELS *"), &["news", "weather"]);
    is(run(db, "PUBSUB NUMSUB news nobody"), vec![(text("news"), 1), (text("nobody"), 0)]);
    is(run(db, "PUBSUB NUMPAT"), 2);
    ok(subscriber.unsubscribe("news"));
    ok(subscriber.punsubscribe(&["n?ws", "sport.*"]));
    is(db.publish("news", "unheard"), 0);
    is(db.publish("weather", "rain"), 1);
    assert_eq!(ok(subscriber.get_message()).get_channel_name(), "weather");
}

/// The next thing that the server says on a connection, in the same words over both protocols.
fn pushed(connection: &mut Connection) -> Vec<String> {
    match ok(connection.recv_response()) {
        Value::Push { kind, data } => {
            let mut words = vec![kind.to_string()];
            words.extend(data.into_iter().map(|value| ok(String::from_redis_value(value).map_err(Into::into))));
            words
        }
        other => ok(Vec::<String>::from_redis_value(other).map_err(Into::into)),
    }
}

/// The library's blocking connections have no method for shards: its packed commands and responses are used instead.
pub fn sharded_pub_sub(session: &mut Session) {
    let mut subscriber = session.connect();
    let db = &mut session.db;
    ok(subscriber.send_packed_command(&cmd("SSUBSCRIBE").arg("orders").get_packed_command()));
    assert_eq!(pushed(&mut subscriber), texts(&["ssubscribe", "orders", "1"]));
    is(db.publish("orders", "not for shards"), 0);
    is(db.spublish("orders", "42"), 1);
    assert_eq!(pushed(&mut subscriber), texts(&["smessage", "orders", "42"]));
    is(run(db, "PUBSUB SHARDCHANNELS"), texts(&["orders"]));
    is(run(db, "PUBSUB SHARDNUMSUB orders"), vec![(text("orders"), 1)]);
    ok(subscriber.send_packed_command(&cmd("SUNSUBSCRIBE").arg("orders").get_packed_command()));
    assert_eq!(pushed(&mut subscriber), texts(&["sunsubscribe", "orders", "0"]));
    is(db.spublish("orders", "43"), 0);
}

pub fn notifications(session: &mut Session) {
    let mut connection = session.connect();
    let mut subscriber = connection.as_pubsub();
    let db = &mut session.db;
    ok::<()>(run(db, "CONFIG SET notify-keyspace-events KEA"));
    ok(subscriber.psubscribe("__key*@0__:*"));
    ok::<()>(db.lpush("k", "v"));
    ok::<()>(db.pexpire("k", 1));
    for event in ["lpush", "expire", "expired"] {
        let expected = [(text("__keyspace@0__:k"), text(event)), (format!("__keyevent@0__:{event}"), text("k"))];
        for (channel, payload) in expected {
            let message = ok(subscriber.get_message());
            assert_eq!((message.get_channel_name(), ok(message.get_payload())), (channel.as_str(), payload));
        }
    }
    ok::<()>(cmd("CONFIG").arg("SET").arg("notify-keyspace-events").arg("").query(db));
}

pub fn blocking_lists(session: &mut Session) {
    let popped =
        session.woken(|db| db.blpop(&["first", "second"], 10.0), |peer| is(peer.rpush("second", &["v", "w"]), 2));
    is(popped, Some((text("second"), text("v"))));
    is(session.db.brpop(&["first", "second"], 10.0), Some((text("second"), text("w"))));
    let begin = Instant::now();
    is(session.db.blpop("first", 0.2), None::<(String, String)>);
    between(begin.elapsed().as_secs_f64(), 0.18, 10.0);
    let moved = session.woken(
        |db| db.blmove("from", "to", Direction::Left, Direction::Right, 10.0),
        |peer| is(peer.lpush("from", "moved"), 1),
    );
    is(moved, text("moved"));
    is(session.db.brpoplpush("to", "from", 1.0), text("moved"));
    let popped = session.db.blmpop(1.0, 2, &["nothing", "from"], Direction::Left, 3);
    is(popped, Some((text("from"), texts(&["moved"]))));
    let popped = session.woken(
        |db| db.blpop("q", 10.0),
        |peer| ok(pipe().atomic().rpush("q", "a").del("q").rpush("q", "b").exec(peer)),
    );
    is(popped, Some((text("q"), text("b"))));
}

pub fn blocking_sorted_sets(session: &mut Session) {
    let popped = session
        .woken(|db| db.bzpopmin(&["nothing", "z"], 10.0), |peer| is(peer.zadd_multiple("z", &[(2, "b"), (1, "a")]), 2));
    is(popped, Some((text("z"), text("a"), 1.0)));
    is(session.db.bzpopmax("z", 10.0), Some((text("z"), text("b"), 2.0)));
    is(session.db.bzpopmin("z", 0.1), None::<(String, String, f64)>);
    let popped = session.woken(|db| db.bzmpop_max(10.0, "z", 5), |peer| is(peer.zadd("z", "c", 3), 1));
    is(popped, Some((text("z"), scored(&[("c", 3.0)]))));
}

pub fn errors(session: &mut Session) {
    let db = &mut session.db;
    ok::<()>(db.set("k", "text"));
    fails::<i64>(db.incr("k", 1), "value is not an integer");
    fails::<String>(db.hget("k", "f"), "WRONGTYPE");
    fails::<String>(run(db, "BOGUS x"), "unknown command");
    fails::<String>(run(db, "GET"), "wrong number of arguments");
    is(db.get("k"), text("text"));
}
