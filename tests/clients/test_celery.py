"""Celery with the server as broker and result backend: `make test-clients` runs this, `make test` does not."""

# Celery has no types.
# mypy: disable-error-code="no-untyped-call,attr-defined"
from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import chain, chord, group

from tests.clients import celery_app
from tests.clients.celery_app import add, app, fail, now, third_time_lucky, total

WAIT_S = 30


@pytest.fixture(scope="module", autouse=True)
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A worker process with four threads."""
    log = tmp_path_factory.mktemp("celery") / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", celery_app.__name__, "worker", "-P", "threads", "-c", "4"]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with log.open("wb") as output:
        process = subprocess.Popen([*command, "-l", "INFO"], cwd=root, stdout=output, stderr=output, env=environment)
    try:
        assert add.delay(1, 1).get(timeout=WAIT_S) == 2, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(WAIT_S)


def test_results() -> None:
    pending = [add.delay(number, number) for number in range(200)]
    assert [result.get(timeout=WAIT_S) for result in pending] == [2 * number for number in range(200)]
    assert pending[0].successful()
    pending[0].forget()
    assert app.AsyncResult(pending[0].id).state == "PENDING"


def test_failure_and_retries() -> None:
    result = fail.delay()
    with pytest.raises(ValueError, match="on purpose"):
        result.get(timeout=WAIT_S)
    assert result.state == "FAILURE"
    assert third_time_lucky.delay().get(timeout=WAIT_S) == 2


def test_groups_chains_and_chords() -> None:
    parts = [add.s(number, 1) for number in range(20)]
    assert group(parts)().get(timeout=WAIT_S) == list(range(1, 21))
    assert chain(add.s(1, 2), add.s(10), add.s(100))().get(timeout=WAIT_S) == 113
    assert chord(parts)(total.s()).get(timeout=WAIT_S) == 210


def test_countdown_and_eta() -> None:
    begin = time.time()
    assert now.apply_async(countdown=1).get(timeout=WAIT_S) >= begin + 1
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    assert now.apply_async(eta=moment).get(timeout=WAIT_S) >= moment.timestamp()


def test_inspection_and_revocation() -> None:
    """Remote control goes over pub/sub."""
    assert app.control.ping(timeout=2)
    result = now.apply_async(countdown=3)
    app.control.revoke(result.id)
    with pytest.raises(Exception, match="revoked"):
        result.get(timeout=WAIT_S)
