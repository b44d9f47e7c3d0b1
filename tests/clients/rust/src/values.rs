//! Strings, expiry and the types that live in strings.

use std::thread::sleep;
use std::time::Duration;

use redis::{Commands, ExistenceCheck, Expiry, SetExpiry, SetOptions, pipe};

use crate::checks::{Session, between, is, ok, run, text};

pub fn strings(session: &mut Session) {
    let db = &mut session.db;
    is(db.set("k", "v"), text("OK"));
    is(db.get("k"), text("v"));
    is(db.get("nothing"), None::<String>);
    is(db.set_nx("k", "w"), false);
    let options =
        SetOptions::default().conditional_set(ExistenceCheck::XX).get(true).with_expiration(SetExpiry::EX(100));
    is(db.set_options("k", "w", options), Some(text("v")));
    is(db.append("k", "xyz"), 4);
    is(db.getrange("k", 1, -1), text("xyz"));
    is(db.setrange("k", 5, "!"), 6);
    is(db.strlen("k"), 6);
    is(db.get_del("k"), Some(text("wxyz\0!")));
    is(db.incr("n", 10), 10);
    is(db.decr("n", 3), 7);
    is(db.incr("n", 0.5), 7.5);
    is(db.mset(&[("a", "1"), ("b", ""), ("c", "ümlaut")]), text("OK"));
    is(db.mset_nx(&[("c", "1"), ("d", "2")]), false);
    is(db.mget(&["a", "b", "nothing"]), vec![Some(text("1")), Some(text("")), None]);
    ok::<()>(db.mset(&[("x", "ohmytext"), ("y", "mynewtext")]));
    is(run(db, "LCS x y"), text("mytext"));
    is(run(db, "LCS x y LEN"), 6);
    let binary: Vec<u8> = (0..=u16::MAX).map(|number| number as u8).collect();
    ok::<()>(db.set(b"\r\n\0\xff", &binary));
    is(db.get(b"\r\n\0\xff"), binary);
    is(db.key_type("a"), text("string"));
    is(db.object_encoding("a"), Some(text("int")));
}

pub fn expiry(session: &mut Session) {
    let db = &mut session.db;
    ok::<()>(db.set_ex("k", "v", 3600));
    between(ok(db.ttl("k")), 3590.0, 3600.0);
    is(run(db, "EXPIRE k 60 GT"), false);
    is(db.expire("k", 60), true);
    is(db.pexpire("k", 50_000), true);
    between(ok(db.pttl("k")), 49_000.0, 50_000.0);
    is(db.expire_at("k", 33_177_117_420), true);
    is(db.expire_time("k"), 33_177_117_420_i64);
    is(db.persist("k"), true);
    is(db.ttl("k"), -1);
    is(db.ttl("nothing"), -2);
    is(db.get_ex("k", Expiry::PX(20)), Some(text("v")));
    sleep(Duration::from_millis(40));
    is(db.get("k"), None::<String>);
    ok::<()>(db.mset(&[("a", 1), ("b", 2)]));
    is(db.exists(&["a", "a", "b", "c"]), 3);
    is(run(db, "COPY a c"), true);
    is(db.rename("c", "d"), text("OK"));
    is(db.rename_nx("d", "a"), false);
    is(run(db, "TOUCH a d"), 2);
    is(db.unlink(&["a", "d"]), 2);
    is(db.del(&["b", "nothing"]), 1);
    is(run(db, "DBSIZE"), 0);
}

pub fn bitmaps(session: &mut Session) {
    let db = &mut session.db;
    is(db.setbit("bits", 7, true), false);
    is(db.setbit("bits", 100, true), false);
    is(db.setbit("bits", 7, true), true);
    is(db.getbit("bits", 100), true);
    is(db.bitcount("bits"), 2);
    is(db.bitcount_range("bits", 0, 0), 1);
    is(run(db, "BITCOUNT bits 8 100 BIT"), 1);
    is(run(db, "BITPOS bits 1"), 7);
    is(run(db, "BITPOS bits 0 7 10 BIT"), 8);
    ok::<()>(db.set("a", b"\xf0\xff"));
    ok::<()>(db.set("b", b"\x3c"));
    is(db.bit_and("to", &["a", "b"]), 2);
    is(db.get("to"), b"\x30\x00".to_vec());
    is(db.bit_or("to", &["a", "b"]), 2);
    is(db.get("to"), b"\xfc\xff".to_vec());
    is(db.bit_xor("to", &["a", "b"]), 2);
    is(db.get("to"), b"\xcc\xff".to_vec());
    is(db.bit_not("to", "b"), 1);
    is(db.get("to"), b"\xc3".to_vec());
    is(run(db, "BITFIELD f SET u8 0 250 INCRBY u8 0 10 GET u8 0"), vec![0, 4, 4]);
    is(run(db, "BITFIELD f OVERFLOW SAT INCRBY i4 #3 100"), vec![7]);
    is(run(db, "BITFIELD f OVERFLOW FAIL INCRBY u2 0 9"), vec![None::<i64>]);
    is(run(db, "BITFIELD_RO f GET u8 0 GET i4 12"), vec![4, 7]);
}

pub fn hyperloglog(session: &mut Session) {
    let db = &mut session.db;
    is(db.pfadd("small", &["a", "b", "c"]), true);
    is(db.pfadd("small", "a"), false);
    is(db.pfcount("small"), 3);
    is(db.pfcount("nothing"), 0);
    let mut pipeline = pipe();
    for number in 0..20_000 {
        pipeline.pfadd("large", format!("member:{number}")).ignore();
    }
    ok::<()>(pipeline.query(db));
    between(ok(db.pfcount("large")), 19_500.0, 20_500.0);
    is(db.pfmerge("all", &["large", "small"]), text("OK"));
    let union: i64 = ok(db.pfcount(&["large", "small"]));
    is(db.pfcount("all"), union);
    is(db.key_type("all"), text("string"));
}
