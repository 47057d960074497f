"""Configuration of the documentation: ``spin docs`` builds it, offline."""

from __future__ import annotations

import os
import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path

import latex2mathml.converter
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator
from sphinx_gallery.sorting import ExplicitOrder

sys.path.insert(0, str(Path(__file__).parent))
import inventories

os.environ.setdefault("MPLBACKEND", "agg")

project = "pyconvolve"
author = "pyconvolve developers"
project_copyright = f"2026, {author}"
version = release = version_of("pyconvolve")

extensions = [
    "matplotlib.sphinxext.plot_directive",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["build", "figures", "templates", "gallery"]
templates_path = ["templates"]
root_doc = "index"
nitpicky = True
default_role = "py:obj"

html_theme = "pydata_sphinx_theme"
html_title = "pyconvolve"
html_static_path = ["static"]
html_css_files = ["pyconvolve.css"]
html_show_sourcelink = False
html_math_renderer = "mathml"
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "pyconvolve"},
    "navbar_align": "left",
    "show_toc_level": 2,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# An inventory makes links to a library; `python docs/inventories.py` fetches them.
intersphinx_mapping = {
    name: (address, str(inventories.FOLDER / f"{name}.inv"))
    for name, address in inventories.PROJECTS.items()
    if (inventories.FOLDER / f"{name}.inv").exists()
}
_OTHERS = ("astropy", "functools", "skimage", "sklearn", "tqdm")
nitpick_ignore_regex = [
    # names of other libraries have links where an inventory has them
    *((r"py:.*", rf"{name}(\..*)?") for name in (*inventories.PROJECTS, *_OTHERS)),
    # SciPy's own functions, under the names of the drop-in
    (r"py:.*", r"pyconvolve\.ndimage\.(generic|median|percentile|rank)_filter"),
]

plot_formats = [("png", 150)]
plot_html_show_formats = plot_html_show_source_link = False
plot_include_source = False
plot_rcparams = {"savefig.bbox": "tight"}
plot_apply_rcparams = True

_gallery = ["images", "signals", "layers", "speed"]
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "examples",
    "subsection_order": ExplicitOrder([f"gallery/{name}" for name in _gallery]),
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("pyconvolve",),
    "reference_url": {"pyconvolve": None},
    "backreferences_dir": "reference/backreferences",
    "image_scrapers": ("matplotlib",),
    "abort_on_example_error": True,
    "capture_repr": (),
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 10,
    "write_computation_times": False,
}


def _visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula as MathML, which browsers show without a script."""
    self.body.append(_mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def _visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    formula = node.astext()
    if r"\\" in formula and r"\begin" not in formula:
        formula = rf"\begin{{aligned}}{formula}\end{{aligned}}"
    self.body.append(f'<div class="math">{_mathml(formula, "block")}</div>\n')
    raise nodes.SkipNode


def _mathml(formula: str, display: str) -> str:
    formula = re.sub(r"\s+", " ", formula).strip()
    return latex2mathml.converter.convert(formula, display=display)


def _argument(
    app: Sphinx, env: BuildEnvironment, node: nodes.Element, shown: nodes.TextElement
) -> nodes.TextElement | None:
    """Show names of arguments, which are in backticks in docstrings, without a link."""
    if node.get("reftype") != "obj" or not node["reftarget"].isidentifier():
        return None
    shown["classes"] = []
    return shown


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer of formulas, and the rule for names of arguments."""
    app.connect("missing-reference", _argument)
    app.add_html_math_renderer("mathml", (_visit_math, None), (_visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
