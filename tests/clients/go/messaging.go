package main

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// transactionsSection: MULTI and EXEC, errors inside, optimistic locking.
func transactionsSection(s *session) {
	replies := must(s.db.TxPipelined(s, func(pipe redis.Pipeliner) error {
		pipe.Set(s, "k", "1", 0)
		pipe.Incr(s, "k")
		pipe.RPush(s, "l", "a", "b")
		pipe.LRange(s, "l", 0, -1)
		return nil
	}))
	equal(len(replies), 4)
	is(replies[1].(*redis.IntCmd), int64(2))
	is(replies[3].(*redis.StringSliceCmd), []string{"a", "b"})
	replies, err := s.db.TxPipelined(s, func(pipe redis.Pipeliner) error {
		pipe.LPush(s, "k", "x")
		pipe.Incr(s, "k")
		return nil
	})
	equal(redis.HasErrorPrefix(err, "WRONGTYPE"), true)
	is(replies[1].(*redis.IntCmd), int64(3))
	other := s.second()
	add := func(interfere bool) error {
		return s.db.Watch(s, func(tx *redis.Tx) error {
			value := must(tx.Get(s, "k").Int())
			if interfere {
				s.ok(other.Set(s, "k", 100, 0))
			}
			_, err := tx.TxPipelined(s, func(pipe redis.Pipeliner) error {
				pipe.Set(s, "k", value+1, 0)
				return nil
			})
			return err
		}, "k")
	}
	equal(errors.Is(add(true), redis.TxFailedErr), true)
	is(s.db.Get(s, "k"), "100")
	equal(add(false), nil)
	is(s.db.Get(s, "k"), "101")
}

// pipelinesSection: order and errors in place.
func pipelinesSection(s *session) {
	replies, err := s.db.Pipelined(s, func(pipe redis.Pipeliner) error {
		for number := range 2000 {
			pipe.Set(s, fmt.Sprintf("k:%d", number), number, 0)
			pipe.Get(s, fmt.Sprintf("k:%d", number))
		}
		pipe.LPush(s, "k:1", "x")
		pipe.Get(s, "k:1")
		return nil
	})
	equal(redis.HasErrorPrefix(err, "WRONGTYPE"), true)
	for number := range 2000 {
		is(replies[2*number+1].(*redis.StringCmd), strconv.Itoa(number))
	}
	isError(replies[4000], "WRONGTYPE")
	is(replies[4001].(*redis.StringCmd), "1")
}

// collect walks a cursor to its end and returns each element once, in order.
func (s *session) collect(command *redis.ScanCmd) []string {
	seen := map[string]bool{}
	iterator := command.Iterator()
	for iterator.Next(s) {
		seen[iterator.Val()] = true
	}
	equal(iterator.Err(), nil)
	elements := make([]string, 0, len(seen))
	for element := range seen {
		elements = append(elements, element)
	}
	sort.Strings(elements)
	return elements
}

// scansSection: the four cursors, with patterns, counts and types.
func scansSection(s *session) {
	_, err := s.db.Pipelined(s, func(pipe redis.Pipeliner) error {
		for number := range 1000 {
			name := fmt.Sprintf("item:%04d", number)
			pipe.Set(s, name, number, 0)
			pipe.HSet(s, "hash", name, "value")
			pipe.SAdd(s, "set", name)
			pipe.ZAdd(s, "zset", redis.Z{Score: float64(number), Member: name})
		}
		return nil
	})
	equal(err, nil)
	equal(len(s.collect(s.db.Scan(s, 0, "", 50))), 1003)
	equal(len(s.collect(s.db.Scan(s, 0, "item:00*", 50))), 100)
	equal(s.collect(s.db.ScanType(s, 0, "", 100, "zset")), []string{"zset"})
	equal(len(s.collect(s.db.SScan(s, "set", 0, "*9", 20))), 100)
	// Fields and values alternate, and so do members and scores.
	equal(len(s.collect(s.db.HScan(s, "hash", 0, "", 20))), 1000+1)
	equal(len(s.collect(s.db.ZScan(s, "zset", 0, "item:000?", 20))), 2*10)
	keys := must(s.db.Keys(s, "item:*5").Result())
	equal(len(keys), 100)
}

// sortSection: numbers, text, external keys, stores.
func sortSection(s *session) {
	s.ok(s.db.RPush(s, "l", "3", "1", "10", "2"))
	is(s.db.Sort(s, "l", &redis.Sort{}), []string{"1", "2", "3", "10"})
	is(s.db.Sort(s, "l", &redis.Sort{Order: "DESC", Offset: 1, Count: 2}), []string{"3", "2"})
	is(s.db.SortRO(s, "l", &redis.Sort{Alpha: true}), []string{"1", "10", "2", "3"})
	s.ok(s.db.MSet(s, "w:1", "4", "w:2", "3", "w:3", "2", "w:10", "1"))
	s.ok(s.db.HSet(s, "name:1", "n", "one"))
	is(s.db.SortInterfaces(s, "l", &redis.Sort{By: "w:*", Get: []string{"#", "name:*->n"}}),
		[]any{"10", nil, "3", nil, "2", nil, "1", "one"})
	is(s.db.SortStore(s, "l", "to", &redis.Sort{By: "nosort"}), int64(4))
	is(s.db.LRange(s, "to", 0, -1), []string{"3", "1", "10", "2"})
}

// dumpSection: a value of each type moves through its serialized form.
func dumpSection(s *session) {
	s.ok(s.db.Set(s, "string", "value", 0))
	s.ok(s.db.RPush(s, "list", "a", "b"))
	s.ok(s.db.SAdd(s, "set", "1", "2"))
	s.ok(s.db.HSet(s, "hash", "f", "v"))
	s.ok(s.db.ZAdd(s, "zset", redis.Z{Score: 1.5, Member: "m"}))
	s.fillStream("stream", 3)
	for _, key := range []string{"string", "list", "set", "hash", "zset", "stream"} {
		payload := must(s.db.Dump(s, key).Result())
		isError(s.db.Restore(s, key, 0, payload), "BUSYKEY")
		is(s.db.Restore(s, "copy", time.Hour, payload), "OK")
		is(s.db.RestoreReplace(s, "copy", 0, payload), "OK")
		is(s.db.Type(s, "copy"), key)
		is(s.db.Dump(s, "copy"), payload)
		isError(s.db.Restore(s, "corrupt", 0, payload[:len(payload)-1]), "ERR DUMP payload")
		s.ok(s.db.Del(s, "copy"))
	}
	isNil(s.db.Dump(s, "nothing"))
}

// receive demands that the next message of a subscription is this one.
func (s *session) receive(subscription *redis.PubSub, channel, pattern, payload string) {
	got := must(subscription.ReceiveMessage(s))
	equal([]string{got.Channel, got.Pattern, got.Payload}, []string{channel, pattern, payload})
}

// confirm waits until the server has confirmed that many subscriptions.
func (s *session) confirm(subscription *redis.PubSub, count int) {
	for range count {
		_, isConfirmation := must(subscription.Receive(s)).(*redis.Subscription)
		equal(isConfirmation, true)
	}
}

// pubSubSection: channels, patterns, introspection, the end of a subscription.
func pubSubSection(s *session) {
	subscription := s.second().Subscribe(s, "news", "weather")
	defer subscription.Close()
	s.confirm(subscription, 2)
	must(0, subscription.PSubscribe(s, "n?ws", "sport.*"))
	s.confirm(subscription, 2)
	is(s.db.Publish(s, "news", "hello"), int64(2))
	s.receive(subscription, "news", "", "hello")
	s.receive(subscription, "news", "n?ws", "hello")
	is(s.db.Publish(s, "sport.chess", "e4\x00\r\n"), int64(1))
	s.receive(subscription, "sport.chess", "sport.*", "e4\x00\r\n")
	is(s.db.Publish(s, "nobody", "x"), int64(0))
	isSet(s.db.PubSubChannels(s, "*"), "news", "weather")
	is(s.db.PubSubNumSub(s, "news", "nobody"), map[string]int64{"news": 1, "nobody": 0})
	is(s.db.PubSubNumPat(s), int64(2))
	must(0, subscription.Unsubscribe(s, "news"))
	s.confirm(subscription, 1)
	must(0, subscription.PUnsubscribe(s))
	s.confirm(subscription, 2)
	is(s.db.Publish(s, "news", "unheard"), int64(0))
	is(s.db.Publish(s, "weather", "rain"), int64(1))
	s.receive(subscription, "weather", "", "rain")
}

// shardedPubSubSection: channels that belong to a slot.
func shardedPubSubSection(s *session) {
	subscription := s.second().SSubscribe(s, "orders")
	defer subscription.Close()
	s.confirm(subscription, 1)
	is(s.db.Publish(s, "orders", "not for shards"), int64(0))
	is(s.db.SPublish(s, "orders", "42"), int64(1))
	s.receive(subscription, "orders", "", "42")
	is(s.db.PubSubShardChannels(s, "*"), []string{"orders"})
	is(s.db.PubSubShardNumSub(s, "orders"), map[string]int64{"orders": 1})
	must(0, subscription.SUnsubscribe(s, "orders"))
	s.confirm(subscription, 1)
	is(s.db.SPublish(s, "orders", "43"), int64(0))
}

// notificationsSection: commands and expiry announce what they did to keys.
func notificationsSection(s *session) {
	s.ok(s.db.ConfigSet(s, "notify-keyspace-events", "KEA"))
	defer s.db.ConfigSet(s, "notify-keyspace-events", "")
	subscription := s.second().PSubscribe(s, "__key*@0__:*")
	defer subscription.Close()
	s.confirm(subscription, 1)
	s.ok(s.db.LPush(s, "k", "v"))
	s.receive(subscription, "__keyspace@0__:k", "__key*@0__:*", "lpush")
	s.receive(subscription, "__keyevent@0__:lpush", "__key*@0__:*", "k")
	s.ok(s.db.PExpire(s, "k", time.Millisecond))
	s.receive(subscription, "__keyspace@0__:k", "__key*@0__:*", "expire")
	s.receive(subscription, "__keyevent@0__:expire", "__key*@0__:*", "k")
	s.receive(subscription, "__keyspace@0__:k", "__key*@0__:*", "expired")
	s.receive(subscription, "__keyevent@0__:expired", "__key*@0__:*", "k")
}

// later runs a command from another connection once the caller's own is parked.
func (s *session) later(command func(*redis.Client) redis.Cmder) {
	peer := s.second()
	go func() {
		time.Sleep(peerDelay)
		_ = command(peer).Err()
	}()
}

// blocked demands that a command takes at least as long as its peer's delay: that it waited instead of polling.
func blocked(since time.Time) {
	between(time.Since(since), peerDelay-20*time.Millisecond, sectionTimeout)
}

// blockingListsSection: waiting pops and moves, woken by another connection or timed out.
func blockingListsSection(s *session) {
	begin := time.Now()
	s.later(func(peer *redis.Client) redis.Cmder { return peer.RPush(s, "second", "v", "w") })
	is(s.db.BLPop(s, 10*time.Second, "first", "second"), []string{"second", "v"})
	blocked(begin)
	is(s.db.BRPop(s, 10*time.Second, "first", "second"), []string{"second", "w"})
	begin = time.Now()
	isNil(s.db.BLPop(s, time.Second, "first"))
	between(time.Since(begin), 900*time.Millisecond, 10*time.Second)
	s.later(func(peer *redis.Client) redis.Cmder { return peer.LPush(s, "from", "moved") })
	is(s.db.BLMove(s, "from", "to", "LEFT", "RIGHT", 10*time.Second), "moved")
	is(s.db.BRPopLPush(s, "to", "from", time.Second), "moved")
	key, values, err := s.db.BLMPop(s, time.Second, "left", 3, "nothing", "from").Result()
	equal(err, nil)
	equal(key, "from")
	equal(values, []string{"moved"})
	s.later(func(peer *redis.Client) redis.Cmder {
		_, err := peer.TxPipelined(s, func(pipe redis.Pipeliner) error {
			pipe.RPush(s, "q", "a")
			pipe.Del(s, "q")
			pipe.RPush(s, "q", "b")
			return nil
		})
		return redis.NewStatusResult("", err)
	})
	is(s.db.BLPop(s, 10*time.Second, "q"), []string{"q", "b"})
}

// blockingSortedSetsSection: waiting pops of sorted sets.
func blockingSortedSetsSection(s *session) {
	begin := time.Now()
	s.later(func(peer *redis.Client) redis.Cmder {
		return peer.ZAdd(s, "z", redis.Z{Score: 2, Member: "b"}, redis.Z{Score: 1, Member: "a"})
	})
	is(s.db.BZPopMin(s, 10*time.Second, "nothing", "z"), &redis.ZWithKey{Key: "z", Z: redis.Z{Score: 1, Member: "a"}})
	blocked(begin)
	is(s.db.BZPopMax(s, 10*time.Second, "z"), &redis.ZWithKey{Key: "z", Z: redis.Z{Score: 2, Member: "b"}})
	isNil(s.db.BZPopMin(s, time.Second, "z"))
	s.later(func(peer *redis.Client) redis.Cmder { return peer.ZAdd(s, "z", redis.Z{Score: 3, Member: "c"}) })
	key, members, err := s.db.BZMPop(s, 10*time.Second, "max", 5, "z").Result()
	equal(err, nil)
	equal(key, "z")
	equal(members, []redis.Z{{Score: 3, Member: "c"}})
}

// blockingStreamsSection: waiting reads, alone and in a group.
func blockingStreamsSection(s *session) {
	add := func(id string) func(*redis.Client) redis.Cmder {
		return func(peer *redis.Client) redis.Cmder {
			return peer.XAdd(s, &redis.XAddArgs{Stream: "s", ID: id, Values: []any{"f", "v"}})
		}
	}
	begin := time.Now()
	s.later(add("1-0"))
	is(s.db.XRead(s, &redis.XReadArgs{Streams: []string{"s", "$"}, Block: 10 * time.Second}),
		[]redis.XStream{{Stream: "s", Messages: []redis.XMessage{message("1-0", "v")}}})
	blocked(begin)
	isNil(s.db.XRead(s, &redis.XReadArgs{Streams: []string{"s", "$"}, Block: 50 * time.Millisecond}))
	s.ok(s.db.XGroupCreate(s, "s", "g", "$"))
	s.later(add("2-0"))
	is(s.db.XReadGroup(s, &redis.XReadGroupArgs{Group: "g", Consumer: "c", Streams: []string{"s", ">"}, Block: 10 * time.Second}),
		[]redis.XStream{{Stream: "s", Messages: []redis.XMessage{message("2-0", "v")}}})
}

// errorsSection: error replies become errors and the connection goes on.
func errorsSection(s *session) {
	s.ok(s.db.Set(s, "k", "text", 0))
	isError(s.db.Incr(s, "k"), "ERR value is not an integer")
	isError(s.db.HGet(s, "k", "f"), "WRONGTYPE")
	isError(s.db.Do(s, "bogus", "x"), "ERR unknown command")
	isError(s.db.Do(s, "get"), "ERR wrong number of arguments")
	is(s.db.Get(s, "k"), "text")
}
