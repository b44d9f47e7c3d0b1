package main

import (
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// stringsSection: values, numbers, ranges, many keys at once.
func stringsSection(s *session) {
	is(s.db.Set(s, "k", "v", 0), "OK")
	is(s.db.Get(s, "k"), "v")
	isNil(s.db.Get(s, "nothing"))
	is(s.db.SetNX(s, "k", "w", 0), false)
	is(s.db.SetXX(s, "k", "w", 0), true)
	is(s.db.SetArgs(s, "k", "x", redis.SetArgs{Get: true}), "w")
	is(s.db.Append(s, "k", "yz"), int64(3))
	is(s.db.GetRange(s, "k", 1, -1), "yz")
	is(s.db.SetRange(s, "k", 5, "!"), int64(6))
	is(s.db.Get(s, "k"), "xyz\x00\x00!")
	is(s.db.StrLen(s, "k"), int64(6))
	is(s.db.GetDel(s, "k"), "xyz\x00\x00!")
	is(s.db.Incr(s, "n"), int64(1))
	is(s.db.IncrBy(s, "n", 9), int64(10))
	is(s.db.DecrBy(s, "n", 3), int64(7))
	is(s.db.IncrByFloat(s, "n", 0.5), 7.5)
	is(s.db.MSet(s, "a", "1", "b", "", "c", "3"), "OK")
	is(s.db.MSetNX(s, "c", "4", "d", "5"), false)
	is(s.db.MGet(s, "a", "b", "nothing", "c"), []any{"1", "", nil, "3"})
	s.ok(s.db.MSet(s, "x", "ohmytext", "y", "mynewtext"))
	is(s.db.LCS(s, &redis.LCSQuery{Key1: "x", Key2: "y"}), &redis.LCSMatch{MatchString: "mytext"})
	is(s.db.LCS(s, &redis.LCSQuery{Key1: "x", Key2: "y", Len: true}), &redis.LCSMatch{Len: 6})
	matches := must(s.db.LCS(s, &redis.LCSQuery{Key1: "x", Key2: "y", Idx: true, MinMatchLen: 3, WithMatchLen: true}).Result())
	equal(len(matches.Matches), 1)
	equal(matches.Matches[0].MatchLen, int64(4))
	binary := make([]byte, 1<<16)
	for index := range binary {
		binary[index] = byte(index)
	}
	s.ok(s.db.Set(s, "binary\r\n\x00", binary, 0))
	is(s.db.Get(s, "binary\r\n\x00"), string(binary))
	is(s.db.Type(s, "a"), "string")
	is(s.db.ObjectEncoding(s, "a"), "int")
}

// expirySection: times to live of keys, and what generic commands do to keys.
func expirySection(s *session) {
	s.ok(s.db.Set(s, "k", "v", time.Hour))
	between(s.db.TTL(s, "k").Val(), 59*time.Minute, time.Hour)
	is(s.db.ExpireGT(s, "k", time.Minute), false)
	is(s.db.ExpireLT(s, "k", time.Minute), true)
	is(s.db.ExpireNX(s, "k", time.Minute), false)
	is(s.db.PExpire(s, "k", 50*time.Second), true)
	between(s.db.PTTL(s, "k").Val(), 49*time.Second, 50*time.Second)
	moment := time.Unix(4102444800, 0)
	is(s.db.ExpireAt(s, "k", moment), true)
	is(s.db.ExpireTime(s, "k"), 4102444800*time.Second)
	is(s.db.Persist(s, "k"), true)
	is(s.db.TTL(s, "k"), time.Duration(-1))
	is(s.db.TTL(s, "nothing"), time.Duration(-2))
	is(s.db.GetEx(s, "k", 20*time.Millisecond), "v")
	time.Sleep(40 * time.Millisecond)
	isNil(s.db.Get(s, "k"))
	s.ok(s.db.MSet(s, "a", 1, "b", 2))
	is(s.db.Exists(s, "a", "a", "b", "c"), int64(3))
	is(s.db.Copy(s, "a", "c", 0, false), int64(1))
	is(s.db.Rename(s, "c", "d"), "OK")
	is(s.db.RenameNX(s, "d", "a"), false)
	is(s.db.Touch(s, "a", "d"), int64(2))
	is(s.db.Unlink(s, "a", "d"), int64(2))
	is(s.db.Del(s, "b", "nothing"), int64(1))
	is(s.db.DBSize(s), int64(0))
}

// bitmapsSection: single bits, counts, searches, combinations and packed integers.
func bitmapsSection(s *session) {
	is(s.db.SetBit(s, "bits", 7, 1), int64(0))
	is(s.db.SetBit(s, "bits", 7, 1), int64(1))
	is(s.db.SetBit(s, "bits", 100, 1), int64(0))
	is(s.db.GetBit(s, "bits", 100), int64(1))
	is(s.db.GetBit(s, "bits", 1<<20), int64(0))
	is(s.db.BitCount(s, "bits", nil), int64(2))
	is(s.db.BitCount(s, "bits", &redis.BitCount{Start: 0, End: 0}), int64(1))
	is(s.db.BitCount(s, "bits", &redis.BitCount{Start: 8, End: 100, Unit: "BIT"}), int64(1))
	is(s.db.BitPos(s, "bits", 1), int64(7))
	is(s.db.BitPos(s, "bits", 1, 1), int64(100))
	is(s.db.BitPosSpan(s, "bits", 0, 7, 10, "bit"), int64(8))
	s.ok(s.db.MSet(s, "a", "\xf0\xff", "b", "\x3c"))
	is(s.db.BitOpAnd(s, "to", "a", "b"), int64(2))
	is(s.db.Get(s, "to"), "\x30\x00")
	is(s.db.BitOpOr(s, "to", "a", "b"), int64(2))
	is(s.db.Get(s, "to"), "\xfc\xff")
	is(s.db.BitOpXor(s, "to", "a", "b"), int64(2))
	is(s.db.Get(s, "to"), "\xcc\xff")
	is(s.db.BitOpNot(s, "to", "b"), int64(1))
	is(s.db.Get(s, "to"), "\xc3")
	is(s.db.BitField(s, "field", "set", "u8", 0, 250, "incrby", "u8", 0, 10, "get", "u8", 0), []int64{0, 4, 4})
	is(s.db.BitField(s, "field", "overflow", "sat", "incrby", "i4", "#3", 100), []int64{7})
	is(s.db.BitFieldRO(s, "field", "u8", 0, "i4", 12), []int64{4, 7})
	equal(must(s.db.Do(s, "bitfield", "field", "overflow", "fail", "incrby", "u2", 0, 9).Slice()), []any{nil})
}

// hyperLogLogSection: estimates, and merges of them.
func hyperLogLogSection(s *session) {
	is(s.db.PFAdd(s, "small", "a", "b", "c"), int64(1))
	is(s.db.PFAdd(s, "small", "a", "b"), int64(0))
	is(s.db.PFCount(s, "small"), int64(3))
	is(s.db.PFCount(s, "nothing"), int64(0))
	_, err := s.db.Pipelined(s, func(pipe redis.Pipeliner) error {
		for number := range 20_000 {
			pipe.PFAdd(s, "large", fmt.Sprintf("member:%d", number))
		}
		return nil
	})
	equal(err, nil)
	between(s.db.PFCount(s, "large").Val(), 19_500, 20_500)
	between(s.db.PFCount(s, "large", "small").Val(), 19_500, 20_510)
	is(s.db.PFMerge(s, "all", "large", "small"), "OK")
	equal(s.db.PFCount(s, "all").Val(), s.db.PFCount(s, "large", "small").Val())
	is(s.db.Type(s, "all"), "string")
}
