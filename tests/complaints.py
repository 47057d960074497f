"""Errors about wrong arguments, which name the argument."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest

# For each function, arguments that are right, and wrong values of each.
WrongValues = dict[str, tuple[dict[str, Any], dict[str, Sequence[Any]]]]


def complaint_about(argument: str) -> AbstractContextManager[Any]:
    """Expect an error whose message names the argument."""
    return pytest.raises((ValueError, TypeError), match=rf"\b{argument}\b")


def each_wrong_value(table: WrongValues) -> pytest.MarkDecorator:
    """Run a test with every wrong value of every argument of every function."""
    return pytest.mark.parametrize(
        ("name", "argument", "value"),
        [
            (name, argument, value)
            for name, (_, wrong) in table.items()
            for argument, values in wrong.items()
            for value in values
        ],
        ids=lambda value: repr(value)[:20],
    )
