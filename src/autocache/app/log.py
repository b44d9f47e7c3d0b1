"""Structured logs: one event is one line, with time, level, room, message and fields.

    2026-11-23T02:19:58.675Z notice server: client refused addr=10.0.0.7:5123 reason="protected mode"

With `-log-format json` the same is one JSON object. Levels are redis.conf's; control rooms log through
`get_log("room")`, compiled rooms do not log at all (house rule 15). No secret is ever shown: fields named
like a secret are hidden, and the values of secret parameters are hidden wherever they turn up. Built on the
standard library's logging, so that the lines of asyncio and aiohttp come out in the same form.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import TextIO

from autocache import __version__
from autocache.app.config import TABLE, Config
from autocache.app.parameter import HIDDEN

LEVELS = {"debug": logging.DEBUG, "verbose": 15, "notice": logging.INFO, "warning": logging.WARNING}
ROOT = "autocache"
#: Libraries whose own lines belong into our log.
LIBRARIES = ("asyncio", "aiohttp")

SECRET_PARAMETERS = tuple(p.name for p in TABLE.parameters if p.secret)
SECRET_FIELDS = frozenset({"password", "passwd", "secret", "token", "auth", *SECRET_PARAMETERS})
#: A shorter secret is hidden only where its field's name tells: it would match inside innocent words.
SECRET_CHARS_MIN = 4

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BARE = re.compile(r"[^\s\"=\\]+")


class Log:
    """What a room logs with. Fields are keyword arguments; their values are shown by `str`."""

    def __init__(self, room: str) -> None:
        self._logger = logging.getLogger(f"{ROOT}.{room}")

    def debug(self, message: str, /, **fields: object) -> None:
        """What only a developer of this code wants to know."""
        self._emit(LEVELS["debug"], message, fields)

    def verbose(self, message: str, /, **fields: object) -> None:
        """Frequent events of normal service."""
        self._emit(LEVELS["verbose"], message, fields)

    def notice(self, message: str, /, **fields: object) -> None:
        """What an operator wants to know."""
        self._emit(LEVELS["notice"], message, fields)

    def warning(self, message: str, /, **fields: object) -> None:
        """What an operator should look after."""
        self._emit(LEVELS["warning"], message, fields)

    def exception(self, message: str, /, **fields: object) -> None:
        """A bug, from inside an exception handler: a warning with the traceback as a field."""
        self._emit(LEVELS["warning"], message, fields, exc_info=True)

    def _emit(self, level: int, message: str, fields: Mapping[str, object], *, exc_info: bool = False) -> None:
        self._logger.log(level, "%s", message, extra={"fields": fields}, exc_info=exc_info)


def get_log(room: str) -> Log:
    """The log of a room ("server", "config", ...)."""
    return Log(room)


class Redactor:
    """Hides secrets in whatever is about to be written."""

    def __init__(self, config: Config) -> None:
        self._values: list[str] = []
        self.refresh(config)

    def refresh(self, config: Config) -> None:
        """Learn the secrets anew. A secret that was replaced stays hidden: late lines may still hold it."""
        secrets = {*self._values, *(s for s in config.secrets() if len(s) >= SECRET_CHARS_MIN)}
        # The longest first, so that no part of a secret is left over from a shorter one inside it.
        self._values = sorted(secrets, key=len, reverse=True)

    def text(self, text: str) -> str:
        """`text` without the values of secret parameters."""
        for value in self._values:
            text = text.replace(value, HIDDEN)
        return text

    def field(self, name: str, value: object) -> object:
        """The value to show for a field."""
        if name.lower().replace("_", "-") in SECRET_FIELDS and value:
            return HIDDEN
        return value if isinstance(value, bool | int | float | None) else self.text(str(value))


def level_name(level: int) -> str:
    """The redis.conf name of a numeric level; whatever is worse than a warning is one, too."""
    return next((name for name, number in reversed(LEVELS.items()) if level >= number), "debug")


class _Formatter(logging.Formatter):
    """What both forms share: the parts of a line, with secrets hidden."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def parts(self, record: logging.LogRecord) -> dict[str, object]:
        """Time, level, room and message, then the fields."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = dict(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            fields["traceback"] = self.formatException(record.exc_info)
        return {
            "time": when.replace("+00:00", "Z"),
            "level": level_name(record.levelno),
            "room": record.name.removeprefix(f"{ROOT}."),
            "message": self._redactor.text(record.getMessage()),
        } | {_free_name(name): self._redactor.field(name, value) for name, value in fields.items()}


def _free_name(name: str) -> str:
    # A field must not replace a fixed part of the line.
    return f"{name}_" if name in ("time", "level", "room", "message") else name


class TextFormatter(_Formatter):
    """The form for people."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of text."""
        parts = self.parts(record)
        time, level, room, message = (parts.pop(name) for name in ("time", "level", "room", "message"))
        fields = "".join(f" {name}={_shown(value)}" for name, value in parts.items())
        return f"{time} {level} {room}: {_escaped(str(message))}{fields}"


class JsonFormatter(_Formatter):
    """The form for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object."""
        return json.dumps(self.parts(record), ensure_ascii=True)


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _shown(value: object) -> str:
    text = _escaped(str(value).lower() if isinstance(value, bool) else str(value))
    if _BARE.fullmatch(text):
        return text
    return '"' + text.replace('"', '\\"') + '"'


def configure(config: Config, stream: TextIO | None = None) -> None:
    """Send all logs where `config` says, in its form and from its level on; follow CONFIG SET.

    Logs go to `stream` (standard output if None) unless `logfile` is set. May be called again. Raises OSError
    if the log file cannot be opened.
    """
    redactor = Redactor(config)
    handler = _handler(config, stream)
    handler.setFormatter(JsonFormatter(redactor) if config.log_format == "json" else TextFormatter(redactor))
    for name in (ROOT, *LIBRARIES):
        logger = logging.getLogger(name)
        for old in list(logger.handlers):
            logger.removeHandler(old)
            old.close()
        logger.addHandler(handler)
        logger.propagate = False
    _follow_level(config)
    config.on_change("loglevel", _follow_level)
    config.on_change(SECRET_PARAMETERS, redactor.refresh)


def _handler(config: Config, stream: TextIO | None) -> logging.Handler:
    if config.logfile:
        # Reopened when logrotate has moved it away.
        return WatchedFileHandler(config.logfile, encoding="utf-8", errors="backslashreplace")
    return logging.StreamHandler(stream or sys.stdout)


def _follow_level(config: Config) -> None:
    level = LEVELS[config.loglevel]
    for name in (ROOT, *LIBRARIES):
        # A library's "info" is nothing that an operator of ours asked for.
        logging.getLogger(name).setLevel(level if name == ROOT else max(level, logging.WARNING))


def banner(log: Log, config: Config, addresses: Sequence[str], tiers: Sequence[str] = ("memory",)) -> None:
    """The lines of a start: version, address, tiers, data-dir and pid, one each.

    `addresses` are those the server really listens on, as `HOST:PORT` or `unix:PATH`.
    """
    log.notice("AutoCache starts", version=__version__)
    log.notice("listening", address=",".join(addresses) or "nowhere")
    log.notice("storage", tiers=",".join(tiers))
    log.notice("files", data_dir=config.dir)
    log.notice("process", pid=os.getpid())
