"""Which engine solves a problem."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Protocol

from numpy.typing import NDArray

from .engines import direct, fourier, tapwise
from .problem import Problem

METHODS: dict[str, tuple[ModuleType, ...]] = {
    "auto": (direct, fourier),
    "direct": (direct,),
    "fft": (fourier,),
}
# For element types that the engines of a method can't do: objects, truth values.
_OTHERS = (direct, tapwise)


class Engine(Protocol):
    """A planned problem: read-only, shared by threads."""

    name: str

    def run(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        constant: Any,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with `kernel` into `output`."""


def make(problem: Problem, method: str) -> Engine:
    """Prepare the fastest engine of a method, or the first one that is able to."""
    able = [engine for engine in METHODS[method] if engine.supports(problem)]
    if not able:
        able = [engine for engine in _OTHERS if engine.supports(problem)][:1]
    fastest = min(able, key=lambda engine: engine.seconds(problem))
    engine: Engine = fastest.prepare(problem)
    return engine
