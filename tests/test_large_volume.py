"""The example that filters a volume larger than memory, at a small size."""

import re
from pathlib import Path

import numpy as np
import pytest

from examples import run_example
from pyconvolve import ndimage

dask = pytest.importorskip("dask")
zarr = pytest.importorskip("zarr")
pytest.importorskip("distributed")


@pytest.mark.parametrize("processes", [0, 2])
def test_example(processes: int, tmp_path: Path) -> None:
    arguments = ["--size", "60", "--chunk", "25", "--processes", str(processes)]
    if processes:
        arguments += ["--box", "3"]
    said = run_example("large_volume.py", tmp_path, *arguments)
    assert "100% Completed" in said
    peaks = re.findall(r"largest memory of a process: (\w+) MB", said)
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
