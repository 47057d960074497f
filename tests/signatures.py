"""Compares signatures of drop-in functions with those of SciPy."""

import inspect
from collections.abc import Callable
from typing import Any


def added(
    ours: Callable[..., Any], theirs: Callable[..., Any]
) -> list[inspect.Parameter]:
    """Check that `ours` begins with the parameters of `theirs`; return the others."""
    mine, wanted = (
        [*inspect.signature(function).parameters.values()]
        for function in (ours, theirs)
    )
    begins, rest = mine[: len(wanted)], mine[len(wanted) :]
    assert [(p.name, p.default, p.kind) for p in begins] == [
        (p.name, p.default, p.kind) for p in wanted
    ]
    assert all(p.kind is p.KEYWORD_ONLY for p in rest)
    return rest
