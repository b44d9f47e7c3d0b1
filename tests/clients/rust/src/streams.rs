//! Streams, alone and with consumer groups.

use redis::streams::{
    StreamClaimReply, StreamId, StreamInfoConsumersReply, StreamInfoGroupsReply, StreamInfoStreamReply,
    StreamPendingCountReply, StreamPendingReply, StreamRangeReply, StreamReadOptions, StreamReadReply,
};
use redis::{Commands, Connection, RedisResult};

use crate::checks::{Session, fails, is, ok, run, text};

/// Adds entries 1-0 to count-0, with their number as the value.
fn fill(db: &mut Connection, count: u64) {
    for number in 1..=count {
        is(db.xadd("s", format!("{number}-0"), &[("f", number)]), format!("{number}-0"));
    }
}

/// Demands the entries that `fill` made under these numbers.
#[track_caller]
fn entries(got: &[StreamId], wanted: &[u64]) {
    let numbers: Vec<(String, Option<u64>)> = got.iter().map(|entry| (entry.id.clone(), entry.get("f"))).collect();
    let expected: Vec<(String, Option<u64>)> =
        wanted.iter().map(|number| (format!("{number}-0"), Some(*number))).collect();
    assert_eq!(numbers, expected);
}

/// Demands entries of the stream `s` alone; no number at all means a reply of nil.
#[track_caller]
fn read(got: RedisResult<Option<StreamReadReply>>, wanted: &[u64]) {
    match ok(got) {
        None => assert!(wanted.is_empty(), "got nil, wanted {wanted:?}"),
        Some(reply) => {
            assert_eq!((reply.keys.len(), reply.keys[0].key.as_str()), (1, "s"));
            entries(&reply.keys[0].ids, wanted);
        }
    }
}

#[track_caller]
fn range(got: RedisResult<StreamRangeReply>, wanted: &[u64]) {
    entries(&ok(got).ids, wanted);
}

pub fn streams(session: &mut Session) {
    let db = &mut session.db;
    fill(db, 5);
    fails::<String>(db.xadd("s", "5-0", &[("f", 1)]), "The ID specified");
    is(run(db, "XADD nothing NOMKSTREAM * f 1"), None::<String>);
    is(db.xlen("s"), 5);
    range(db.xrange("s", "(1", "3"), &[2, 3]);
    range(db.xrange_count("s", "-", "+", 1), &[1]);
    range(db.xrevrange_count("s", "+", "-", 1), &[5]);
    read(db.xread(&["s", "nothing"], &["3-0", "0"]), &[4, 5]);
    read(db.xread(&["s"], &["5-0"]), &[]);
    is(db.xdel("s", &["3-0", "9-0"]), 1);
    is(run(db, "XTRIM s MAXLEN 3"), 1);
    is(run(db, "XTRIM s MINID 4-0"), 1);
    range(db.xrange_all("s"), &[4, 5]);
    is(run(db, "XADD s MAXLEN 2 6-* f 6"), text("6-0"));
    let info: StreamInfoStreamReply = ok(db.xinfo_stream("s"));
    assert_eq!((info.length, info.last_generated_id.as_str()), (2, "6-0"));
    entries(&[info.first_entry], &[5]);
    ok::<String>(db.xadd("clock", "*", &[("f", 1)]));
    is(db.key_type("clock"), text("stream"));
}

pub fn consumer_groups(session: &mut Session) {
    let db = &mut session.db;
    is(db.xgroup_create_mkstream("s", "g", "0"), text("OK"));
    fails::<String>(db.xgroup_create("s", "g", "0"), "BUSYGROUP");
    fill(db, 4);
    let as_consumer = |name: &str, count| StreamReadOptions::default().group("g", name).count(count);
    read(db.xread_options(&["s"], &[">"], &as_consumer("alice", 2)), &[1, 2]);
    read(db.xread_options(&["s"], &[">"], &as_consumer("bob", 1)), &[3]);
    is(db.xack("s", "g", &["1-0", "9-0"]), 1);
    read(db.xread_options(&["s"], &["0"], &as_consumer("alice", 9)), &[2]);
    let StreamPendingReply::Data(pending) = ok(db.xpending("s", "g")) else { panic!("nothing is pending") };
    assert_eq!((pending.count, pending.start_id.as_str(), pending.end_id.as_str()), (2, "2-0", "3-0"));
    assert_eq!(pending.consumers.len(), 2);
    let mine: StreamPendingCountReply = ok(db.xpending_consumer_count("s", "g", "-", "+", 9, "alice"));
    assert_eq!((mine.ids.len(), mine.ids[0].id.as_str(), mine.ids[0].times_delivered), (1, "2-0", 2));
    let claimed: StreamClaimReply = ok(db.xclaim("s", "g", "bob", 0, &["2-0"]));
    entries(&claimed.ids, &[2]);
    is(run(db, "XCLAIM s g bob 3600000 2-0 JUSTID"), Vec::<String>::new());
    let auto: (String, StreamRangeReply, Vec<String>) = ok(run(db, "XAUTOCLAIM s g carol 0 0 COUNT 1"));
    assert_eq!(auto.0, "3-0");
    entries(&auto.1.ids, &[2]);
    let groups: StreamInfoGroupsReply = ok(db.xinfo_groups("s"));
    let group = &groups.groups[0];
    assert_eq!((group.name.as_str(), group.consumers, group.pending), ("g", 3, 2));
    assert_eq!((group.last_delivered_id.as_str(), group.entries_read, group.lag), ("3-0", Some(3), Some(1)));
    let consumers: StreamInfoConsumersReply = ok(db.xinfo_consumers("s", "g"));
    let pending: Vec<usize> = consumers.consumers.iter().map(|consumer| consumer.pending).collect();
    assert_eq!(pending, [0, 1, 1]);
    is(db.xgroup_setid("s", "g", "$"), text("OK"));
    read(db.xread_options(&["s"], &[">"], &as_consumer("alice", 1)), &[]);
    is(db.xgroup_createconsumer("s", "g", "dave"), true);
    is(db.xgroup_delconsumer("s", "g", "carol"), 1);
    is(db.xgroup_destroy("s", "g"), true);
    let gone: RedisResult<Option<StreamReadReply>> = db.xread_options(&["s"], &[">"], &as_consumer("alice", 1));
    assert!(gone.is_err_and(|error| error.to_string().contains("NOGROUP")), "the group is still there");
}

pub fn blocking_streams(session: &mut Session) {
    let options = StreamReadOptions::default().block(10_000);
    let reply = session.woken(
        |db| db.xread_options(&["s"], &["$"], &options),
        |peer| is(peer.xadd("s", "1-0", &[("f", 1)]), text("1-0")),
    );
    read(reply, &[1]);
    read(session.db.xread_options(&["s"], &["$"], &StreamReadOptions::default().block(50)), &[]);
    ok::<()>(session.db.xgroup_create("s", "g", "$"));
    let options = StreamReadOptions::default().block(10_000).group("g", "c");
    let reply = session.woken(
        |db| db.xread_options(&["s"], &[">"], &options),
        |peer| is(peer.xadd("s", "2-0", &[("f", 2)]), text("2-0")),
    );
    read(reply, &[2]);
}
