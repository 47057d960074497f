"""Measures what the engines take on this machine, for the choice between them."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import convolution
from ._core import api, cost, cpu
from ._core.arguments import Names, rules
from ._core.workers import set_workers
from .convolution import Method, Mode

# Element types of samples that are computed in the types that have constants.
_SAMPLES = {
    "float32": "float32",
    "float64": "float64",
    "uint16": "int16",
    "uint32": "int32",
    "uint64": "int64",
    "longdouble": "longdouble",
}
_NAMES = Names("in1", "in2")
# Bytes that no cache holds.
_READ = 1 << 28
# What a file of constants holds of each engine and element type.
Found = dict[str, dict[str, dict[str, float]]]
# Sums of products beyond which a problem takes too long to be measured.
_MOST = {"longdouble": 1e7}
_MOST_SUMS = 4e9
# Samples beyond which it takes too much memory.
_MOST_SAMPLES = 1 << 26


class Sample(NamedTuple):
    """A problem to measure: shapes, axes, mode, element type."""

    data: tuple[int, ...]
    kernel: tuple[int, ...]
    axes: tuple[int, ...]
    mode: Mode
    dtype: str

    @property
    def sums(self) -> float:
        """Products that the direct engine sums, about."""
        taps = prod(self.kernel[axis] for axis in self.axes)
        return float(np.prod(self.data, dtype=float) * taps)

    def arrays(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Noise of these shapes."""
        rng = np.random.default_rng(1)
        data, kernel = (
            (8 * rng.standard_normal(shape)).astype(self.dtype)
            for shape in (self.data, self.kernel)
        )
        return data, kernel


def samples(seed: int, dtypes: tuple[str, ...]) -> Iterator[Sample]:
    """Draw problems without end.

    Parameters
    ----------
    seed : int
    dtypes : tuple of str
        Element types to choose from.

    Yields
    ------
    Sample
        Of one to three convolved axes, some in batches, of these some with a kernel
        each; kernels have from two taps to half the signal. Sizes are spread evenly on
        a logarithmic scale.

    Examples
    --------
    >>> from pyconvolve import tuning
    >>> next(tuning.samples(0, ("float32",))).dtype
    'float32'
    """
    rng = np.random.default_rng(seed)
    modes: tuple[Mode, ...] = "full", "same", "valid"
    while True:
        count = int(rng.integers(1, 4))
        size = 10 ** rng.uniform(2.5, 7)
        data = [max(4, round(size**s)) for s in rng.dirichlet(np.full(count, 8.0))]
        kernel = [round(2 * (n / 4) ** rng.uniform(0, 1)) for n in data]
        axes = list(range(count))
        if rng.random() < 0.3:
            at = int(rng.integers(0, 2)) * count
            data.insert(at, int(rng.integers(2, 65)))
            kernel.insert(at, data[at] if rng.random() < 0.3 else 1)
            axes = [a + (at == 0) for a in axes]
        yield Sample(
            tuple(data),
            tuple(kernel),
            tuple(axes),
            modes[int(rng.integers(0, 3))],
            dtypes[int(rng.integers(0, len(dtypes)))],
        )


def _fastest(sample: Sample, method: Method, seconds: float) -> float:
    """Time a problem with a kernel that is new every time."""
    data, kernel = sample.arrays()
    best, spent, runs = np.inf, 0.0, 0
    while runs < 3 or spent < seconds:
        kernel.flat[0] += 1
        start = time.perf_counter()
        convolution.convolve(data, kernel, sample.mode, method, axes=sample.axes)
        took = time.perf_counter() - start
        best, spent, runs = min(best, took), spent + took, runs + 1
    return best


def fit(
    seconds: float = 20.0, seed: int = 1, said: Callable[[str], None] = print
) -> Found:
    """Measure random problems, and fit the seconds that explain their times best.

    Parameters
    ----------
    seconds : float, optional
        To measure for, per engine and element type, about.
    seed : int, optional
        Of the problems.
    said : callable, optional
        Is called with a line of text for every result.

    Returns
    -------
    dict
        Per engine and element type, what the file of constants holds.

    Raises
    ------
    ValueError
        If there is no time to measure in.

    References
    ----------
    .. [1] C. L. Lawson and R. J. Hanson, *Solving Least Squares Problems*, SIAM, 1995,
       chapter 23: least squares with bounds at zero.

    Examples
    --------
    >>> from pyconvolve import tuning
    >>> constants = tuning.fit()  # doctest: +SKIP
    >>> tuning.save(constants)  # doctest: +SKIP
    """
    if not 0 < seconds < np.inf:
        raise ValueError(f"seconds must be finite and above 0, not {seconds!r}")
    found: Found = {}
    methods: tuple[Method, ...] = "direct", "fft"
    for method in methods:
        fields, elements = cost.ENGINES[method]
        found[method] = {}
        for element in elements:
            counts: list[tuple[float, ...]] = []
            times: list[float] = []
            most = _MOST.get(element, _MOST_SUMS) * (1 if method == "direct" else 100)
            end = time.perf_counter() + seconds
            for sample in samples(seed, (_SAMPLES[element],)):
                if time.perf_counter() > end and len(times) > 20:
                    break
                if sample.sums > most or prod(sample.data) > _MOST_SAMPLES:
                    continue
                counts.append(_count(sample, method))
                with set_workers(1):
                    times.append(_fastest(sample, method, seconds / 200))
            known = np.zeros(len(fields))
            if "again" in fields:
                known[fields.index("again")] = _reading(_SAMPLES[element])
            each, error = _explain(np.array(counts), np.array(times), known)
            found[method][element] = {
                field: float(f"{value:.4g}")
                for field, value in zip(fields, each, strict=True)
            }
            low, high = np.quantile(error, [0.05, 0.95])
            said(
                f"{method} in {element}: {len(times)} problems, expected times are "
                f"{low:.2f} to {high:.2f} of those measured"
            )
    return found


def _explain(
    counts: NDArray[Any], times: NDArray[Any], known: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Find the seconds of each that isn't known, and expected over real times."""
    from scipy.optimize import nnls

    # relative errors count, for it is ratios that decide
    relative = counts / times[:, None]
    scale = relative.max(0)
    scale[(scale == 0) | (known > 0)] = np.inf
    solution, _ = nnls(relative / scale, np.maximum(1 - relative @ known, 0))
    each = solution / scale + known
    return each, relative @ each


def _reading(dtype: str) -> float:
    """Seconds that a sample takes to come from memory."""
    values = np.ones(_READ // 8)
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        values.max()
        best = min(best, time.perf_counter() - start)
    return best / values.nbytes * np.dtype(dtype).itemsize


def _count(sample: Sample, method: Method) -> tuple[float, ...]:
    """Count what an engine has to do for a problem."""
    how = rules(False, sample.mode, method, sample.axes, "constant", 0, 1, 1, 0)
    dtype = np.dtype(sample.dtype)
    made = api.prepare(_NAMES, how, sample.data, sample.kernel, dtype, dtype).plan
    return made.counted


def save(found: Found, path: Path | None = None) -> Path:
    """Store what `fit` found for the instruction set in use.

    Parameters
    ----------
    found : dict
        From `fit`.
    path : Path, optional
        A file; by default the one in the user's cache folder that is read at start.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        If it can't be written.

    Examples
    --------
    >>> from pyconvolve import tuning
    >>> tuning.save(tuning.fit())  # doctest: +SKIP
    """
    path = path or cost.user_file()
    with _alone(path):
        try:
            known = json.loads(path.read_text())
        except (OSError, ValueError, RecursionError):
            known = {}
        if not isinstance(known, dict):
            known = {}
        text = json.dumps(known | {cpu.active(): found}, indent=2) + "\n"
        # replaced as a whole, so that nobody reads a part of it
        written = _beside(path)
        try:
            with written.open("x") as file:
                file.write(text)
            written.replace(path)
        finally:
            written.unlink(missing_ok=True)
    return path


def check_writable(path: Path | None = None) -> None:
    """Raise OSError if `save` can't write its file.

    Parameters
    ----------
    path : Path, optional
        As for `save`.

    Raises
    ------
    OSError

    Examples
    --------
    >>> from pyconvolve import tuning
    >>> tuning.check_writable()  # doctest: +SKIP
    """
    path = path or cost.user_file()
    with _alone(path):
        written = _beside(path)
        written.open("x").close()
        written.unlink()
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from changing a file, where the system has such locks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:
        yield
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _beside(path: Path) -> Path:
    """Name a file that takes the place of another one when it is written."""
    return path.with_name(f"{path.name}.{os.getpid()}.new")
