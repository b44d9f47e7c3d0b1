"""Fixtures of the tests of `app`."""

import logging
from collections.abc import Iterator

import pytest

from autocache.app import log


@pytest.fixture(autouse=True)
def restore_loggers() -> Iterator[None]:
    """Leave the process's loggers as they were: other tests read them."""
    loggers = [logging.getLogger(name) for name in (log.ROOT, *log.LIBRARIES)]
    before = [(logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    yield
    for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
        for handler in logger.handlers:
            if handler not in handlers:
                handler.close()
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
