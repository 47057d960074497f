"""Runs SciPy's tests of scipy.signal, as installed with SciPy, on pyconvolve."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

# Tests that demand a fault of SciPy -> why pyconvolve fails them.
PINNED = {
    "TestFFTConvolve::test_fft_nan": "it demands a warning that all outputs are NaN "
    "for a signal with one NaN; here only outputs whose kernel meets it are NaN",
}
# Test files, by pytest's option -k -> tests that must pass, at least.
FILES = {"test_signaltools": 12_000, "not test_signaltools": 1500}
# Function -> calls of it in test_signaltools, at least.
CALLS = {
    "convolve": 4000,
    "correlate": 200,
    "fftconvolve": 2000,
    "oaconvolve": 4000,
    "convolve2d": 20,
    "correlate2d": 10,
    "choose_conv_method": 10,
    "correlation_lags": 30,
    "execute": 10_000,
}


def run(files: str, tmp_path: Path) -> tuple[str, dict[str, int]]:
    """Return the last output of pytest, and the numbers of calls of our functions."""
    configuration = tmp_path / "pytest.ini"
    # SciPy registers this marker in a file that isn't installed with it
    configuration.write_text("[pytest]\nmarkers =\n    array_api_backends: libraries\n")
    pinned = " or ".join(name.rpartition("::")[2] for name in PINNED)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "-p", "under_patch", "-c", str(configuration)),
            *("-k", f"({files}) and not ({pinned})", "--pyargs", "scipy.signal"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    counted = re.findall(r"(\w+)=(\d+)", done.stdout.partition("calls: ")[2])
    return done.stdout[-3000:], {name: int(count) for name, count in counted}


@pytest.mark.parametrize("files", FILES)
def test_scipys_tests_pass(files: str, tmp_path: Path) -> None:
    pytest.importorskip("scipy.signal.tests", reason="SciPy was built without tests")
    printed, counted = run(files, tmp_path)
    passed = re.search(r"(\d+) passed", printed)
    assert passed, printed
    assert int(passed[1]) >= FILES[files], printed
    assert not re.search(r"\d+ (failed|error)", printed), printed
    if files == "test_signaltools":
        for name, least in CALLS.items():
            assert counted.get(name, 0) >= least, (name, counted)
