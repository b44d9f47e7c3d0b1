package main

import (
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// message is an entry with one field, as most of these streams have.
func message(id, value string) redis.XMessage {
	return redis.XMessage{ID: id, Values: map[string]any{"f": value}}
}

// fillStream adds entries 1-0 to count-0, with their number as the value.
func (s *session) fillStream(key string, count int) {
	for number := 1; number <= count; number++ {
		id := fmt.Sprintf("%d-0", number)
		is(s.db.XAdd(s, &redis.XAddArgs{Stream: key, ID: id, Values: []any{"f", number}}), id)
	}
}

// streamsSection: entries, ranges, reads, trims.
func streamsSection(s *session) {
	s.fillStream("s", 5)
	isError(s.db.XAdd(s, &redis.XAddArgs{Stream: "s", ID: "5-0", Values: []any{"f", 1}}), "ERR The ID specified")
	isNil(s.db.XAdd(s, &redis.XAddArgs{Stream: "nothing", NoMkStream: true, Values: []any{"f", 1}}))
	is(s.db.XLen(s, "s"), int64(5))
	is(s.db.XRange(s, "s", "(1", "3"), []redis.XMessage{message("2-0", "2"), message("3-0", "3")})
	is(s.db.XRangeN(s, "s", "-", "+", 1), []redis.XMessage{message("1-0", "1")})
	is(s.db.XRevRangeN(s, "s", "+", "-", 1), []redis.XMessage{message("5-0", "5")})
	is(s.db.XRead(s, &redis.XReadArgs{Streams: []string{"s", "nothing", "3-0", "0"}, Block: -1}),
		[]redis.XStream{{Stream: "s", Messages: []redis.XMessage{message("4-0", "4"), message("5-0", "5")}}})
	isNil(s.db.XRead(s, &redis.XReadArgs{Streams: []string{"s", "5-0"}, Block: -1}))
	is(s.db.XDel(s, "s", "3-0", "9-0"), int64(1))
	is(s.db.XTrimMaxLen(s, "s", 3), int64(1))
	is(s.db.XTrimMinID(s, "s", "4-0"), int64(1))
	is(s.db.XRange(s, "s", "-", "+"), []redis.XMessage{message("4-0", "4"), message("5-0", "5")})
	s.ok(s.db.XAdd(s, &redis.XAddArgs{Stream: "s", ID: "6-*", MaxLen: 2, Values: map[string]any{"f": "6"}}))
	is(s.db.XLen(s, "s"), int64(2))
	info := must(s.db.XInfoStream(s, "s").Result())
	equal(info.Length, int64(2))
	equal(info.LastGeneratedID, "6-0")
	equal(info.MaxDeletedEntryID, "3-0")
	equal(info.EntriesAdded, int64(6))
	equal(info.FirstEntry, message("5-0", "5"))
	s.ok(s.db.XAdd(s, &redis.XAddArgs{Stream: "clock", Values: []any{"f", 1}}))
	is(s.db.Type(s, "clock"), "stream")
}

// consumerGroupsSection: deliveries, acknowledgements, claims, what XINFO tells of them.
func consumerGroupsSection(s *session) {
	is(s.db.XGroupCreateMkStream(s, "s", "g", "0"), "OK")
	isError(s.db.XGroupCreate(s, "s", "g", "0"), "BUSYGROUP")
	s.fillStream("s", 4)
	read := func(consumer, id string, count int64) *redis.XStreamSliceCmd {
		return s.db.XReadGroup(s, &redis.XReadGroupArgs{
			Group: "g", Consumer: consumer, Streams: []string{"s", id}, Count: count, Block: -1,
		})
	}
	is(read("alice", ">", 2), []redis.XStream{{Stream: "s", Messages: []redis.XMessage{message("1-0", "1"), message("2-0", "2")}}})
	is(read("bob", ">", 1), []redis.XStream{{Stream: "s", Messages: []redis.XMessage{message("3-0", "3")}}})
	is(s.db.XAck(s, "s", "g", "1-0", "9-0"), int64(1))
	is(read("alice", "0", 10), []redis.XStream{{Stream: "s", Messages: []redis.XMessage{message("2-0", "2")}}})
	is(s.db.XPending(s, "s", "g"), &redis.XPending{
		Count: 2, Lower: "2-0", Higher: "3-0", Consumers: map[string]int64{"alice": 1, "bob": 1},
	})
	pending := must(s.db.XPendingExt(s, &redis.XPendingExtArgs{Stream: "s", Group: "g", Start: "-", End: "+", Count: 9, Consumer: "alice"}).Result())
	equal(len(pending), 1)
	equal(pending[0].ID, "2-0")
	equal(pending[0].RetryCount, int64(2))
	is(s.db.XClaim(s, &redis.XClaimArgs{Stream: "s", Group: "g", Consumer: "bob", Messages: []string{"2-0"}}),
		[]redis.XMessage{message("2-0", "2")})
	is(s.db.XClaimJustID(s, &redis.XClaimArgs{Stream: "s", Group: "g", Consumer: "bob", MinIdle: time.Hour, Messages: []string{"2-0"}}),
		[]string{})
	claimed, next, err := s.db.XAutoClaim(s, &redis.XAutoClaimArgs{Stream: "s", Group: "g", Consumer: "carol", Start: "0", Count: 1}).Result()
	equal(err, nil)
	equal(claimed, []redis.XMessage{message("2-0", "2")})
	equal(next, "3-0")
	groups := must(s.db.XInfoGroups(s, "s").Result())
	equal(groups, []redis.XInfoGroup{{Name: "g", Consumers: 3, Pending: 2, LastDeliveredID: "3-0", EntriesRead: 3, Lag: 1}})
	consumers := must(s.db.XInfoConsumers(s, "s", "g").Result())
	equal(len(consumers), 3)
	equal(consumers[2].Name, "carol")
	equal(consumers[2].Pending, int64(1))
	full := must(s.db.XInfoStreamFull(s, "s", 2).Result())
	equal(len(full.Entries), 2)
	equal(len(full.Groups), 1)
	equal(full.Groups[0].PelCount, int64(2))
	is(s.db.XGroupSetID(s, "s", "g", "$"), "OK")
	isNil(read("alice", ">", 1))
	is(s.db.XGroupCreateConsumer(s, "s", "g", "dave"), int64(1))
	is(s.db.XGroupDelConsumer(s, "s", "g", "carol"), int64(1))
	is(s.db.XGroupDestroy(s, "s", "g"), int64(1))
	isError(read("alice", ">", 1), "NOGROUP")
}
