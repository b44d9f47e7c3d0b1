// Drives every data type, transactions, pub/sub and blocking commands of a server through go-redis, over RESP2
// and RESP3, and asserts the results as the library hands them out.
//
//	go run . ADDRESS [--field-expiry]
//
// A line is printed for each section that passed and `N passed` at the end. The first wrong result ends the program
// with exit code 1 and a message that names its section, file and line. --field-expiry adds the commands that
// redis-server 7.0 does not have. The server's data is deleted.
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"runtime"
	"sort"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// No section takes longer than this, so that a command that never answers is a failure instead of a hang.
const sectionTimeout = 30 * time.Second

// A wakeful peer acts this long after the blocking command was sent; long enough that it is parked by then.
const peerDelay = 100 * time.Millisecond

// failure is what a check panics with; everything else that panics is a mistake of this program.
type failure struct{ text string }

// session is what a section works with: a client of an emptied server and a way to make further ones.
type session struct {
	context.Context
	db     *redis.Client
	second func() *redis.Client
}

type section struct {
	name string
	run  func(*session)
}

var sections = []section{
	{"strings", stringsSection},
	{"expiry", expirySection},
	{"bitmaps", bitmapsSection},
	{"hyperloglog", hyperLogLogSection},
	{"hashes", hashesSection},
	{"lists", listsSection},
	{"sets", setsSection},
	{"sorted sets", sortedSetsSection},
	{"geo", geoSection},
	{"streams", streamsSection},
	{"consumer groups", consumerGroupsSection},
	{"transactions", transactionsSection},
	{"pipelines", pipelinesSection},
	{"scans", scansSection},
	{"sort", sortSection},
	{"dump and restore", dumpSection},
	{"pub/sub", pubSubSection},
	{"sharded pub/sub", shardedPubSubSection},
	{"keyspace notifications", notificationsSection},
	{"blocking lists", blockingListsSection},
	{"blocking sorted sets", blockingSortedSetsSection},
	{"blocking streams", blockingStreamsSection},
	{"errors", errorsSection},
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: go-redis-client ADDRESS [--field-expiry]")
		os.Exit(2)
	}
	for _, argument := range os.Args[2:] {
		if argument == "--field-expiry" {
			sections = append(sections, section{"field expiry", fieldExpirySection})
		}
	}
	passed := 0
	for _, protocol := range []int{2, 3} {
		for _, part := range sections {
			name := fmt.Sprintf("RESP%d %s", protocol, part.name)
			if err := runSection(os.Args[1], protocol, part); err != nil {
				fmt.Fprintf(os.Stderr, "go-redis: FAILED in %s: %v\n", name, err)
				os.Exit(1)
			}
			fmt.Printf("ok %s\n", name)
			passed++
		}
	}
	fmt.Printf("%d passed\n", passed)
}

// runSection runs one section against an emptied server and returns what failed in it.
func runSection(address string, protocol int, part section) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), sectionTimeout)
	defer cancel()
	var clients []*redis.Client
	connect := func() *redis.Client {
		client := redis.NewClient(&redis.Options{Addr: address, Protocol: protocol, MaxRetries: -1})
		clients = append(clients, client)
		return client
	}
	defer func() {
		for _, client := range clients {
			_ = client.Close()
		}
		if problem, ours := recover().(failure); ours {
			err = errors.New(problem.text)
		}
	}()
	s := &session{Context: ctx, db: connect(), second: connect}
	s.ok(s.db.FlushAll(ctx))
	part.run(s)
	return nil
}

// -- checks -------------------------------------------------------------------------------------------------------

// fail ends the section; the line named is that of the check's caller.
func fail(format string, arguments ...any) {
	where := "?"
	for depth := 1; depth < 6; depth++ {
		_, file, line, known := runtime.Caller(depth)
		if known && !isHelper(depth) {
			where = fmt.Sprintf("%s:%d", file, line)
			break
		}
	}
	panic(failure{where + ": " + fmt.Sprintf(format, arguments...)})
}

// isHelper tells whether the function that many frames above fail is defined in this file.
func isHelper(depth int) bool {
	_, here, _, _ := runtime.Caller(0)
	_, file, _, _ := runtime.Caller(depth + 1)
	return file == here
}

// ok demands that a command succeeded, whatever it replied.
func (s *session) ok(command redis.Cmder) {
	if err := command.Err(); err != nil {
		fail("%v: %v", command.Args(), err)
	}
}

// result is what every command of go-redis with a typed reply offers.
type result[T any] interface {
	redis.Cmder
	Result() (T, error)
}

// is demands that a command succeeded and replied so.
func is[T any](command result[T], wanted T) {
	got, err := command.Result()
	if err != nil {
		fail("%v: %v", command.Args(), err)
	}
	if !reflect.DeepEqual(got, wanted) {
		fail("%v: got %#v, wanted %#v", command.Args(), got, wanted)
	}
}

// isSet is `is` for replies whose order the server may choose.
func isSet(command *redis.StringSliceCmd, wanted ...string) {
	got, err := command.Result()
	if err != nil {
		fail("%v: %v", command.Args(), err)
	}
	sort.Strings(got)
	sort.Strings(wanted)
	if !reflect.DeepEqual(got, wanted) {
		fail("%v: got %v, wanted %v in any order", command.Args(), got, wanted)
	}
}

// isNil demands the reply that means "nothing there".
func isNil(command redis.Cmder) {
	if !errors.Is(command.Err(), redis.Nil) {
		fail("%v: got %v, wanted nil", command.Args(), command)
	}
}

// isError demands an error reply that begins so.
func isError(command redis.Cmder, prefix string) {
	if err := command.Err(); err == nil || !strings.HasPrefix(err.Error(), prefix) {
		fail("%v: got %v, wanted an error that begins with %q", command.Args(), command, prefix)
	}
}

// equal demands equality of what was computed from replies.
func equal[T any](got, wanted T) {
	if !reflect.DeepEqual(got, wanted) {
		fail("got %#v, wanted %#v", got, wanted)
	}
}

// between demands a number within bounds, such as a time to live.
func between[T int64 | float64 | time.Duration](got, least, most T) {
	if got < least || got > most {
		fail("got %v, wanted %v to %v", got, least, most)
	}
}

// near demands a floating-point number, but for rounding.
func near(got, wanted float64) {
	if math.Abs(got-wanted) > 1e-3*math.Max(1, math.Abs(wanted)) {
		fail("got %v, wanted about %v", got, wanted)
	}
}

// must demands that a step that is no command succeeded.
func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}
