"""A pytest plugin: patches SciPy or NumPy, and counts calls of our functions."""

import functools
from collections import Counter
from importlib import import_module
from typing import Any

import pytest

import pyconvolve
from pyconvolve._core import api
from pyconvolve._namespaces import NAMESPACES, SCIPY_NDIMAGE
from pyconvolve._ndimage import stages

PATCHES = {"scipy": pyconvolve.patch_scipy, "numpy": pyconvolve.patch_numpy}

calls: Counter[str] = Counter()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--patched", choices=PATCHES, help="the library to patch")


def counting(function: Any, name: str) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        calls[name] += 1
        return function(*args, **kwargs)

    return call


def pytest_configure(config: pytest.Config) -> None:
    library = config.getoption("--patched")
    api.execute = counting(api.execute, "execute")
    for namespace in NAMESPACES:
        if namespace.library == library:
            ours = import_module(namespace.ours)
            prefix = "ndimage." if namespace is SCIPY_NDIMAGE else ""
            for name in namespace.functions:
                counted = counting(getattr(ours, name), prefix + name)
                setattr(ours, name, counted)
    for kind in (stages.Filter, stages.Combined, stages.Components):
        kind.run = counting(kind.run, "ndimage.run")  # type: ignore[method-assign]
    PATCHES[library]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = " ".join(f"{name}={count}" for name, count in calls.items())
    terminalreporter.write_line(f"calls: {counts}")
