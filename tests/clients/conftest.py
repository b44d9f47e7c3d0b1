"""Keeps Celery's tests to `make test-clients`, which names the server by AUTOCACHE_TEST_CELERY."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("AUTOCACHE_TEST_CELERY") else ["test_celery.py"]
