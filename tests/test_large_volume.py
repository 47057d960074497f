"""The example that filters a volume larger than memory, at a small size."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pyconvolve import ndimage

dask = pytest.importorskip("dask")
zarr = pytest.importorskip("zarr")
pytest.importorskip("distributed")

EXAMPLE = Path(__file__).parents[1] / "examples" / "large_volume.py"


@pytest.mark.parametrize("processes", [0, 2])
def test_example(processes: int, tmp_path: Path) -> None:
    if not EXAMPLE.exists():
        pytest.skip("the examples are not here")
    arguments = ["--size", "60", "--chunk", "25", "--processes", str(processes)]
    if processes:
        arguments += ["--box", "3"]
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLE), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert not done.returncode, done.stderr
    assert "100% Completed" in done.stdout
    peaks = re.findall(r"largest memory of a process: (\w+) MB", done.stdout)
    assert len(peaks) == max(processes, 1)
    volume, smooth = (
        zarr.open_array(tmp_path / "large_volume" / name, mode="r")[:]
        for name in ("volume.zarr", "smooth.zarr")
    )
    assert volume.shape == (60, 60, 60)
    if processes:
        want = ndimage.uniform_filter(volume, 3)
    else:
        want = ndimage.gaussian_filter(volume, 2)
    np.testing.assert_allclose(smooth, want, rtol=0, atol=1e-5)
