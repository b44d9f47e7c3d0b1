//! Hashes, lists, sets, sorted sets and geo.

use std::collections::HashMap;
use std::thread::sleep;
use std::time::Duration;

use redis::geo::{Coord, Unit};
use redis::{Commands, Direction, ExpireOption, LposOptions, SortedSetAddOptions, pipe};

use crate::checks::{Session, between, is, is_set, near, ok, run, scored, text, texts};

pub fn hashes(session: &mut Session) {
    let db = &mut session.db;
    is(db.hset_multiple("h", &[("f", "v"), ("g", "w")]), text("OK"));
    is(db.hset("h", "g", "x"), 0);
    is(db.hset_nx("h", "f", "other"), false);
    is(db.hget("h", "f"), text("v"));
    is(db.hget("h", "nothing"), None::<String>);
    is(db.hmget("h", &["g", "nothing"]), vec![Some(text("x")), None]);
    is(db.hincr("h", "n", 42), 42);
    is(db.hincr("h", "n", -0.5), 41.5);
    let all: HashMap<String, String> = ok(db.hgetall("h"));
    assert_eq!(all.len(), 3);
    assert_eq!(all["n"], "41.5");
    is_set(db.hkeys("h"), &["f", "g", "n"]);
    is_set(db.hvals("h"), &["v", "x", "41.5"]);
    is(db.hexists("h", "n"), true);
    is(run(db, "HSTRLEN h n"), 4);
    is(db.hdel("h", &["n", "g", "nothing"]), 2);
    is(run(db, "HRANDFIELD h 1 WITHVALUES"), vec![(text("f"), text("v"))]);
    is(db.object_encoding("h"), Some(text("listpack")));
    let mut pipeline = pipe();
    for number in 0..1000 {
        pipeline.hset("h", format!("field:{number}"), number).ignore();
    }
    ok::<()>(pipeline.query(db));
    is(db.object_encoding("h"), Some(text("hashtable")));
    is(db.hlen("h"), 1001);
    assert_eq!(ok::<HashMap<String, String>>(db.hgetall("h")).len(), 1001);
}

/// Times to live of single fields, as Redis 7.4 and Valkey 9 define them.
pub fn field_expiry(session: &mut Session) {
    let db = &mut session.db;
    ok::<()>(db.hset_multiple("h", &[("a", 1), ("b", 2), ("c", 3)]));
    is(db.hexpire("h", 3600, ExpireOption::NONE, &["a", "nothing"]), vec![1, -2]);
    between(ok::<Vec<f64>>(db.httl("h", "a"))[0], 3590.0, 3600.0);
    is(db.httl("h", &["b", "nothing"]), vec![-1, -2]);
    is(db.hexpire("h", 60, ExpireOption::GT, "a"), vec![0]);
    is(db.hexpire_at("h", 33_177_117_420, ExpireOption::NONE, "a"), vec![1]);
    is(db.hexpire_time("h", "a"), vec![33_177_117_420_i64]);
    is(db.hpersist("h", &["a", "b"]), vec![1, -1]);
    is(db.hpexpire("h", 20, ExpireOption::NONE, "b"), vec![1]);
    sleep(Duration::from_millis(40));
    is_set(db.hkeys("h"), &["a", "c"]);
    is(db.hget_ex("h", "a", redis::Expiry::PX(50_000)), texts(&["1"]));
    between(ok::<Vec<f64>>(db.hpttl("h", "a"))[0], 49_000.0, 50_000.0);
    is(run(db, "HSETEX h EX 100 FIELDS 1 d 4"), true);
    is(db.hget_del("h", "d"), texts(&["4"]));
}

pub fn lists(session: &mut Session) {
    let db = &mut session.db;
    is(db.rpush("l", &["b", "c"]), 2);
    is(db.lpush("l", "a"), 3);
    is(db.lpush_exists("nothing", "x"), 0);
    is(db.lrange("l", 0, -1), texts(&["a", "b", "c"]));
    is(db.lindex("l", -1), text("c"));
    is(db.lindex("l", 3), None::<String>);
    is(db.linsert_before("l", "b", "ab"), 4);
    is(db.linsert_after("l", "nothing", "x"), -1);
    is(db.lset("l", 1, "AB"), text("OK"));
    ok::<()>(db.rpush("l", &["a", "a"]));
    is(db.lpos("l", "c", LposOptions::default()), Some(3));
    is(db.lpos("l", "a", LposOptions::default().count(0)), vec![0, 4, 5]);
    is(db.lpos("l", "a", LposOptions::default().rank(-1).count(2)), vec![5, 4]);
    is(db.lrem("l", -1, "a"), 1);
    is(db.lmove("l", "to", Direction::Left, Direction::Right), text("a"));
    is(db.rpoplpush("l", "to"), text("a"));
    is(db.ltrim("l", 0, 1), text("OK"));
    is(db.lmpop(2, &["nothing", "l"], Direction::Right, 5), Some((text("l"), texts(&["b", "AB"]))));
    is(db.exists("l"), false);
    is(run(db, "LPOP to 3"), texts(&["a", "a"]));
    is(run(db, "RPOP to"), None::<String>);
    let mut pipeline = pipe();
    for number in 0..1000 {
        pipeline.rpush("long", format!("{}{number}", "x".repeat(number % 50))).ignore();
    }
    ok::<()>(pipeline.query(db));
    is(db.llen("long"), 1000);
    is(db.object_encoding("long"), Some(text("quicklist")));
    is(db.lrange("long", 500, 501), texts(&["500", "x501"]));
}

pub fn sets(session: &mut Session) {
    let db = &mut session.db;
    is(db.sadd("numbers", &[1, 2, 3, 3]), 3);
    is(db.object_encoding("numbers"), Some(text("intset")));
    is(db.sadd("s", &["a", "b", "c"]), 3);
    is(db.sismember("s", "a"), true);
    is(db.smismember("s", &["a", "z", "c"]), vec![true, false, true]);
    is_set(db.smembers("s"), &["a", "b", "c"]);
    ok::<()>(db.sadd("t", &["b", "c", "d"]));
    is_set(db.sinter(&["s", "t"]), &["b", "c"]);
    is_set(db.sunion(&["s", "t"]), &["a", "b", "c", "d"]);
    is_set(db.sdiff(&["s", "t"]), &["a"]);
    is(run(db, "SINTERCARD 2 s t LIMIT 1"), 1);
    is(db.sinterstore("to", &["s", "t"]), 2);
    is(db.sunionstore("to", &["s", "t"]), 4);
    is(db.sdiffstore("to", &["s", "nothing"]), 3);
    is(db.smove("s", "t", "a"), true);
    is(db.srem("s", &["b", "z"]), 1);
    is(db.srandmember_multiple("s", -3), texts(&["c", "c", "c"]));
    is(db.spop("s"), Some(text("c")));
    is(db.spop("s"), None::<String>);
    let mut pipeline = pipe();
    for number in 0..1000 {
        pipeline.sadd("numbers", format!("member:{number}")).ignore();
    }
    ok::<()>(pipeline.query(db));
    is(db.object_encoding("numbers"), Some(text("hashtable")));
    assert_eq!(ok::<Vec<String>>(run(db, "SPOP numbers 10")).len(), 10);
    is(db.scard("numbers"), 993);
}

pub fn sorted_sets(session: &mut Session) {
    let db = &mut session.db;
    is(db.zadd_multiple("z", &[(1, "a"), (2, "b"), (3, "c")]), 3);
    is(db.zadd_options("z", "a", 9, &SortedSetAddOptions::add_only()), 0);
    is(run(db, "ZADD z XX GT CH 1.5 a"), 1);
    is(run(db, "ZADD z INCR -0.5 a"), 1.0);
    is(db.zincr("z", "c", 0.25), 3.25);
    is(db.zscore("z", "c"), Some(3.25));
    is(db.zscore("z", "nothing"), None::<f64>);
    is(db.zscore_multiple("z", &["a", "nothing"]), Some(vec![Some(1.0), None]));
    is(db.zrank("z", "c"), Some(2));
    is(db.zrevrank("z", "c"), Some(0));
    is(db.zrank("z", "nothing"), None::<i64>);
    is(db.zrange("z", 0, -1), texts(&["a", "b", "c"]));
    is(db.zrevrange("z", 0, 0), texts(&["c"]));
    is(db.zrange_withscores("z", -1, -1), scored(&[("c", 3.25)]));
    is(db.zrangebyscore_limit("z", "(1", "+inf", 1, 1), texts(&["c"]));
    is(db.zrevrangebyscore("z", 2, "-inf"), texts(&["b", "a"]));
    is(run(db, "ZRANGE z 4 (2 BYSCORE REV"), texts(&["c"]));
    is(run(db, "ZRANGESTORE to z 0 1"), 2);
    is(db.zcount("z", "1", "(3.25"), 2);
    ok::<()>(db.zadd_multiple("lex", &[(0, "a"), (0, "b"), (0, "c")]));
    is(db.zrangebylex("lex", "(a", "[c"), texts(&["b", "c"]));
    is(db.zlexcount("lex", "-", "+"), 3);
    is(db.zrembylex("lex", "-", "[a"), 1);
    ok::<()>(db.zadd_multiple("y", &[(10, "b"), (20, "d")]));
    let union = scored(&[("a", 2.0), ("c", 6.5), ("b", 10.0), ("d", 20.0)]);
    is(run(db, "ZUNION 2 z y WEIGHTS 2 1 AGGREGATE MAX WITHSCORES"), union);
    is(run(db, "ZINTER 2 z y WITHSCORES"), scored(&[("b", 12.0)]));
    is(run(db, "ZDIFF 2 z y"), texts(&["a", "c"]));
    is(run(db, "ZINTERCARD 2 z y"), 1);
    is(db.zunionstore("to", &["z", "y"]), 4);
    is(db.zinterstore_weights("to", &[("z", 2), ("y", 1)]), 1);
    is(run(db, "ZDIFFSTORE to 2 z y"), 2);
    is(db.zpopmin("z", 1), scored(&[("a", 1.0)]));
    is(db.zpopmax("z", 1), scored(&[("c", 3.25)]));
    is(db.zmpop_min(&["nothing", "z"], 2), Some((text("z"), scored(&[("b", 2.0)]))));
    is(db.zrem("y", "b"), 1);
    is(db.zrandmember_withscores("y", 1), scored(&[("d", 20.0)]));
    let mut pipeline = pipe();
    for number in 0..1000 {
        pipeline.zadd("large", format!("member:{number}"), number).ignore();
    }
    ok::<()>(pipeline.query(db));
    is(db.object_encoding("y"), Some(text("listpack")));
    is(db.object_encoding("large"), Some(text("skiplist")));
    is(db.zrank("large", "member:777"), Some(777));
    is(db.zremrangebyrank("large", 0, 99), 100);
    is(db.zrembyscore("large", "(900", "+inf"), 99);
    is(db.zcard("large"), 801);
}

pub fn geo(session: &mut Session) {
    let db = &mut session.db;
    let palermo = (Coord::lon_lat(13.361389, 38.115556), "Palermo");
    let catania = (Coord::lon_lat(15.087269, 37.502669), "Catania");
    is(db.geo_add("sicily", &[palermo, catania]), 2);
    near(ok(db.geo_dist("sicily", "Palermo", "Catania", Unit::Kilometers)), 166.2742);
    is(db.geo_dist("sicily", "Palermo", "nothing", Unit::Meters), None::<f64>);
    is(db.geo_hash("sicily", &["Palermo", "Catania"]), texts(&["sqc8b49rny0", "sqdtr74hyu0"]));
    let positions: Vec<Option<Coord<f64>>> = ok(db.geo_pos("sicily", &["Palermo", "nothing"]));
    near(positions[0].as_ref().map_or(0.0, |place| place.longitude), 13.361389);
    assert!(positions[1].is_none());
    let circle = "FROMLONLAT 15 37 BYRADIUS 200 km ASC";
    is(run(db, &format!("GEOSEARCH sicily {circle}")), texts(&["Catania", "Palermo"]));
    let found: Vec<(String, f64, i64)> =
        ok(run(db, "GEOSEARCH sicily FROMMEMBER Palermo BYBOX 400 400 km DESC COUNT 1 WITHDIST WITHHASH"));
    assert_eq!((found.len(), found[0].0.as_str(), found[0].2), (1, "Catania", 3_479_447_370_796_909));
    near(found[0].1, 166.2742);
    is(run(db, &format!("GEOSEARCHSTORE near sicily {circle} STOREDIST")), 2);
    near(ok(db.zscore("near", "Catania")), 56.4413);
    is(run(db, "GEORADIUSBYMEMBER sicily Palermo 100 km"), texts(&["Palermo"]));
}
