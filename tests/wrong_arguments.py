"""Tests that a wrong argument raises an error whose message names the argument."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

import numpy as np
import pytest

# For each function, correct arguments, and wrong values of each argument.
WrongValues = dict[str, tuple[dict[str, Any], dict[str, Sequence[Any]]]]

# Wrong values of arguments that many functions have.
NOT_SIZES = (0, -1, 1.5, "3", (), 2**31)
NOT_ODD_SIZES = (0, 4, 1.5, "a", (3, 3, 3))
NOT_NUMBERS = ("a", None, np.nan, 1j, (1, 2, 3, 4))
NOT_POSITIVE = (0, -1, np.inf, "a", None, np.nan, 1j)
NOT_ANGLES = ("a", None, np.nan, (1, 2))
NOT_COUNTS = (0, -1, 1.5, "2")
NOT_WORDS = ("x", None, 1, ["sampled"])


def error_about(argument: str) -> AbstractContextManager[Any]:
    """Expect an error whose message names the argument."""
    return pytest.raises((ValueError, TypeError), match=rf"\b{argument}\b")


def wrong_value_test(module: ModuleType, table: WrongValues) -> Callable[..., None]:
    """Make a test that calls functions with every wrong value of every argument."""

    @pytest.mark.parametrize(
        ("name", "argument", "value"),
        [
            (name, argument, value)
            for name, (_, wrong) in table.items()
            for argument, values in wrong.items()
            for value in values
        ],
        ids=lambda value: repr(value)[:20],
    )
    def test(name: str, argument: str, value: Any) -> None:
        right, _ = table[name]
        with error_about(argument):
            getattr(module, name)(**right | {argument: value})

    return test


def wrong_combination_test(
    module: ModuleType, table: Sequence[tuple[str, dict[str, Any], str]]
) -> Callable[..., None]:
    """Make a test that calls functions with arguments that do not fit together.

    Each row of the table has the name of a function, its arguments, and the argument
    that the message of the error must name.
    """

    @pytest.mark.parametrize(("name", "options", "argument"), table)
    def test(name: str, options: dict[str, Any], argument: str) -> None:
        with pytest.raises(ValueError, match=rf"\b{argument}\b"):
            getattr(module, name)(**options)

    return test
