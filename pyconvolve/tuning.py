"""Fits the constants of the cost model to times measured on this machine.

The cost model predicts the seconds of each engine, and the faster one is chosen.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from . import convolution
from ._core import api, cost, cpu
from ._core.arguments import Names, rules
from ._core.workers import set_workers
from .convolution import Method, Mode

# Element type that is computed in -> element type of the samples that are measured.
_SAMPLES = {
    "float32": "float32",
    "float64": "float64",
    "uint16": "int16",
    "uint32": "int32",
    "uint64": "int64",
    "longdouble": "longdouble",
}
_NAMES = Names("in1", "in2")
# Bytes of an array whose reading is timed. It must be larger than any cache.
_READ = 1 << 28
# Engine -> element type -> name of a count -> seconds per count.
Found = dict[str, dict[str, dict[str, float]]]
# Most products of samples and taps that direct sums are measured with; more take too
# long. The second table has the bounds of slower element types.
_MOST_SUMS = 4e9
_MOST = {"longdouble": 1e7}
# Times as many products that transforms are measured with.
_TRANSFORMS_SAVE = 100
# Most samples of a problem that is measured; more take too much memory.
_MOST_SAMPLES = 1 << 26


class Sample(NamedTuple):
    """A problem to measure: shapes of signal and kernel, axes, mode, element type."""

    data: tuple[int, ...]
    kernel: tuple[int, ...]
    axes: tuple[int, ...]
    mode: Mode
    dtype: str

    @property
    def sums(self) -> float:
        """Number of products that the direct engine adds up, about."""
        taps = prod(self.kernel[axis] for axis in self.axes)
        return float(np.prod(self.data, dtype=float) * taps)

    def arrays(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return noise of these shapes."""
        rng = np.random.default_rng(1)
        data, kernel = (
            (8 * rng.standard_normal(shape)).astype(self.dtype)
            for shape in (self.data, self.kernel)
        )
        return data, kernel


def samples(seed: int, dtypes: tuple[str, ...]) -> Iterator[Sample]:
    """Draw random problems, without end.

    Parameters
    ----------
    seed : int
        Seed of the random numbers.
    dtypes : tuple of str
        Element types to choose from.

    Yields
    ------
    Sample
        With one to three convolved axes. Three of ten are batches; three of ten batches
        have a kernel for each signal. Kernels have from two taps to half the samples of
        the signal along each axis. Sizes are uniform on a logarithmic scale.

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
    """Return the least seconds of a call in a loop: one kernel, and warm caches."""
    data, kernel = sample.arrays()
    best, spent, runs = np.inf, 0.0, 0
    while runs < 4 or spent < seconds:
        start = time.perf_counter()
        convolution.convolve(data, kernel, sample.mode, method, axes=sample.axes)
        took = time.perf_counter() - start
        best, spent, runs = min(best, took), spent + took, runs + 1
    return best


def fit(
    seconds: float = 20.0, seed: int = 1, said: Callable[[str], None] = print
) -> Found:
    """Measure random problems, and fit seconds per count to their times.

    The fit minimises the sum of the squares of relative errors [1]_, with no constant
    below zero.

    Parameters
    ----------
    seconds : float, optional
        Seconds to measure for, about, per engine and element type.
    seed : int, optional
        Seed of the random problems.
    said : callable, optional
        Is called with a line of text for each engine and element type.

    Returns
    -------
    dict
        Engine -> element type -> name of a count -> seconds per count.

    Raises
    ------
    ValueError
        If `seconds` is not finite and above 0.

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
    for engine, (fields, elements) in cost.ENGINES.items():
        method = cast(Method, engine)
        found[method] = {}
        for element in elements:
            counts: list[tuple[float, ...]] = []
            times: list[float] = []
            most = _MOST.get(element, _MOST_SUMS)
            if method == "fft":
                most *= _TRANSFORMS_SAVE
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
            if "refetched" in fields:
                known[fields.index("refetched")] = _reading(_SAMPLES[element])
            constants, ratios = _fit(np.array(counts), np.array(times), known)
            found[method][element] = {
                field: float(f"{value:.4g}")
                for field, value in zip(fields, constants, strict=True)
            }
            low, high = np.quantile(ratios, [0.05, 0.95])
            said(
                f"{method} in {element}: {len(times)} problems, expected times are "
                f"{low:.2f} to {high:.2f} of those measured"
            )
    return found


def _fit(
    counts: NDArray[Any], times: NDArray[Any], known: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Fit the constants that are not known.

    Parameters
    ----------
    counts : ndarray, of shape (problems, constants)
    times : ndarray, of shape (problems,)
        Seconds measured.
    known : ndarray, of shape (constants,)
        Seconds per count that are known; 0 for those to fit.

    Returns
    -------
    constants : ndarray, of shape (constants,)
        Seconds per count.
    ratios : ndarray, of shape (problems,)
        Expected over measured seconds.
    """
    from scipy.optimize import nnls

    # relative errors, because the ratio of two engines' times decides
    relative = counts / times[:, None]
    scale = relative.max(0)
    scale[(scale == 0) | (known > 0)] = np.inf
    solution, _ = nnls(relative / scale, np.maximum(1 - relative @ known, 0))
    constants = solution / scale + known
    return constants, relative @ constants


def _reading(dtype: str) -> float:
    """Measure the seconds in which one sample is read from memory."""
    values = np.ones(_READ // 8)
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        values.max()
        best = min(best, time.perf_counter() - start)
    return best / values.nbytes * np.dtype(dtype).itemsize


def _count(sample: Sample, method: Method) -> tuple[float, ...]:
    """Return the counts of an engine for a problem, as the cost model defines them."""
    how = rules(False, sample.mode, method, sample.axes, "constant", 0, 1, 1, 0)
    dtype = np.dtype(sample.dtype)
    plan = api.prepare(_NAMES, how, sample.data, sample.kernel, dtype, dtype).plan
    return plan.counted


def save(found: Found, path: Path | None = None) -> Path:
    """Store constants for the instruction set in use.

    Parameters
    ----------
    found : dict
        The result of `fit`.
    path : Path, optional
        The file to write. By default the file in the user's cache folder that
        pyconvolve reads when it chooses an engine for the first time.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        If the file can't be written.

    Examples
    --------
    >>> from pyconvolve import tuning
    >>> tuning.save(tuning.fit())  # doctest: +SKIP
    """
    path = path or cost.user_file()
    with _locked(path):
        try:
            known = json.loads(path.read_text())
        except (OSError, ValueError, RecursionError):
            known = {}
        if not isinstance(known, dict):
            known = {}
        text = json.dumps(known | {cpu.active(): found}, indent=2) + "\n"
        # the file is replaced as a whole, so that no process reads a part of it
        written = _temporary_name(path)
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
        If the file can't be written.

    Examples
    --------
    >>> from pyconvolve import tuning
    >>> tuning.check_writable()  # doctest: +SKIP
    """
    path = path or cost.user_file()
    with _locked(path):
        written = _temporary_name(path)
        written.open("x").close()
        written.unlink()
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes from saving a file, on systems with the lock `flock`."""
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


def _temporary_name(path: Path) -> Path:
    """Name a file that is written first and then takes the place of another file."""
    return path.with_name(f"{path.name}.{os.getpid()}.new")
