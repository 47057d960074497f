"""Fits all numbers that plans are made by: tables, then thresholds, then constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .._core import cost
from ..convolution import Method
from ._bounds import BOUNDS, search
from ._constants import fit_constants
from ._rates import measure_shares, measure_sums
from ._tiles import fit_tables, measure

# Seconds of the rates of sums, and of a threshold, over the seconds of a fit.
_RATES, _BOUND = 0.5, 0.75


def fit(
    seconds: float = 10.0, seed: int = 1, said: Callable[[str], None] = print
) -> cost.Numbers:
    """Measure random problems, and fit the numbers that plans are made by.

    First come tables: cycles of passes and tiles, by non-linear least squares, and
    speeds of sums, which are measured. Then come thresholds, which are tried one after
    the other. Last come seconds of each count of an engine's work. Their fit minimises
    the sum of the squares of relative errors [1]_, with no constant below zero.

    Parameters
    ----------
    seconds : float, optional
        Seconds to measure for, about, for each element type of an engine, and for each
        form of tiles. The whole takes about 24 times as long.
    seed : int, optional
        Seed of the random problems.
    said : callable, optional
        Is called with a line of text for each fit.

    Returns
    -------
    dict
        'direct' and 'fft': element type -> name of a count -> seconds per count;
        'tables': name -> table; 'thresholds': name -> value. It can be stored as JSON.

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
    >>> numbers = tuning.fit()  # doctest: +SKIP
    >>> tuning.save(numbers)  # doctest: +SKIP
    """
    if not 0 < seconds < np.inf:
        raise ValueError(f"seconds must be finite and above 0, not {seconds!r}")
    found = cost.shipped()
    with cost.using(found):
        found["tables"] = _fit_tables(found["tables"], seconds, seed, said)
    with cost.using(found):
        found["thresholds"] = search(
            BOUNDS, found["thresholds"], _BOUND * seconds, said
        )
    with cost.using(found):
        fitted: cost.Numbers = {
            engine: {
                element: _fit_constants(engine, element, seconds, seed, said)
                for element in elements
            }
            for engine, (_, elements) in cost.ENGINES.items()
        }
    return fitted | {name: found[name] for name in ("tables", "thresholds")}


def _fit_tables(
    start: dict[str, Any], seconds: float, seed: int, said: Callable[[str], None]
) -> dict[str, Any]:
    times = [*measure(seconds, seed)]
    tables, ratios = fit_tables(times, start)
    said(f"tables of transforms: {len(times)} problems, {_spread(ratios)}")
    tables["shares"] = measure_shares(_RATES * seconds)
    said(f"shares of the peak by span: {[*tables['shares'].values()]}")
    tables["sums"] = measure_sums(_RATES * seconds)
    return tables


def _fit_constants(
    engine: str, element: str, seconds: float, seed: int, said: Callable[[str], None]
) -> dict[str, float]:
    fitted = fit_constants(cast(Method, engine), element, seconds, seed)
    spread = _spread(fitted.ratios)
    said(f"{engine} in {element}: {len(fitted.ratios)} problems, {spread}")
    return fitted.seconds


def _spread(ratios: NDArray[Any]) -> str:
    low, high = np.quantile(ratios, [0.05, 0.95])
    return f"expected times are {low:.2f} to {high:.2f} of those measured"
