"""Runs the clients under tests/clients: `tools/test_clients.py [--server autocache|redis] [--only NAME ...]`.

Each client is built and run where its toolchain is present; one that is left out is named loudly. Whatever is built
goes to build/clients. `--server redis` runs the same programs on a real redis-server, without the commands that
redis-server 7.0 does not have. The closing line is `N passed, M failed`; the exit code tells whether one failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import servers  # noqa: E402 - found through the path set above

SOURCES = ROOT / "tests" / "clients"
BUILD = ROOT / "build" / "clients"
BUILD_TIMEOUT_S = 900
RUN_TIMEOUT_S = 300


@dataclass(frozen=True)
class Client:
    """A client library, the programs that its toolchain needs, and how to build: returns the command that runs it."""

    name: str
    needs: tuple[str, ...]
    build: Callable[[], list[str]]


def run(command: list[str], cwd: Path, timeout_s: int = BUILD_TIMEOUT_S, **environment: str) -> None:
    """Run a step; its failure is an exception."""
    subprocess.run(command, cwd=cwd, timeout=timeout_s, check=True, env={**os.environ, **environment})


def build_go() -> list[str]:
    """go-redis."""
    binary = BUILD / "go" / "go-redis-client"
    run(["go", "build", "-trimpath", "-mod=readonly", "-o", str(binary), "."], SOURCES / "go")
    return [str(binary)]


def build_node() -> list[str]:
    """ioredis; a copy, since Node looks for packages beside the program."""
    folder = BUILD / "node"
    shutil.copytree(SOURCES / "node", folder, dirs_exist_ok=True)
    run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    return ["node", str(folder / "main.js")]


def build_java() -> list[str]:
    """Jedis."""
    folder = BUILD / "java"
    goals = ["compile", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    outputs = [f"-Dclients.build={folder}", f"-DoutputDirectory={folder / 'dependency'}"]
    run(["mvn", "-q", "-B", *outputs, *goals], SOURCES / "java")
    return ["java", "-cp", f"{folder / 'classes'}:{folder / 'dependency'}/*", "autocache.clients.Main"]


def build_rust() -> list[str]:
    """redis-rs."""
    folder = BUILD / "rust"
    run(["cargo", "build", "--quiet"], SOURCES / "rust", CARGO_TARGET_DIR=str(folder))
    return [str(folder / "debug" / "redis-rs-client")]


def build_celery() -> list[str]:
    """Celery, in the environment that runs this; a group of its own in pyproject.toml."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run([*pip, "install", "--group", "clients"], ROOT)
    # Celery warns of its own dependencies' doings, which is not what is tested.
    return [sys.executable, "-m", "pytest", "-n", "0", "-W", "default", "tests/clients/test_celery.py"]


CLIENTS = (
    Client("go-redis", ("go",), build_go),
    Client("ioredis", ("node", "npm"), build_node),
    Client("jedis", ("mvn", "java"), build_java),
    Client("redis-rs", ("cargo",), build_rust),
    Client("celery", (), build_celery),
)


def check(client: Client, server: servers.Server) -> bool:
    """Build one client and run it on the server; tells whether it passed."""
    print(f"== {client.name} on {server.kind}", flush=True)
    try:
        command = client.build()
        address = f"{servers.HOST}:{server.port}"
        if client.name == "celery":
            run(command, ROOT, RUN_TIMEOUT_S, AUTOCACHE_TEST_CELERY=address)
        else:
            flags = [] if server.kind == "redis" else ["--field-expiry"]
            run([*command, address, *flags], ROOT, RUN_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as problem:
        print(f"== {client.name} FAILED: {problem}\n{server.log_tail(25)}", file=sys.stderr, flush=True)
        return False
    return True


def main() -> int:
    """Run the clients asked for, one after another, each on a server of its own."""
    parser = argparse.ArgumentParser(description="Runs the clients under tests/clients on a server.")
    parser.add_argument("--server", choices=("autocache", "redis"), default="autocache")
    parser.add_argument("--only", nargs="+", choices=[client.name for client in CLIENTS], metavar="NAME")
    arguments = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    passed, failed = 0, 0
    for client in CLIENTS:
        if arguments.only and client.name not in arguments.only:
            continue
        missing = [program for program in client.needs if shutil.which(program) is None]
        if missing:
            print(f"!!!! {client.name} is LEFT OUT: there is no {' and no '.join(missing)} here", flush=True)
            continue
        server = servers.Server(arguments.server).start()
        try:
            good = check(client, server)
        finally:
            server.stop()
        passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
