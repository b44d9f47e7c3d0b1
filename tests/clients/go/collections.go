package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// hashesSection: fields, numbers in fields, both encodings.
func hashesSection(s *session) {
	is(s.db.HSet(s, "h", "f", "v", "g", "w"), int64(2))
	is(s.db.HSet(s, "h", map[string]any{"g": "x", "n": 1}), int64(1))
	is(s.db.HSetNX(s, "h", "f", "other"), false)
	is(s.db.HGet(s, "h", "f"), "v")
	isNil(s.db.HGet(s, "h", "nothing"))
	is(s.db.HMGet(s, "h", "g", "nothing", "f"), []any{"x", nil, "v"})
	is(s.db.HGetAll(s, "h"), map[string]string{"f": "v", "g": "x", "n": "1"})
	isSet(s.db.HKeys(s, "h"), "f", "g", "n")
	isSet(s.db.HVals(s, "h"), "v", "x", "1")
	is(s.db.HIncrBy(s, "h", "n", 41), int64(42))
	is(s.db.HIncrByFloat(s, "h", "n", -0.5), 41.5)
	is(s.db.HExists(s, "h", "n"), true)
	is(s.db.HStrLen(s, "h", "n"), int64(4))
	is(s.db.HDel(s, "h", "n", "g", "nothing"), int64(2))
	is(s.db.HRandField(s, "h", 5), []string{"f"})
	is(s.db.HRandFieldWithValues(s, "h", 1), []redis.KeyValue{{Key: "f", Value: "v"}})
	is(s.db.ObjectEncoding(s, "h"), "listpack")
	for number := range 1000 {
		s.ok(s.db.HSet(s, "h", fmt.Sprintf("field:%d", number), number))
	}
	is(s.db.ObjectEncoding(s, "h"), "hashtable")
	is(s.db.HLen(s, "h"), int64(1001))
	equal(len(s.db.HGetAll(s, "h").Val()), 1001)
}

// fieldExpirySection: times to live of single fields, as Redis 7.4 and Valkey 9 define them.
func fieldExpirySection(s *session) {
	s.ok(s.db.HSet(s, "h", "a", "1", "b", "2", "c", "3"))
	is(s.db.HExpire(s, "h", time.Hour, "a", "nothing"), []int64{1, -2})
	between(s.db.HTTL(s, "h", "a").Val()[0], 3590, 3600)
	is(s.db.HTTL(s, "h", "b", "nothing"), []int64{-1, -2})
	is(s.db.HExpireWithArgs(s, "h", time.Minute, redis.HExpireArgs{GT: true}, "a"), []int64{0})
	is(s.db.HExpireAt(s, "h", time.Unix(4102444800, 0), "a"), []int64{1})
	is(s.db.HExpireTime(s, "h", "a"), []int64{4102444800})
	is(s.db.HPersist(s, "h", "a", "b"), []int64{1, -1})
	is(s.db.HPExpire(s, "h", 20*time.Millisecond, "b"), []int64{1})
	time.Sleep(40 * time.Millisecond)
	is(s.db.HGetAll(s, "h"), map[string]string{"a": "1", "c": "3"})
	is(s.db.HGetEX(s, "h", "a"), []string{"1"})
	is(s.db.HSetEX(s, "h", "d", "4"), int64(1))
	is(s.db.HGetDel(s, "h", "d"), []string{"4"})
	is(s.db.HExists(s, "h", "d"), false)
}

// listsSection: both ends, positions, moves, trims, long lists.
func listsSection(s *session) {
	is(s.db.RPush(s, "l", "b", "c"), int64(2))
	is(s.db.LPush(s, "l", "a"), int64(3))
	is(s.db.RPushX(s, "nothing", "x"), int64(0))
	is(s.db.LRange(s, "l", 0, -1), []string{"a", "b", "c"})
	is(s.db.LIndex(s, "l", -1), "c")
	isNil(s.db.LIndex(s, "l", 3))
	is(s.db.LInsertBefore(s, "l", "b", "ab"), int64(4))
	is(s.db.LInsertAfter(s, "l", "nothing", "x"), int64(-1))
	is(s.db.LSet(s, "l", 1, "AB"), "OK")
	is(s.db.LPos(s, "l", "c", redis.LPosArgs{}), int64(3))
	s.ok(s.db.RPush(s, "l", "a", "a"))
	is(s.db.LPosCount(s, "l", "a", 0, redis.LPosArgs{}), []int64{0, 4, 5})
	is(s.db.LPosCount(s, "l", "a", 2, redis.LPosArgs{Rank: -1}), []int64{5, 4})
	is(s.db.LRem(s, "l", -1, "a"), int64(1))
	is(s.db.LMove(s, "l", "to", "LEFT", "RIGHT"), "a")
	is(s.db.RPopLPush(s, "l", "to"), "a")
	is(s.db.LRange(s, "to", 0, -1), []string{"a", "a"})
	is(s.db.LTrim(s, "l", 0, 1), "OK")
	key, values, err := s.db.LMPop(s, "right", 5, "nothing", "l").Result()
	equal(err, nil)
	equal(key, "l")
	equal(values, []string{"b", "AB"})
	is(s.db.Exists(s, "l"), int64(0))
	is(s.db.LPopCount(s, "to", 3), []string{"a", "a"})
	isNil(s.db.RPop(s, "to"))
	for number := range 1000 {
		s.ok(s.db.RPush(s, "long", strings.Repeat("x", number%50)+fmt.Sprint(number)))
	}
	is(s.db.LLen(s, "long"), int64(1000))
	is(s.db.ObjectEncoding(s, "long"), "quicklist")
	is(s.db.LRange(s, "long", 500, 501), []string{"500", "x501"})
}

// setsSection: members, algebra, the three encodings.
func setsSection(s *session) {
	is(s.db.SAdd(s, "numbers", 1, 2, 3, 3), int64(3))
	is(s.db.ObjectEncoding(s, "numbers"), "intset")
	is(s.db.SAdd(s, "s", "a", "b", "c"), int64(3))
	is(s.db.SIsMember(s, "s", "a"), true)
	is(s.db.SMIsMember(s, "s", "a", "z", "c"), []bool{true, false, true})
	isSet(s.db.SMembers(s, "s"), "a", "b", "c")
	is(s.db.SCard(s, "s"), int64(3))
	s.ok(s.db.SAdd(s, "t", "b", "c", "d"))
	isSet(s.db.SInter(s, "s", "t"), "b", "c")
	isSet(s.db.SUnion(s, "s", "t"), "a", "b", "c", "d")
	isSet(s.db.SDiff(s, "s", "t"), "a")
	is(s.db.SInterCard(s, 1, "s", "t"), int64(1))
	is(s.db.SInterStore(s, "to", "s", "t"), int64(2))
	is(s.db.SUnionStore(s, "to", "s", "t"), int64(4))
	is(s.db.SDiffStore(s, "to", "s", "nothing"), int64(3))
	is(s.db.SMove(s, "s", "t", "a"), true)
	is(s.db.SMove(s, "s", "t", "a"), false)
	is(s.db.SRem(s, "s", "b", "z"), int64(1))
	is(s.db.SRandMember(s, "s"), "c")
	is(s.db.SRandMemberN(s, "s", -3), []string{"c", "c", "c"})
	is(s.db.SPop(s, "s"), "c")
	isNil(s.db.SPop(s, "s"))
	for number := range 1000 {
		s.ok(s.db.SAdd(s, "numbers", fmt.Sprintf("member:%d", number)))
	}
	is(s.db.ObjectEncoding(s, "numbers"), "hashtable")
	equal(len(s.db.SMembersMap(s, "numbers").Val()), 1003)
	equal(len(s.db.SPopN(s, "numbers", 10).Val()), 10)
	is(s.db.SCard(s, "numbers"), int64(993))
}

// sortedSetsSection: scores, ranks, ranges of each kind, algebra, both encodings.
func sortedSetsSection(s *session) {
	is(s.db.ZAdd(s, "z", redis.Z{Score: 1, Member: "a"}, redis.Z{Score: 2, Member: "b"}, redis.Z{Score: 3, Member: "c"}), int64(3))
	is(s.db.ZAddNX(s, "z", redis.Z{Score: 9, Member: "a"}), int64(0))
	is(s.db.ZAddArgs(s, "z", redis.ZAddArgs{XX: true, GT: true, Ch: true, Members: []redis.Z{{Score: 1.5, Member: "a"}}}), int64(1))
	is(s.db.ZAddArgsIncr(s, "z", redis.ZAddArgs{Members: []redis.Z{{Score: -0.5, Member: "a"}}}), 1.0)
	is(s.db.ZIncrBy(s, "z", 0.25, "c"), 3.25)
	is(s.db.ZScore(s, "z", "c"), 3.25)
	isNil(s.db.ZScore(s, "z", "nothing"))
	is(s.db.ZMScore(s, "z", "a", "nothing"), []float64{1, 0})
	is(s.db.ZRank(s, "z", "c"), int64(2))
	is(s.db.ZRevRank(s, "z", "c"), int64(0))
	isNil(s.db.ZRank(s, "z", "nothing"))
	is(s.db.ZRange(s, "z", 0, -1), []string{"a", "b", "c"})
	is(s.db.ZRevRange(s, "z", 0, 0), []string{"c"})
	is(s.db.ZRangeWithScores(s, "z", -1, -1), []redis.Z{{Score: 3.25, Member: "c"}})
	is(s.db.ZRangeByScore(s, "z", &redis.ZRangeBy{Min: "(1", Max: "+inf", Offset: 1, Count: 1}), []string{"c"})
	is(s.db.ZRevRangeByScore(s, "z", &redis.ZRangeBy{Min: "-inf", Max: "2"}), []string{"b", "a"})
	is(s.db.ZRangeArgs(s, redis.ZRangeArgs{Key: "z", Start: 4, Stop: "(2", ByScore: true, Rev: true}), []string{"c"})
	is(s.db.ZRangeStore(s, "to", redis.ZRangeArgs{Key: "z", Start: 0, Stop: 1}), int64(2))
	is(s.db.ZCount(s, "z", "1", "(3.25"), int64(2))
	s.ok(s.db.ZAdd(s, "lex", redis.Z{Member: "a"}, redis.Z{Member: "b"}, redis.Z{Member: "c"}))
	is(s.db.ZRangeByLex(s, "lex", &redis.ZRangeBy{Min: "(a", Max: "[c"}), []string{"b", "c"})
	is(s.db.ZLexCount(s, "lex", "-", "+"), int64(3))
	is(s.db.ZRemRangeByLex(s, "lex", "-", "[a"), int64(1))
	s.ok(s.db.ZAdd(s, "y", redis.Z{Score: 10, Member: "b"}, redis.Z{Score: 20, Member: "d"}))
	is(s.db.ZUnionWithScores(s, redis.ZStore{Keys: []string{"z", "y"}, Weights: []float64{2, 1}, Aggregate: "MAX"}),
		[]redis.Z{{Score: 2, Member: "a"}, {Score: 6.5, Member: "c"}, {Score: 10, Member: "b"}, {Score: 20, Member: "d"}})
	is(s.db.ZInterWithScores(s, &redis.ZStore{Keys: []string{"z", "y"}}), []redis.Z{{Score: 12, Member: "b"}})
	is(s.db.ZDiff(s, "z", "y"), []string{"a", "c"})
	is(s.db.ZInterCard(s, 0, "z", "y"), int64(1))
	is(s.db.ZUnionStore(s, "to", &redis.ZStore{Keys: []string{"z", "y"}}), int64(4))
	is(s.db.ZInterStore(s, "to", &redis.ZStore{Keys: []string{"z", "y"}}), int64(1))
	is(s.db.ZDiffStore(s, "to", "z", "y"), int64(2))
	is(s.db.ZPopMin(s, "z"), []redis.Z{{Score: 1, Member: "a"}})
	is(s.db.ZPopMax(s, "z", 1), []redis.Z{{Score: 3.25, Member: "c"}})
	key, members, err := s.db.ZMPop(s, "min", 2, "nothing", "z").Result()
	equal(err, nil)
	equal(key, "z")
	equal(members, []redis.Z{{Score: 2, Member: "b"}})
	is(s.db.ZRem(s, "y", "b"), int64(1))
	is(s.db.ZRandMember(s, "y", 2), []string{"d"})
	is(s.db.ZRandMemberWithScores(s, "y", 1), []redis.Z{{Score: 20, Member: "d"}})
	for number := range 1000 {
		s.ok(s.db.ZAdd(s, "large", redis.Z{Score: float64(number), Member: fmt.Sprintf("member:%d", number)}))
	}
	is(s.db.ObjectEncoding(s, "y"), "listpack")
	is(s.db.ObjectEncoding(s, "large"), "skiplist")
	is(s.db.ZRank(s, "large", "member:777"), int64(777))
	is(s.db.ZRemRangeByRank(s, "large", 0, 99), int64(100))
	is(s.db.ZRemRangeByScore(s, "large", "(900", "+inf"), int64(99))
	is(s.db.ZCard(s, "large"), int64(801))
}

// geoSection: positions, distances, hashes, searches.
func geoSection(s *session) {
	palermo := &redis.GeoLocation{Name: "Palermo", Longitude: 13.361389, Latitude: 38.115556}
	catania := &redis.GeoLocation{Name: "Catania", Longitude: 15.087269, Latitude: 37.502669}
	is(s.db.GeoAdd(s, "sicily", palermo, catania), int64(2))
	near(s.db.GeoDist(s, "sicily", "Palermo", "Catania", "km").Val(), 166.2742)
	isNil(s.db.GeoDist(s, "sicily", "Palermo", "nothing", "km"))
	is(s.db.GeoHash(s, "sicily", "Palermo", "Catania"), []string{"sqc8b49rny0", "sqdtr74hyu0"})
	positions := must(s.db.GeoPos(s, "sicily", "Palermo", "nothing").Result())
	near(positions[0].Longitude, palermo.Longitude)
	near(positions[0].Latitude, palermo.Latitude)
	equal(positions[1], nil)
	circle := redis.GeoSearchQuery{Longitude: 15, Latitude: 37, Radius: 200, RadiusUnit: "km", Sort: "ASC"}
	is(s.db.GeoSearch(s, "sicily", &circle), []string{"Catania", "Palermo"})
	box := redis.GeoSearchQuery{Member: "Palermo", BoxWidth: 400, BoxHeight: 400, BoxUnit: "km", Sort: "DESC", Count: 1}
	found := must(s.db.GeoSearchLocation(s, "sicily", &redis.GeoSearchLocationQuery{
		GeoSearchQuery: box, WithCoord: true, WithDist: true, WithHash: true,
	}).Result())
	equal(len(found), 1)
	equal(found[0].Name, "Catania")
	equal(found[0].GeoHash, int64(3479447370796909))
	near(found[0].Dist, 166.2742)
	near(found[0].Latitude, catania.Latitude)
	is(s.db.GeoSearchStore(s, "sicily", "near", &redis.GeoSearchStoreQuery{GeoSearchQuery: circle, StoreDist: true}), int64(2))
	near(s.db.ZScore(s, "near", "Catania").Val(), 56.4413)
	radius := must(s.db.GeoRadiusByMember(s, "sicily", "Palermo", &redis.GeoRadiusQuery{Radius: 100, Unit: "km"}).Result())
	equal(len(radius), 1)
	equal(radius[0].Name, "Palermo")
}
