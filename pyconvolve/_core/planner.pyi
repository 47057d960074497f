from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .arguments import Names, Rules
from .problem import Axis, Problem
from .thresholds import Thresholds

DIRECT_COUNTS: tuple[str, ...]
FFT_COUNTS: tuple[str, ...]

# vectors, form, points, weight, counts, seconds
TileChoice = tuple[int, str, tuple[int, ...], float, tuple[float, ...], float]
# radices of passes, and whether they are of real halves
Transform = tuple[tuple[int, ...], bool]

class DirectModel:
    def __init__(
        self,
        tile: tuple[int, ...],
        element: str,
        itemsize: int,
        poll_sums: int,
        shares: dict[int, float],
        seconds: Sequence[float],
        memory: Sequence[float],
        thresholds: Thresholds,
    ) -> None: ...

class FFTModel:
    lanes: int
    def __init__(
        self,
        element: str,
        itemsize: int,
        shape: tuple[int, int, int],
        wider: int,
        wide_lanes: int,
        costs: Mapping[str, Any],
        seconds: Sequence[float],
        memory: Sequence[float],
        thresholds: Thresholds,
    ) -> None: ...

def describe(
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    type1: np.dtype,
    type2: np.dtype,
    names: Names,
    cval: Any = 0,
) -> tuple[Problem, tuple[int, ...], bool, tuple[int, ...]]: ...
def count_branches(problem: Problem) -> float: ...
def branches(given: Axis) -> list[tuple[range, range, Axis]]: ...
def count_direct(problem: Problem, model: DirectModel) -> tuple[float, ...]: ...
def direct_seconds(problem: Problem, model: DirectModel) -> float: ...
def direct_program(problem: Problem, model: DirectModel, storing: str) -> bytes: ...
def blocks_of(problem: Problem, model: DirectModel) -> dict[str, Any]: ...
def tap_columns(
    problem: Problem, model: DirectModel
) -> tuple[list[int], list[int], list[int], list[int]]: ...
def tile_choice(
    problem: Problem, models: tuple[FFTModel, ...]
) -> TileChoice | None: ...
def tile_work(
    problem: Problem, model: FFTModel, form: str, points: tuple[int, ...]
) -> dict[str, Any]: ...
def tile_program(
    problem: Problem,
    model: FFTModel,
    form: str,
    points: tuple[int, ...],
    storing: str,
) -> tuple[bytes, bytes, tuple[Transform | None, ...]]: ...
def tile_axes(program: bytes) -> list[dict[str, int]]: ...
def rounds_of(
    program: bytes,
) -> list[tuple[int, int, list[tuple[int, int, int]]]]: ...
def head_of(program: bytes) -> dict[str, int]: ...
def all_lengths(passes: dict[int, float]) -> list[int]: ...
def radices_of(points: int, passes: dict[int, float]) -> tuple[int, ...]: ...
def twiddles(element: str, radices: tuple[int, ...], halved: bool) -> bytes: ...
def four_step_twiddles(
    element: str,
    radices: tuple[int, ...],
    halved: bool,
    points: int,
    lanes: int,
    fine: int,
) -> bytes: ...
