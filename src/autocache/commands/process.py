"""What the operating system says of this process: for INFO and the metrics. Linux; figures it lacks are left
out.
"""

from __future__ import annotations

import os
import platform
import resource
import struct
from pathlib import Path

STATM = Path("/proc/self/statm")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def rss_bytes() -> int | None:
    """The memory that the process holds, or None where /proc does not tell."""
    try:
        return int(STATM.read_bytes().split()[1]) * PAGE_BYTES
    except (OSError, IndexError, ValueError):
        return None


def cpu_seconds() -> dict[str, float]:
    """CPU time of the process, of its ended children and of this thread, as INFO names it."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    thread = resource.getrusage(resource.RUSAGE_THREAD)
    return {
        "used_cpu_sys": own.ru_stime,
        "used_cpu_user": own.ru_utime,
        "used_cpu_sys_children": children.ru_stime,
        "used_cpu_user_children": children.ru_utime,
        "used_cpu_sys_main_thread": thread.ru_stime,
        "used_cpu_user_main_thread": thread.ru_utime,
    }


def system() -> dict[str, str | int]:
    """The machine."""
    names = os.uname()
    return {
        "os": f"{names.sysname} {names.release} {names.machine}",
        "arch_bits": struct.calcsize("P") * 8,
        "monotonic_clock": "POSIX clock_gettime",
        "python_version": platform.python_version(),
        "process_id": os.getpid(),
        "total_system_memory": os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES,
    }
