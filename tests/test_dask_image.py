"""dask-image's own tests of filters, with those of `pyconvolve.dask`.

They are in the source distribution of dask-image only. The environment variable
PYCONVOLVE_DASK_IMAGE names the folder with its content, for example that of

    pip download --no-deps --no-binary dask-image dask-image
    tar --extract --file dask_image-*.tar.gz
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("dask")

HERE = Path(__file__).parent
VARIABLE = "PYCONVOLVE_DASK_IMAGE"
FOLDER = Path("tests", "test_dask_image", "test_ndfilters")
# Module with tests -> tests that must pass, at least. Other modules test what is not
# here: `threshold_local`, private functions, and arrays of CuPy.
MODULES = {
    "test__conv.py": 70,
    "test__diff.py": 2,
    "test__edge.py": 20,
    "test__gaussian.py": 168,
    "test__generic.py": 32,
    "test__order.py": 160,
    "test__smooth.py": 15,
}


def test_filters(tmp_path: Path) -> None:
    if VARIABLE not in os.environ:
        pytest.skip(f"{VARIABLE} does not name a source distribution of dask-image")
    folder = Path(os.environ[VARIABLE]) / FOLDER
    for name in MODULES:
        # elsewhere, so that the package beside the tests is not imported
        shutil.copy(folder / name, tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "-p", "dask_image_filters", "-c", "pytest.ini"),
            *MODULES,
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    assert not done.returncode, done.stdout[-3000:]
    assert not re.search(r"\d+ (failed|error)", done.stdout), done.stdout[-3000:]
    for name, least in MODULES.items():
        passed = re.findall(rf"^{re.escape(name)}::.* PASSED", done.stdout, re.M)
        assert len(passed) >= least, (name, len(passed))
    counts = re.findall(r"(\w+)=(\d+)", done.stdout.partition("calls: ")[2])
    assert len(counts) == 16
    assert all(int(count) > 5 for _, count in counts), counts
