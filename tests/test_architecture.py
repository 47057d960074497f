"""Imports point down, importing is cheap, and the documentation is complete."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest

import pyconvolve
from pyconvolve import convolution, kernels, matrix, nn
from pyconvolve._core import arguments, boundary, cost, cpu, plan, problem

ROOT = Path(pyconvolve.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))
# From the top down: a module may import from its own layer and from lower layers.
# Modules without a row are public.
PUBLIC = "public"
LAYERS = [
    "__main__",
    "cli",
    "demo",
    "comparison",
    PUBLIC,
    "_core.api",
    "_core.parts",
    "_core.plan",
    "_core.partitions",
    "_core.forms",
    "_core.engines.fft",
    "_core.engines",
    "_core.cost",
    "_core.parallel",
    "_core.thread_pool",
    "_core.sums",
    "_core.caches",
    "_core.planner",
    "_core.boxes",
    "_core.footprints",
    "_core.separable",
    "_core.reductions",
    "_core.outside",
    "_core.output",
    "_core.arguments",
    "_core.layers",
    "_core.adjoint",
    "_core.region",
    "_core.positions",
    "_core.cpu",
    "_core.memory",
    "_core.workers",
    "_core.thresholds",
    "_core.conversion",
    "_core.problem",
    "_core.boundary",
    "_core.dtypes",
    "_compiled",
]
# Public modules that need another library -> that library.
OPTIONAL = {
    "pyconvolve.dask": "dask",
    "pyconvolve.dask.ndimage": "dask",
    "pyconvolve.xarray": "xarray",
}
DOCUMENTED = [pyconvolve, kernels, matrix, nn] + [
    importlib.import_module(name)
    for name, library in OPTIONAL.items()
    if find_spec(library) is not None
]
PUBLIC_FUNCTIONS = [
    getattr(module, name)
    for module in DOCUMENTED
    for name in module.__all__
    if inspect.isfunction(getattr(module, name))
]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def layer(module: str) -> int:
    for depth, name in enumerate(LAYERS):
        if module == name or module.startswith(name + "."):
            return depth
    assert not module.startswith("_core."), f"{module} must be in LAYERS"
    return LAYERS.index(PUBLIC)


def imports(path: Path) -> Iterator[str]:
    """Modules of the package, relative to its root, that a file imports."""
    package = ["pyconvolve", *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            found = [f"{origin}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in found:
            if name.split(".")[0] == "pyconvolve":
                yield name.removeprefix("pyconvolve").removeprefix(".")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    here = module_name(path).removesuffix(".__init__").removesuffix("__init__")
    if here == "_core":
        assert not list(imports(path))
        return
    for name in imports(path):
        assert layer(name) >= layer(here), f"{here or 'pyconvolve'} imports {name}"


def test_imports_make_no_circle() -> None:
    """Imports inside functions count, too."""
    paths = {module_name(p).removesuffix("__init__").strip("."): p for p in SOURCES}
    graph = {}
    for here, path in paths.items():
        graph[here] = set()
        for name in imports(path):
            while name not in paths:
                name = name.rpartition(".")[0]
            graph[here].add(name)
    TopologicalSorter(graph).prepare()


def test_the_planner_imports_from_below() -> None:
    """The planner is compiled, so its imports are read from its source."""
    source = Path(__file__).parents[1] / "src" / "plan" / "planner.pyx"
    if not source.exists():
        pytest.skip("the source of the planner is not here")
    found = re.findall(
        r"^from pyconvolve\.(\S+) import (\w+)", source.read_text(), re.M
    )
    assert found
    for origin, name in found:
        here = origin if layer(origin) != layer("") else f"{origin}.{name}"
        assert layer(here) > layer("_core.planner"), f"the planner imports {here}"


def test_words_are_the_same_everywhere() -> None:
    """Types list words that tables have, too."""
    assert get_args(boundary.Boundary) == tuple(boundary.BOUNDARIES)
    assert get_args(convolution.Mode) == problem.MODES
    assert get_args(convolution.Method) == arguments.METHODS == tuple(plan.METHODS)
    fitted = {engine.name for engine in plan.METHODS["auto"]}
    assert {*cost.ENGINES} == fitted


def test_two_modules_import_compiled_modules() -> None:
    for path in (ROOT / "_core").rglob("*.py"):
        if module_name(path) not in ("_core.cpu", "_core.memory"):
            assert not [name for name in imports(path) if name.startswith("_compiled")]


def modules() -> list[str]:
    found = pkgutil.walk_packages(pyconvolve.__path__, "pyconvolve.")
    names = ["pyconvolve", *(module.name for module in found)]
    hidden = ("pyconvolve._compiled", "pyconvolve.__main__")
    return [name for name in names if not name.startswith(hidden)]


@pytest.mark.parametrize("name", modules())
def test_every_module_has_a_docstring_and_its_examples_run(name: str) -> None:
    for library in ("dask", "xarray"):
        if name.startswith((f"pyconvolve.{library}", f"pyconvolve._{library}")):
            pytest.importorskip(library)
    module = importlib.import_module(name)
    assert module.__doc__
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "function", PUBLIC_FUNCTIONS, ids=lambda f: f"{f.__module__}.{f.__name__}"
)
def test_numpydoc(function: Callable[..., Any]) -> None:
    documentation = inspect.getdoc(function) or ""
    sections = re.findall(r"^(\w[\w ]*)\n-+$", documentation, re.MULTILINE)
    parameters = inspect.signature(function).parameters
    expected = ["Parameters"] if parameters else []
    if function.__module__.startswith("pyconvolve.kernels"):
        expected.append("Raises")
    for section in [*expected, "Examples"]:
        assert section in sections
    if inspect.signature(function).return_annotation not in ("None", "Iterator[None]"):
        assert {"Returns", "Yields"} & {*sections}
    for parameter in parameters:
        described = rf"^\*{{0,2}}(\w+, )*{parameter}(, \w+)* : "
        assert re.search(described, documentation, re.MULTILINE)


def test_all_is_sorted_and_there() -> None:
    assert {"convolve", "correlate", "set_workers", "get_workers"} <= {
        *pyconvolve.__all__
    }
    for module in DOCUMENTED:
        assert [*module.__all__] == sorted(module.__all__)
        for name in module.__all__:
            assert hasattr(module, name)
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", pyconvolve.__version__)
    assert (ROOT / "py.typed").exists()


def test_import_is_light(python: Callable[..., Any]) -> None:
    done = python(
        "import sys, pyconvolve\n"
        "heavy = ['scipy.signal', 'scipy.fft', 'scipy.ndimage', 'skimage',\n"
        "         'matplotlib', 'rich', 'tqdm', 'multiprocessing', 'dask', 'xarray',\n"
        "         'pandas', 'click', 'PIL']\n"
        "print([name for name in heavy if name in sys.modules])\n"
        "print([n for n in sys.modules if 'pyconvolve._compiled._direct' in n])\n"
    )
    assert done.stdout == "[]\n[]\n", done.stderr


def test_a_direct_call_needs_no_scipy(python: Callable[..., Any]) -> None:
    done = python(
        "import sys, pyconvolve\n"
        "pyconvolve.convolve([[1.0, 2.0]], [[3.0]], method='direct')\n"
        "with pyconvolve.patch_numpy():\n"
        "    pyconvolve.numpy.convolve([1.0, 2.0], [3.0])\n"
        "print([name for name in sys.modules if name.startswith('scipy')])\n"
    )
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize("name", cpu.available())
def test_instruction_set_can_be_chosen(name: str, python: Callable[..., Any]) -> None:
    done = python(
        "import sys, pyconvolve\n"
        "from pyconvolve._core import cpu\n"
        "y = pyconvolve.convolve([[1.0, 2.0]], [[3.0]], method='direct').tolist()\n"
        "modules = [n for n in sys.modules if 'pyconvolve._compiled._direct' in n]\n"
        "print(cpu.active(), y, [n.partition('_float64_')[2] for n in modules])\n",
        PYCONVOLVE_ISA=name,
    )
    assert done.stdout == f"{name} [[3.0, 6.0]] ['{name}']\n", done.stderr


@pytest.mark.parametrize(
    ("vendor", "family", "model", "expected"),
    [
        ("GenuineIntel", 6, 0x6A, True),  # Ice Lake server
        ("GenuineIntel", 6, 0x8F, True),  # Sapphire Rapids
        ("GenuineIntel", 6, 0x7E, False),  # Ice Lake client
        ("GenuineIntel", 6, 0x55, False),  # Skylake server
        ("AuthenticAMD", 0x1A, 0x02, True),  # Zen 5, Turin
        ("AuthenticAMD", 0x1A, 0x44, True),  # Zen 5, Granite Ridge
        ("AuthenticAMD", 0x1A, 0x24, False),  # Zen 5, Strix Point
        ("AuthenticAMD", 0x19, 0x11, False),  # Zen 4
        ("", 0, 0, False),
    ],
)
def test_width_of_units(
    vendor: str,
    family: int,
    model: int,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CPUID decides whether direct sums use vectors of 64 bytes."""
    monkeypatch.setattr(cpu._cpu, "identity", lambda: (vendor, family, model))
    monkeypatch.setattr(cpu._cpu, "runs", lambda name: name != "baseline")
    assert cpu.has_full_width(vendor, family, model) == expected
    if "v4_512" in cpu.INSTRUCTION_SETS:
        assert cpu.best() == ("v4_512" if expected else "v4")


def test_cpu_says_who_it_is() -> None:
    """/proc/cpuinfo has the numbers that the operating system read."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        pytest.skip("there is no /proc/cpuinfo")
    rows = {name.strip(): value.strip() for name, _, value in map(_parted, lines)}
    if "vendor_id" not in rows:
        pytest.skip("no x86 CPU")
    expected = rows["vendor_id"], int(rows["cpu family"]), int(rows["model"])
    assert cpu._cpu.identity() == expected


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(":")
