"""The scripts of the gallery: they run without warnings or downloads, and draw."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
SCRIPTS = sorted(GALLERY.glob("*/plot_*.py"))
# A script whose import statements name one of these is skipped where it is missing.
OPTIONAL = {"dask", "matplotlib", "pandas", "pylops", "skimage", "sklearn", "xarray"}

# Runs a script, draws its figures, and prints how many there are. A script that looks
# up a name on the network fails.
RUN = """
import io, runpy, sys

def offline(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        raise RuntimeError(f"{event} {arguments}")

sys.addaudithook(offline)
import matplotlib.pyplot as plt

plt.show = lambda: None
runpy.run_path(sys.argv[1], run_name="__main__")
for number in plt.get_fignums():
    plt.figure(number).savefig(io.BytesIO())
print("figures:", len(plt.get_fignums()))
"""

TITLE = r'"""\n(?P<title>.+)\n(?P<line>=+)\n\n(?P<text>\S(.+\n)+)"""\n'


def run(script: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder, with no photograph downloaded earlier in reach."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, str(script)],
        cwd=folder,
        env=os.environ | {"MPLBACKEND": "Agg", "SKIMAGE_DATADIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def name(script: Path) -> str:
    """Folder and name of a script, as the name of its test."""
    return f"{script.parent.name}/{script.stem}"


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_script_runs(script: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for word in OPTIONAL.intersection(re.findall(r"\w+", ast.unparse(node))):
                pytest.importorskip(word)
    done = run(script, tmp_path)
    assert not done.returncode, done.stderr
    figures = int(done.stdout.rpartition("figures: ")[2])
    assert 1 <= figures <= 3
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_script_has_the_form_of_sphinx_gallery(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    head = re.match(TITLE, text)
    assert head
    assert len(head["title"]) == len(head["line"])
    assert len(head["text"].split()) > 20
    assert text.count("\n# %%\n# ") >= 2
    assert "plt.show()" in text
    for word in ("http", "pooch", "urllib", "fetch_"):
        assert word not in text
    # a heading is as long as its line
    for heading, line in re.findall(r"^# (.+)\n# (-+)$", text, re.MULTILINE):
        assert len(heading) == len(line), heading


def test_every_folder_has_a_header() -> None:
    for folder in {script.parent for script in SCRIPTS}:
        header = (folder / "GALLERY_HEADER.rst").read_text(encoding="utf-8")
        assert re.match(r"\S.*\n-+\n\n\S", header)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import warnings; warnings.warn('careless')", "careless"),
        ("import socket; socket.getaddrinfo('localhost', 80)", "socket.getaddrinfo"),
        ("plt.title(r'$\\wrong$')", "wrong"),
    ],
)
def test_bad_scripts_fail(line: str, message: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    script = tmp_path / "plot_bad.py"
    script.write_text(f"import matplotlib.pyplot as plt\nplt.plot([1])\n{line}\n")
    done = run(script, tmp_path)
    assert done.returncode
    assert message in done.stderr
