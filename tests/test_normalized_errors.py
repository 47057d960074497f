"""normalized_convolve: wrong arguments, and errors that name them."""

from typing import Any

import numpy as np
import pytest

from pyconvolve import normalized_convolve, normalized_correlate

X, H = np.ones((6, 7)), np.ones((3, 3))
READ_ONLY = np.ones((6, 7))
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nan", "skip"),
        ("edges", "reflect"),
        ("mode", "most"),
        ("method", "best"),
        ("boundary", "mirror"),
        ("min_weight", -1),
        ("min_weight", np.nan),
        ("min_weight", "1"),
        ("axes", 2),
        ("axes", (0, 0)),
        ("workers", 0),
        ("mask", np.zeros((2, 7))),
        ("mask", np.zeros((2, 7), bool)),
        ("weights", -X),
        ("weights", X * np.nan),
        ("weights", X * 1j),
        ("weights", np.ones((2, 7))),
        ("out", np.ones((6, 6))),
        ("out", np.ones((6, 7), np.float32)),
        ("out", [1]),
        ("out", READ_ONLY),
    ],
    ids=lambda value: str(value)[:20].replace("\n", ""),
)
def test_wrong_arguments(name: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^{name}"):
        normalized_convolve(X, H, **{name: value})


@pytest.mark.parametrize(
    ("x", "h", "name"),
    [
        (X, np.ones(3), "kernel"),
        (X, np.array([[1.0, -1.0]]), "kernel"),
        (X, np.zeros((1, 1)), "kernel"),
        (X, np.array([[1, np.inf]]), "kernel"),
        (X, H.astype(object), "kernel"),
        (X.astype(object), H, "x"),
        (X.astype(str), H, "x"),
        (X, np.ones((0, 3)), "kernel"),
        (np.ones((0, 3)), H, "x"),
        (3.0, 2.0, "x"),
    ],
)
def test_wrong_arrays(x: Any, h: Any, name: str) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^{name} "):
        normalized_convolve(x, h)


def test_mode_valid_does_not_swap() -> None:
    with pytest.raises(ValueError, match=r"^kernel must be no larger than x"):
        normalized_convolve(X, np.ones((7, 8)), mode="valid")
    with pytest.raises(ValueError, match=r"^template must be no larger than image"):
        normalized_correlate(X, np.eye(8))


@pytest.mark.parametrize("rule", [{"boundary": "edge"}, {"cval": 1}], ids=str)
def test_rules_without_effect_are_refused(rule: dict[str, Any]) -> None:
    (name,) = rule
    for function in (normalized_convolve, normalized_correlate):
        with pytest.raises(ValueError, match=f"^{name} must be left out"):
            function(X, np.eye(3), edges="renormalize", **rule)
    with pytest.raises(
        ValueError, match=r"^cval must be left out with boundary='wrap'"
    ):
        normalized_convolve(X, H, boundary="wrap", cval=1)
