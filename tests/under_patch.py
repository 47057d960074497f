"""A pytest plugin: patches scipy.signal, and counts calls of our functions."""

import functools
from collections import Counter
from typing import Any

import pytest

import pyconvolve
from pyconvolve import signal
from pyconvolve._core import api

calls: Counter[str] = Counter()


def counting(function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        calls[function.__name__] += 1
        return function(*args, **kwargs)

    return call


api.execute = counting(api.execute)
for name in signal.originals:
    setattr(signal, name, counting(getattr(signal, name)))

pyconvolve.patch_scipy()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = " ".join(f"{name}={count}" for name, count in calls.items())
    terminalreporter.write_line(f"calls: {counts}")
