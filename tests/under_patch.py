"""A pytest plugin: patches SciPy or NumPy, and counts calls of our functions."""

import functools
from collections import Counter
from importlib import import_module
from typing import Any

import pytest

import pyconvolve
from pyconvolve._core import api
from pyconvolve._namespaces import NAMESPACES

PATCHES = {"scipy": pyconvolve.patch_scipy, "numpy": pyconvolve.patch_numpy}

calls: Counter[str] = Counter()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--patched", choices=PATCHES, help="the library to patch")


def counting(function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        calls[function.__name__] += 1
        return function(*args, **kwargs)

    return call


def pytest_configure(config: pytest.Config) -> None:
    library = config.getoption("--patched")
    api.execute = counting(api.execute)
    for namespace in NAMESPACES:
        if namespace.library == library:
            ours = import_module(namespace.ours)
            for name in namespace.functions:
                setattr(ours, name, counting(getattr(ours, name)))
    PATCHES[library]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = " ".join(f"{name}={count}" for name, count in calls.items())
    terminalreporter.write_line(f"calls: {counts}")
