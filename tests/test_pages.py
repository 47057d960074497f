"""Runs the example programs of the README and of the documentation."""

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
# Libraries that pages compare pyconvolve with, each in blocks of its own. Blocks whose
# library is missing are left out.
COMPARED = {"astropy", "cv2", "torch"}
# Programs that draw figures of pages when the documentation is built.
FIGURES = sorted(
    {
        figure
        for page in (ROOT / "docs/guide").glob("*.md")
        for figure in re.findall(r"^\.\. plot:: (\S+)$", page.read_text(), re.M)
    }
)


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/guide/arguments.md",
        "docs/guide/boundaries.md",
        "docs/guide/choosing.md",
        "docs/guide/deconvolution.md",
        "docs/guide/how_it_works.md",
        "docs/guide/kernels.md",
        "docs/guide/large_data.md",
        "docs/guide/layers.md",
        "docs/guide/matrix.md",
        "docs/guide/missing_data.md",
        "docs/guide/numpy.md",
        "docs/guide/pandas.md",
        "docs/guide/scipy.md",
        "docs/guide/seven_languages.md",
        "docs/guide/streams.md",
        "docs/guide/templates.md",
        "docs/guide/threads.md",
    ],
)
def test_programs_run(page: str, python: Callable[..., Any]) -> None:
    others = {
        "docs/guide/choosing.md": ["dask"],
        "docs/guide/large_data.md": ["dask", "xarray"],
        "docs/guide/pandas.md": ["pandas"],
    }
    for name in ["skimage", "matplotlib", *others.get(page, [])]:
        pytest.importorskip(name)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    blocks = [block for block in blocks if not missing(block)]
    assert blocks
    done = python("\n".join(blocks), PYTHONWARNINGS="error")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_are_drawn(figure: str, python: Callable[..., Any]) -> None:
    pytest.importorskip("matplotlib")
    path = ROOT / "docs" / figure
    # as `python path` would, which finds modules beside the program
    program = f"""if True:
        import runpy, sys
        from matplotlib import pyplot

        sys.path.insert(0, {str(path.parent)!r})
        runpy.run_path({str(path)!r}, run_name="__main__")
        assert pyplot.get_fignums()
    """
    done = python(program, MPLBACKEND="agg")
    assert done.returncode == 0, done.stderr


def test_figures_have_a_description() -> None:
    for page in (ROOT / "docs/guide").glob("*.md"):
        text = page.read_text()
        figures = re.findall(r"^\.\. plot:: ", text, re.M)
        assert len(figures) == len(re.findall(r"^   :alt: \S", text, re.M)), page


def missing(block: str) -> bool:
    """Whether a block imports a compared library that is not installed."""
    imported = set(re.findall(r"^(?:import|from) (\w+)", block, re.M))
    return any(not find_spec(name) for name in imported & COMPARED)


def test_every_kernel_is_on_its_page() -> None:
    from pyconvolve import kernels

    page = (ROOT / "docs/guide/kernels.md").read_text()
    for name in kernels.__all__:
        assert re.search(rf"\b{name}\b", page), name
    for picture in re.findall(r"\]\((kernels/\w+\.png)\)", page):
        assert (ROOT / "docs/guide" / picture).exists()
