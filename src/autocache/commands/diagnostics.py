"""SLOWLOG and LATENCY: what took long. The host keeps both logs (`logs`), the cache the histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autocache.commands.declare import command, container
from autocache.commands.logs import SlowEntry
from autocache.commands.plain import INT64_MAX, declare_help, integer, text, wrong_subcommand
from autocache.commands.stats import NS_PER_US, bucket_bound_ns
from autocache.resp.values import OK, Pairs, ReplyError, Verbatim

if TYPE_CHECKING:
    from autocache.commands.cache import Call

ADMIN = "admin noscript loading stale"
SLOWLOG_COUNT = 10
COUNT_ERROR = "ERR count should be greater than or equal to -1"
# Redis names a bucket by the largest time that its histogram, exact to 1/128, cannot tell from the bound.
BUCKET_PRECISION = 128

# --- SLOWLOG

container("SLOWLOG", group="server", since="2.2.12", about="Answers and empties the log of slow commands.")


@command(
    "SLOWLOG GET [count]",
    parent="slowlog",
    arity=-2,
    group="server",
    since="2.2.12",
    flags="admin loading stale",
    complexity="O(N), N being the number of entries answered.",
    tips=("request_policy:all_nodes", "nondeterministic_output"),
    about="Answers the newest entries: 10, `count`, or with -1 all.",
)
def slowlog_get(call: Call) -> object:
    """The newest entries."""
    args = call.args
    if len(args) > 3:
        raise wrong_subcommand("slowlog", args[1])
    count = integer(args[2], -1, INT64_MAX, COUNT_ERROR) if len(args) == 3 else SLOWLOG_COUNT
    return [slow_entry(entry) for entry in call.host.slow_log.newest(count)]


def slow_entry(entry: SlowEntry) -> list[object]:
    """An entry as SLOWLOG GET answers it."""
    return [entry.id, entry.at, entry.took_us, entry.args, entry.address, entry.name]


@command(
    "SLOWLOG LEN",
    parent="slowlog",
    arity=2,
    group="server",
    since="2.2.12",
    flags="admin loading stale",
    tips=("request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"),
    about="Answers the number of entries.",
)
def slowlog_len(call: Call) -> object:
    """The number of entries."""
    return len(call.host.slow_log)


@command(
    "SLOWLOG RESET",
    parent="slowlog",
    arity=2,
    group="server",
    since="2.2.12",
    flags="admin loading stale",
    complexity="O(N), N being the number of entries.",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
    about="Empties the log.",
)
def slowlog_reset(call: Call) -> object:
    """Empty the log."""
    call.host.slow_log.clear()
    return OK


declare_help("slowlog", since="6.2.0")

# --- LATENCY

REPORT_TIPS = ("nondeterministic_output", "request_policy:all_nodes", "response_policy:special")

container("LATENCY", group="server", since="2.8.13", about="Answers which events took long, and when.")


@command(
    "LATENCY DOCTOR",
    parent="latency",
    arity=2,
    group="server",
    since="2.8.13",
    flags=ADMIN,
    tips=REPORT_TIPS,
    about="Says what the events mean, and what to do.",
)
def latency_doctor(call: Call) -> object:
    """Advice."""
    return Verbatim(doctor_text(call))


@command(
    "LATENCY GRAPH event",
    parent="latency",
    arity=3,
    group="server",
    since="2.8.13",
    flags=ADMIN,
    tips=REPORT_TIPS,
    about="Draws an event's times with characters.",
)
def latency_graph(call: Call) -> object:
    """The picture of an event."""
    event = text(call.args[2])
    if event not in call.host.latency_log.events:
        raise ReplyError(f"ERR No samples available for event '{event}'")
    return Verbatim(call.host.latency_log.graph(event, call.cache.now_ms / 1000))


@command(
    "LATENCY HISTOGRAM [command [command ...]]",
    parent="latency",
    arity=-2,
    group="server",
    since="7.0.0",
    flags=ADMIN,
    complexity="O(N), N being the number of commands answered.",
    tips=REPORT_TIPS,
    about="Answers how many calls of each command took up to which time, cumulated.",
)
def latency_histogram(call: Call) -> object:
    """The distributions of the named commands, or of all that were called."""
    wanted = [text(word).lower() for word in call.args[2:]]
    found = [(stats.name, stats.histogram) for stats in call.cache.command_stats() if any(stats.histogram)]
    if wanted:
        found = [
            (name, histogram) for word in wanted for name, histogram in found if word in (name, name.partition("|")[0])
        ]
    return Pairs((name, distribution(histogram)) for name, histogram in found)


def distribution(histogram: Sequence[int]) -> Pairs:
    """The buckets in which calls were counted, by their bounds in us, cumulated."""
    total = 0
    buckets = Pairs()
    for bucket, count in enumerate(histogram):
        if count:
            total += count
            buckets.append((bucket_name(bucket), total))
    return Pairs([("calls", total), ("histogram_usec", buckets)])


def bucket_name(bucket: int) -> int:
    """The time in us by which a bucket is known."""
    bound = bucket_bound_ns(bucket)
    return (bound + bound // BUCKET_PRECISION - 1) // NS_PER_US


@command(
    "LATENCY HISTORY event",
    parent="latency",
    arity=3,
    group="server",
    since="2.8.13",
    flags=ADMIN,
    tips=REPORT_TIPS,
    about="Answers an event's times, each with its moment.",
)
def latency_history(call: Call) -> object:
    """The samples of an event, oldest first."""
    event = call.host.latency_log.events.get(text(call.args[2]))
    return [] if event is None else [[sample.at, sample.ms] for sample in event.samples]


@command(
    "LATENCY LATEST",
    parent="latency",
    arity=2,
    group="server",
    since="2.8.13",
    flags=ADMIN,
    tips=REPORT_TIPS,
    about="Answers of each event the newest time and the worst.",
)
def latency_latest(call: Call) -> object:
    """Name, moment, newest and worst time of each event."""
    return [[name, event.samples[-1].at, event.samples[-1].ms, event.worst_ms] for name, event in call.host.latency_log]


@command(
    "LATENCY RESET [event [event ...]]",
    parent="latency",
    arity=-2,
    group="server",
    since="2.8.13",
    flags=ADMIN,
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
    about="Forgets the times of the named events, or of all.",
)
def latency_reset(call: Call) -> object:
    """Forget events; how many there were."""
    return call.host.latency_log.clear([text(word) for word in call.args[2:]])


declare_help("latency", since="2.8.13")


def doctor_text(call: Call) -> str:
    """The text of LATENCY DOCTOR: each event in numbers, then what may help."""
    threshold = call.cache.setting("latency-monitor-threshold")
    events = call.host.latency_log
    if not events.events:
        if not threshold:
            return (
                "Latency is not being watched: latency-monitor-threshold is 0. CONFIG SET it to the number of"
                " milliseconds from which on an event is worth knowing of.\n"
            )
        return f"No event has taken {threshold} ms or longer. Nothing is wrong.\n"
    lines = []
    for name, event in events:
        found = events.analyse(name, call.cache.now_ms / 1000)
        lines.append(
            f"{name}: {found.samples} times, {found.average:.0f} ms on average (mean deviation"
            f" {found.deviation:.0f} ms), one every {found.period_s:.1f} s. The worst ever:"
            f" {event.worst_ms} ms."
        )
    if events.events.keys() & {"command", "fast-command"}:
        lines.append(
            "Commands took long. SLOWLOG GET names them if slowlog-log-slower-than is low enough; commands"
            " that go over many elements are better split, large values better deleted with UNLINK."
        )
    if any(name.endswith(("-cycle", "-del")) for name in events.events):
        lines.append(
            "Removing keys took long. Spread expiry times, and leave room below maxmemory so that eviction is seldom."
        )
    return "".join(f"* {line}\n" for line in lines)
