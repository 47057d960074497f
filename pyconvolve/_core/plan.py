"""Which engine solves a problem."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Protocol

from numpy.typing import NDArray

from .engines import direct, overlap_add, tapwise
from .problem import Problem

METHODS: dict[str, tuple[ModuleType, ...]] = {
    "auto": (direct, overlap_add),
    "direct": (direct,),
    "fft": (overlap_add,),
}
# For element types that the engines of a method can't do: objects, truth values.
_OTHERS = (direct, tapwise)


class Engine(Protocol):
    """A planned problem: read-only, shared by threads."""

    name: str
    spectra_bytes: int
    """Of a kernel."""

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes beside its arrays."""

    def keep(self, kernel: NDArray[Any], often: bool) -> Any:
        """Prepare a kernel for one run, or for as many as wanted."""

    def run(
        self,
        signal: NDArray[Any],
        kept: Any,
        output: NDArray[Any],
        constant: Any,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a kernel that was kept into `output`."""


def _able(problem: Problem, method: str) -> list[ModuleType]:
    """Engines of a method, or the first one that is able to."""
    able = [engine for engine in METHODS[method] if engine.supports(problem)]
    return able or [engine for engine in _OTHERS if engine.supports(problem)][:1]


def make(problem: Problem, method: str) -> Engine:
    """Prepare the fastest engine of a method."""
    able = _able(problem, method)
    fastest = able[0]
    if able[1:]:
        fastest = min(able, key=lambda engine: engine.seconds(problem))
    engine: Engine = fastest.prepare(problem)
    return engine


def seconds(problem: Problem, method: str) -> dict[str, float]:
    """Predict how long each engine of a method takes with one worker."""
    return {engine.NAME: engine.seconds(problem) for engine in _able(problem, method)}
