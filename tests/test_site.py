"""The documentation builds without a warning, and a browser shows its pages."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from browser import browse, serve, skip_without_chromium

for library in ("sphinx", "sphinx_gallery", "latex2mathml", "dask", "sklearn"):
    pytest.importorskip(library)

ROOT = Path(__file__).parents[1]
# Two of the gallery's scripts are run; tests/test_gallery.py runs all of them.
RUN = r"plot_(sharpen|layer_matrix)\.py"
PAGES = [
    "index.html",
    "guide/kernels.html",
    "examples/index.html",
    "examples/images/plot_sharpen.html",
    "reference/generated/pyconvolve.convolve.html",
    "guide/speed.html",
]
# Opens pages in frames, wide and narrow, in the light and in the dark theme, and writes
# what it finds as JSON.
PROBE = """<!doctype html><body><script>
const luminance = colour => {
  const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const background = (view, node) => {
  for (; node; node = node.parentElement) {
    const colour = view.getComputedStyle(node).backgroundColor;
    if (colour !== "rgba(0, 0, 0, 0)") return colour;
  }
  return "rgb(255, 255, 255)";
};
const open = (address, width) => new Promise(resolve => {
  const frame = document.createElement("iframe");
  frame.style.width = width + "px";
  frame.style.height = "2000px";
  frame.onload = () => setTimeout(() => resolve(frame), 300);
  frame.src = address;
  document.body.append(frame);
});
const look = async (address, theme, width) => {
  localStorage.setItem("mode", theme);
  localStorage.setItem("theme", theme);
  const frame = await open(address, width);
  const view = frame.contentWindow, page = frame.contentDocument;
  for (const image of page.images) image.loading = "eager";
  await Promise.all([...page.images].filter(image => !image.complete).map(
    image => new Promise(resolve => { image.onload = image.onerror = resolve; })
  ));
  const contrasts = [...page.querySelectorAll(
    "article p, article li, article a, article code, article td, article pre span"
  )].filter(node => node.innerText && node.innerText.trim()).map(node => {
    const both = [view.getComputedStyle(node).color, background(view, node)]
      .map(luminance).sort((a, b) => b - a);
    return [(both[0] + 0.05) / (both[1] + 0.05), node.outerHTML.slice(0, 200)];
  }).sort((a, b) => a[0] - b[0]);
  const root = page.documentElement;
  const found = {
    address, theme, width,
    shown: root.dataset.theme,
    title: page.title,
    images: page.querySelectorAll("article img").length,
    broken: [...page.images].filter(image => !image.naturalWidth)
      .map(image => image.src),
    contrast: contrasts[0],
    overflow: root.scrollWidth - root.clientWidth,
  };
  frame.remove();
  return found;
};
(async () => {
  const found = [];
  for (const address of PAGES)
    for (const theme of ["light", "dark"])
      for (const width of [1300, 360])
        found.push(await look(address, theme, width));
  document.body.textContent = JSON.stringify(found);
})();
</script></body>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Build the site from a copy of its sources, and return its folder."""
    if not (ROOT / "docs" / "conf.py").exists() or not (ROOT / "CHANGELOG.md").exists():
        pytest.skip("the sources of the documentation are not here")
    sources, target = tmp_path / "docs", tmp_path / "html"
    made = shutil.ignore_patterns("build", "examples", "generated", "backreferences")
    shutil.copytree(ROOT / "docs", sources, ignore=made)
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going"),
            *("--quiet", "-D", f"sphinx_gallery_conf.filename_pattern={RUN}"),
            *(str(sources), str(target)),
        ],
        # not in the root of the tree, whose package has no compiled modules
        cwd=tmp_path,
        env=os.environ | {"MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return target


def test_site(site: Path, tmp_path: Path) -> None:
    check_every_public_name_has_a_page(site)
    check_nothing_is_loaded_from_elsewhere(site)
    skip_without_chromium()
    (site / "probe.html").write_text(PROBE.replace("PAGES", json.dumps(PAGES)))
    with serve(site) as address:
        for page in PAGES:
            check_no_errors(browse(address + page, tmp_path, "--dump-dom")[1])
        printed, _ = browse(f"{address}probe.html", tmp_path, "--dump-dom")
        (found,) = re.findall("<body>(.*)</body>", printed, re.S)
        check_pages(json.loads(html.unescape(found)))
        check_search(address, tmp_path)


def check_every_public_name_has_a_page(site: Path) -> None:
    import pyconvolve
    from pyconvolve import dask, kernels, matrix, ndimage, nn, signal, xarray

    modules: list[Any] = [pyconvolve, dask, kernels, matrix, nn, xarray]
    names = {
        f"{module.__name__}.{name}"
        for module in (*modules, signal, ndimage, dask.ndimage)
        for name in module.__all__
        if (getattr(getattr(module, name), "__module__", None) or "").startswith(
            "pyconvolve"
        )
    }
    assert len(names) > 150
    pages = {page.stem for page in (site / "reference" / "generated").glob("*.html")}
    assert names <= pages


def check_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """The site works offline: scripts, styles and pictures lie in its folder."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"([^\"]*)\"", text)
        loaded += re.findall(r"<link[^>]* href=\"([^\"]*)\"", text)
        assert not [each for each in loaded if "//" in each], page


def check_no_errors(messages: list[str]) -> None:
    """Scripts and missing files write no message, but the theme tells what it does."""
    assert not [line for line in messages if "[PST]: " not in line]


def check_pages(found: list[dict[str, Any]]) -> None:
    assert len(found) == 4 * len(PAGES)
    for page in found:
        assert page["shown"] == page["theme"], page
        assert not page["broken"], page
        # what the guidelines for accessible pages (WCAG 2.2) ask of small text
        assert page["contrast"][0] >= 4.5, page
        assert page["overflow"] <= 0, page
    for name in ("index", "plot_sharpen", "kernels"):
        assert all(page["images"] for page in found if name in page["address"])


def check_search(address: str, folder: Path) -> None:
    question = f"{address}search.html?q=normalized_convolve"
    printed, messages = browse(question, folder, "--dump-dom")
    check_no_errors(messages)
    (results,) = re.findall(r'<ul [^>]*class="search">(.*?)</ul>', printed, re.S)
    links = re.findall(r'href="([^"#?]*)', results)
    assert "reference/generated/pyconvolve.normalized_convolve.html" in links
