"""Runs tests of SciPy and NumPy, as installed with these, on pyconvolve."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from filter_checks import IS_OLD

HERE = Path(__file__).parent
# Earlier versions have fewer tests.
IS_OLD_NUMPY = np.lib.NumpyVersion(np.__version__) < "2.4.0"

# Library -> packages of its tests, which some installations lack.
PACKAGES = {
    "scipy": ("scipy.signal.tests", "scipy.ndimage.tests"),
    "numpy": ("numpy._core.tests",),
}


@dataclass
class Suite:
    """Tests of a library that run while its functions are patched."""

    library: str
    modules: tuple[str, ...]
    """Modules or packages with tests."""
    passed: int
    """Tests that must pass, at least."""
    chosen: str = ""
    """The choice of tests, by pytest's option -k."""
    pinned: dict[str, str] = field(default_factory=dict)
    """Tests that demand a fault of the library -> why pyconvolve fails them."""
    calls: dict[str, int] = field(default_factory=dict)
    """Function -> calls of it, at least."""


SUITES = {
    "scipy convolution": Suite(
        "scipy",
        ("scipy.signal.tests.test_signaltools",),
        12_000,
        pinned={
            "TestFFTConvolve::test_fft_nan": "it demands a warning that all outputs "
            "are NaN for a signal with one NaN; here only outputs whose kernel meets "
            "it are NaN",
        },
        calls={
            "convolve": 4000,
            "correlate": 200,
            "fftconvolve": 2000,
            "oaconvolve": 4000,
            "convolve2d": 20,
            "correlate2d": 10,
            "choose_conv_method": 10,
            "correlation_lags": 30,
            "lfilter": 10_000,
            "filtfilt": 20,
            "resample_poly": 300,
            "decimate": 15,
            "execute": 15_000,
        },
    ),
    "scipy other": Suite(
        "scipy",
        ("scipy.signal",),
        1300 if IS_OLD else 1500,
        "not test_signaltools",
        calls={
            "savgol_coeffs": 50,
            "savgol_filter": 15,
            "sepfir2d": 8 if IS_OLD else 30,
            "upfirdn": 1000,
            "execute": 2000,
        },
    ),
    "scipy image filters": Suite(
        "scipy",
        ("scipy.ndimage.tests.test_filters", "scipy.ndimage.tests.test_morphology"),
        2800,
        pinned={
            "test_multiple_modes_sequentially": "it demands that means of boxes have "
            "the bits of means along one axis after the other; here the sum of a box "
            "is divided once",
        },
        calls={
            "ndimage.convolve": 1300,
            "ndimage.correlate": 1300,
            "ndimage.convolve1d": 1500,
            "ndimage.correlate1d": 1900,
            "ndimage.gaussian_filter": 150,
            "ndimage.gaussian_filter1d": 10,
            "ndimage.uniform_filter": 150,
            "ndimage.uniform_filter1d": 15,
            "ndimage.maximum_filter": 140,
            "ndimage.minimum_filter": 140,
            "ndimage.maximum_filter1d": 5,
            "ndimage.minimum_filter1d": 5,
            "ndimage.grey_erosion": 15,
            "ndimage.grey_dilation": 15,
            "ndimage.grey_opening": 4,
            "ndimage.grey_closing": 4,
            "ndimage.white_tophat": 4,
            "ndimage.black_tophat": 4,
            "ndimage.morphological_gradient": 2,
            "ndimage.sobel": 50,
            "ndimage.prewitt": 50,
            "ndimage.laplace": 10,
            "ndimage.gaussian_laplace": 20,
            "ndimage.gaussian_gradient_magnitude": 10,
            "ndimage.generic_laplace": 5,
            "ndimage.generic_gradient_magnitude": 1,
            "ndimage.run": 6000,
        },
    ),
    "numpy convolution": Suite(
        "numpy",
        ("numpy._core.tests.test_numeric", "numpy._core.tests.test_regression"),
        10,
        "TestCorrelate or TestConvolve or convolve",
        calls={"convolve": 8, "correlate": 12, "execute": 10},
    ),
    "numpy callers": Suite(
        "numpy",
        (
            "numpy.lib.tests.test_polynomial",
            "numpy.lib.tests.test_function_base",
            "numpy.ma.tests.test_core",
            "numpy.polynomial.tests",
            "numpy._core.tests.test_ufunc",
        ),
        6000,
        calls=dict.fromkeys(("convolve", "execute"), 1000 if IS_OLD_NUMPY else 8000),
    ),
}


def run(suite: Suite, tmp_path: Path) -> tuple[str, dict[str, int]]:
    """Return the last output of pytest, and the numbers of calls of our functions."""
    configuration = tmp_path / "pytest.ini"
    # SciPy registers this marker in a file that isn't installed with it
    configuration.write_text("[pytest]\nmarkers =\n    array_api_backends: libraries\n")
    pinned = [name.rpartition("::")[2] for name in suite.pinned]
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    terms = [f"({suite.chosen})"] * bool(suite.chosen)
    terms += [f"not ({' or '.join(pinned)})"] * bool(pinned)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "-p", "under_patch", "-c", str(configuration)),
            *("--patched", suite.library, "-k", " and ".join(terms)),
            *("--pyargs", *suite.modules),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1200,
    )
    counted = re.findall(r"([\w.]+)=(\d+)", done.stdout.partition("calls: ")[2])
    return done.stdout[-3000:], {name: int(count) for name, count in counted}


@pytest.mark.parametrize("name", SUITES)
def test_suite_passes(name: str, tmp_path: Path) -> None:
    suite = SUITES[name]
    reason = f"{suite.library} was installed without its tests"
    for package in PACKAGES[suite.library]:
        pytest.importorskip(package, reason=reason)
    printed, counted = run(suite, tmp_path)
    passed = re.search(r"(\d+) passed", printed)
    assert passed, printed
    assert int(passed[1]) >= suite.passed, printed
    assert not re.search(r"\d+ (failed|error)", printed), printed
    for function, least in suite.calls.items():
        assert counted.get(function, 0) >= least, (function, counted)
