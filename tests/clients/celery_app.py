"""The tasks of test_celery.py, as a worker imports them. AUTOCACHE_TEST_CELERY is the address of the server."""

# Celery has no types.
# mypy: disable-error-code="untyped-decorator,no-untyped-call,misc,no-any-return"
from __future__ import annotations

import os
import time

from celery import Celery, Task

ADDRESS = os.environ.get("AUTOCACHE_TEST_CELERY", "")

app = Celery("celery_app", broker=f"redis://{ADDRESS}/0", backend=f"redis://{ADDRESS}/1")
app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)


@app.task
def add(x: int, y: int) -> int:
    """A plain task."""
    return x + y


@app.task
def total(numbers: list[int]) -> int:
    """What a chord does with the results of its parts."""
    return sum(numbers)


@app.task
def fail() -> None:
    """A task that raises."""
    raise ValueError("on purpose")


@app.task(bind=True, max_retries=5)
def third_time_lucky(self: Task) -> int:
    """Succeeds at the third attempt."""
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return int(self.request.retries)


@app.task
def now() -> float:
    """When the task ran."""
    return time.time()
