"""Serves a folder on this machine, and opens its pages in a headless Chromium."""

import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # messages of the page's scripts go to standard error
    "--enable-logging=stderr",
    # milliseconds on the clock of the page's scripts, which runs without waiting
    "--virtual-time-budget=20000",
]


def skip_without_chromium() -> None:
    if not shutil.which("chromium"):
        pytest.skip("needs chromium, which is not installed")


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder, and yield the address of its first page."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    files = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def browse(address: str, folder: Path, *options: str) -> tuple[str, list[str]]:
    """Open a page; return what the browser prints, and the messages of scripts."""
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(
        [*CHROMIUM, profile, *options, address],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, [
        line for line in done.stderr.splitlines() if ":CONSOLE" in line
    ]
