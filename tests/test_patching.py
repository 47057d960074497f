"""patch_scipy, patch_numpy: functions replaced, nesting, taking patches back."""

import copy
import functools
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from scipy.ndimage import _filters, _morphology
from scipy.signal import _signaltools

import pyconvolve
from pyconvolve import cli, ndimage, signal
from pyconvolve import numpy as ours
from pyconvolve._core import api
from pyconvolve._namespaces import NUMPY, originals_of
from pyconvolve._ndimage.stages import Filter
from pyconvolve._scipy.names import IMAGE_FILTERS, NAMES

NUMPYS = {name: found[0] for name, found in originals_of(NUMPY).items()}
# Modules of NumPy that hold its functions, and the names that they have for them.
HOMES = (np, np._core, np._core.numeric)


@pytest.fixture(autouse=True)
def all_is_taken_back() -> Iterator[None]:
    """Check after each test that the functions of SciPy and NumPy are restored."""
    yield
    assert not pyconvolve.is_patched()
    for name in NAMES:
        assert getattr(scipy.signal, name) is signal.originals[name][0]
        if hasattr(_signaltools, name):
            assert getattr(_signaltools, name) is signal.originals[name][1]
    for name in IMAGE_FILTERS:
        assert getattr(scipy.ndimage, name) is ndimage.originals[name][0]
        assert home_of(name) is ndimage.originals[name][1]
    for name, theirs in NUMPYS.items():
        for module in HOMES:
            assert getattr(module, name) is theirs


def home_of(name: str) -> Any:
    """Return an image filter as SciPy's own modules find it."""
    return getattr(_filters if hasattr(_filters, name) else _morphology, name)


@pytest.fixture
def program() -> Iterator[ModuleType]:
    """Yield a module that has imported functions by name."""
    module = ModuleType("a_program")
    exec("from scipy.signal import convolve, fftconvolve as by_fft", vars(module))
    exec("from scipy.signal import correlate as known", vars(module))
    exec("from numpy import convolve as along_line, correlate as matched", vars(module))
    sys.modules["a_program"] = module
    yield module
    del sys.modules["a_program"]


def test_references_are_replaced(program: ModuleType) -> None:
    with pyconvolve.patch_scipy() as patch:
        assert pyconvolve.is_patched()
        assert "convolve2d" in repr(patch)
        for name in NAMES:
            assert getattr(scipy.signal, name) is getattr(signal, name)
            if hasattr(_signaltools, name):
                assert getattr(_signaltools, name) is getattr(signal, name)
        assert scipy.signal._wavelets.convolve is signal.convolve
        assert program.convolve is signal.convolve
        assert program.by_fft is signal.fftconvolve
        program.known = None
        assert scipy.signal.firwin is signal.firwin
    assert program.convolve is scipy.signal.convolve
    assert program.by_fft is scipy.signal.fftconvolve
    assert program.known is None
    assert scipy.signal._wavelets.convolve is _signaltools.convolve


def test_references_to_image_filters_are_replaced() -> None:
    module = ModuleType("a_program")
    exec("from scipy.ndimage import gaussian_filter as blur, sobel", vars(module))
    sys.modules["a_program"] = module
    try:
        with pyconvolve.patch_scipy("scipy.ndimage"):
            for name in IMAGE_FILTERS:
                assert getattr(scipy.ndimage, name) is getattr(ndimage, name)
                assert home_of(name) is getattr(ndimage, name)
            assert module.blur is ndimage.gaussian_filter
            assert module.sobel is ndimage.sobel
            assert scipy.signal.convolve is not signal.convolve
            assert pyconvolve.is_patched("sobel")
            assert not pyconvolve.is_patched("scipy.signal")
        assert module.blur is scipy.ndimage.gaussian_filter
        with pyconvolve.patch_scipy("scipy.ndimage.convolve"):
            assert scipy.ndimage.convolve is ndimage.convolve
            assert scipy.signal.convolve is not signal.convolve
            assert scipy.ndimage.correlate is not ndimage.correlate
        with pyconvolve.patch_scipy("convolve"):
            assert scipy.ndimage.convolve is ndimage.convolve
            assert scipy.signal.convolve is signal.convolve
    finally:
        del sys.modules["a_program"]


def test_scipys_own_filters_call_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).random((12, 13))
    calls: list[Callable[[], Any]] = [
        lambda: scipy.ndimage.morphological_laplace(x, 3),
        lambda: scipy.ndimage.rank_filter(x, 0, 3),
        lambda: scipy.ndimage.filters.gaussian_filter(x, 1),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        want = [call() for call in calls]
        runs = []
        run = Filter.run
        monkeypatch.setattr(
            Filter, "run", lambda *args: (runs.append(args), run(*args))
        )
        with pyconvolve.patch_scipy():
            for number, call in enumerate(calls):
                np.testing.assert_allclose(call(), want[number], 1e-14, 1e-14)
                assert len(runs) > number


def test_names() -> None:
    with pyconvolve.patch_scipy("convolve"):
        assert scipy.signal.convolve is signal.convolve
        assert scipy.signal.fftconvolve is not signal.fftconvolve
        assert pyconvolve.is_patched("convolve")
        assert not pyconvolve.is_patched("fftconvolve")
        with pyconvolve.patch_scipy(["fftconvolve", "convolve", "convolve"]):
            assert scipy.signal.fftconvolve is signal.fftconvolve
        assert scipy.signal.convolve is signal.convolve
        assert not pyconvolve.is_patched("fftconvolve")
    for wrong in ("firwin", ["convolve", "bogus"], [1]):
        with pytest.raises(ValueError, match="names"):
            pyconvolve.patch_scipy(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="names"):
        pyconvolve.patch_scipy(1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="bogus"):
        pyconvolve.is_patched("bogus")
    with pytest.raises(ValueError, match=r"numpy\.correlate, not 'convolve2d'"):
        pyconvolve.patch_numpy("convolve2d")
    with pytest.raises(ValueError, match=r"scipy\.signal\.convolve"):
        pyconvolve.patch_scipy("numpy.convolve")
    with pytest.raises(TypeError, match="names"):
        pyconvolve.unpatch_numpy(1)  # type: ignore[arg-type]


def test_references_to_numpys_functions_are_replaced(program: ModuleType) -> None:
    with pyconvolve.patch_numpy() as patch:
        assert repr(patch) == "patch of numpy.convolve, numpy.correlate"
        for name in NUMPYS:
            for module in HOMES:
                assert getattr(module, name) is getattr(ours, name)
        assert program.along_line is ours.convolve
        assert program.matched is ours.correlate
        assert program.convolve is not signal.convolve
        assert ours.array is np.array
    assert program.along_line is NUMPYS["convolve"]
    assert program.matched is NUMPYS["correlate"]


def test_a_function_of_one_namespace() -> None:
    words = ["convolve", "numpy.convolve", "scipy.signal.convolve", "numpy", "scipy"]
    words += ["scipy.signal", "correlate", "fftconvolve"]

    def patched() -> list[str]:
        return [word for word in words if pyconvolve.is_patched(word)]

    with pyconvolve.patch_numpy("convolve"):
        assert patched() == ["convolve", "numpy.convolve", "numpy"]
        assert np.correlate is NUMPYS["correlate"]
        assert scipy.signal.convolve is not signal.convolve
        assert pyconvolve.is_patched()
    for word in ("convolve", "scipy.signal.convolve"):
        with pyconvolve.patch_scipy([word]):
            found = ["convolve", "scipy.signal.convolve", "scipy", "scipy.signal"]
            assert patched() == found
            assert np.convolve is NUMPYS["convolve"]
    for word in ("numpy", ["numpy.correlate", "convolve", "numpy.convolve"], None):
        with pyconvolve.patch_numpy(word):
            assert np.convolve is ours.convolve
            assert np.correlate is ours.correlate
        assert patched() == []
    with pyconvolve.patch_numpy(), pyconvolve.patch_scipy():
        assert patched() == words
        pyconvolve.patch_numpy("correlate")
        pyconvolve.unpatch_numpy()
        pyconvolve.unpatch_scipy()
        assert patched() == ["numpy", "correlate"]
        pyconvolve.unpatch_numpy()


def test_nesting() -> None:
    pyconvolve.unpatch_scipy()
    pyconvolve.patch_scipy()
    with pyconvolve.patch_scipy(), pyconvolve.patch_scipy("convolve"):
        pyconvolve.unpatch_scipy()
        assert pyconvolve.is_patched("oaconvolve")
    assert not pyconvolve.is_patched()
    with pytest.raises(KeyError), pyconvolve.patch_scipy():
        raise KeyError


def test_threads() -> None:
    start = threading.Barrier(8)

    def work(_: int) -> bool:
        start.wait()
        right = True
        for _ in range(5):
            with pyconvolve.patch_scipy():
                right &= scipy.signal.convolve is signal.convolve
                right &= scipy.signal.convolve([1, 2], [1, 1]).tolist() == [1, 3, 2]
        return right

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def calls_of_numpy(x: np.ndarray, v: np.ndarray) -> dict[str, Any]:
    """Call functions of NumPy and SciPy that call those of NumPy."""
    masked = np.ma.masked_greater(x, 1)
    rows = np.vectorize(np.convolve, signature="(n),(m)->(k)")
    return {
        "convolve": np.convolve(x, v),
        "correlate": np.correlate(x, v, "full"),
        "polymul": np.polymul(x, v),
        "poly": np.poly(v),
        "poly1d": (np.poly1d(x) * np.poly1d(v)).coeffs,
        "polynomial": np.polynomial.polynomial.polymul(x, v),
        "polypow": np.polynomial.polynomial.polypow(v, 3),
        "chebyshev": np.polynomial.chebyshev.chebmul(x, v),
        "ma": np.ma.convolve(masked, v, "same").filled(0),
        "vectorize": rows(x.reshape(4, -1), v),
        "lfilter": scipy.signal.lfilter(v, [1.0], x),
        "direct": scipy.signal.convolve(x, v, method="direct"),
        "group_delay": scipy.signal.group_delay((v, [1.0]))[1],
    }


def test_callers_of_numpys_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    x, v = np.random.default_rng(0).standard_normal(400), np.arange(1.0, 9)
    want = calls_of_numpy(x, v)
    executed, running = 0, False
    execute = api.execute

    def once(*args: Any) -> Any:
        """Count calls of our engines, which must not call each other."""
        nonlocal executed, running
        assert not running
        running, executed = True, executed + 1
        try:
            return execute(*args)
        finally:
            running = False

    monkeypatch.setattr(api, "execute", once)
    for patches in (
        [pyconvolve.patch_numpy],
        [pyconvolve.patch_numpy, pyconvolve.patch_scipy],
    ):
        executed = 0
        for patch in patches:
            patch()
        got = calls_of_numpy(x, v)
        pyconvolve.unpatch_scipy()
        pyconvolve.unpatch_numpy()
        assert executed >= len(got)
        for name, result in got.items():
            np.testing.assert_allclose(result, want[name], 1e-12, 1e-12, err_msg=name)


def test_tables_of_functions() -> None:
    """Arrays that override NumPy's functions find them, whenever they stored them."""

    class Overriding:
        def __init__(self, table: dict[Any, str]) -> None:
            self.table = table

        def __array_function__(
            self, function: Any, types: Any, args: Any, kwargs: Any
        ) -> Any:
            return self.table[function]

    before = Overriding({np.convolve: "found"})
    with pyconvolve.patch_numpy():
        meanwhile = Overriding({np.convolve: "found"})
        assert np.convolve(before, [1]) == np.convolve(meanwhile, [1]) == "found"
        assert copy.copy(np.convolve) is np.convolve
        same = functools.partial(np.convolve, mode="same")
        assert same([1, 2], [1, 1]).tolist() == [1, 3]
    assert np.convolve(before, [1]) == np.convolve(meanwhile, [1]) == "found"


QUANTITIES = """
import numpy as np
import pyconvolve
pyconvolve.patch_numpy()
from astropy import units
length = np.arange(3.0) * units.m
print(np.convolve(length, length).unit, np.correlate(length, [1.0]).unit)
pyconvolve.unpatch_numpy()
print(np.convolve(length, length).unit, np.correlate(length, [1.0]).unit)
"""


def test_quantities_keep_their_units(python: Callable[..., Any]) -> None:
    pytest.importorskip("astropy")
    done = python(QUANTITIES)
    assert done.stdout == "m2 m\nm2 m\n", done.stderr


FORKED = """
import os, signal, sys, threading, time, types
import scipy.signal
import pyconvolve.signal

begun = threading.Event()

class Slow(types.ModuleType):
    def __setattr__(self, name, value):
        begun.set()
        time.sleep(0.3)
        super().__setattr__(name, value)

slow = Slow("slow")
vars(slow)["convolve"] = scipy.signal.convolve
sys.modules["slow"] = slow
patching = threading.Thread(target=pyconvolve.patch_scipy)
patching.start()
begun.wait(20)
child = os.fork()
if child == 0:
    signal.alarm(10)
    whole = pyconvolve.is_patched() and slow.convolve is pyconvolve.signal.convolve
    os._exit(not whole)
patching.join()
print(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork_while_a_thread_patches(python: Callable[..., Any]) -> None:
    done = python(FORKED)
    assert done.stdout == "0\n", done.stderr


def test_callers_in_scipy_and_masked_arrays() -> None:
    x = np.random.default_rng(0).standard_normal(500)
    filters: Callable[[], Any] = lambda: scipy.signal.lfilter(np.ones(9), [1.0], x)  # noqa: E731
    want = filters()
    masked = np.ma.masked_greater(x, 1)
    theirs = scipy.signal.convolve(masked, x[:9], method="fft")
    with pyconvolve.patch_scipy():
        np.testing.assert_allclose(filters(), want, 0, 1e-12)
        ours = scipy.signal.convolve(masked, x[:9], method="fft")
    np.testing.assert_allclose(ours, theirs, 0, 1e-12)


SCRIPT = """
import sys
import numpy as np
import scipy.signal
from scipy.ndimage import sobel
from scipy.signal import fftconvolve
from pyconvolve import ndimage, numpy, signal
assert __name__ == "__main__"
import beside
assert (sobel is ndimage.sobel) == (fftconvolve is signal.fftconvolve)
print(sys.argv[1:], fftconvolve is signal.fftconvolve, beside.value)
print(scipy.signal.convolve is signal.convolve, np.convolve is numpy.convolve)
"""


@pytest.mark.parametrize("only", [None, "scipy", "numpy"])
def test_run(only: str | None, python: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "beside.py").write_text("value = 7")
    options = ["--only", only] if only else []
    for program in (["script.py"], ["-m", "script"]):
        done = python(
            "import runpy, sys\n"
            f"sys.argv = ['pyconvolve', 'run', *{options + program}, '-a', '--only']\n"
            "runpy.run_module('pyconvolve', run_name='__main__')\n"
        )
        assert done.returncode == 0, done.stderr
        scipys, numpys = only != "numpy", only != "scipy"
        assert done.stdout == f"['-a', '--only'] {scipys} 7\n{scipys} {numpys}\n"


def test_run_of_an_unknown_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--only", "torch", "program.py"]) == 2
    assert "torch" in capsys.readouterr().err


def test_run_collects_scipys_tests(python: Callable[..., Any]) -> None:
    """SciPy's tests look functions up in a table of their capabilities."""
    pytest.importorskip("scipy.signal.tests", reason="SciPy was built without tests")
    done = python(
        "import runpy, sys\n"
        "sys.argv = ['pyconvolve', 'run', '-m', 'pytest', '-q', '--collect-only',\n"
        "            '-p', 'no:cacheprovider', '--pyargs',\n"
        "            'scipy.signal.tests.test_signaltools']\n"
        "runpy.run_module('pyconvolve', run_name='__main__')\n",
        PYTEST_ADDOPTS="",
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "error" not in done.stdout.splitlines()[-1]


def test_run_of_a_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "no_such_file.py"]) == 2
    assert "no_such_file.py" in capsys.readouterr().err


def test_run_passes_the_exit_code_on(
    python: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "leaves.py").write_text("import sys; sys.exit(5)")
    done = python(
        "from pyconvolve import cli; raise SystemExit(cli.main(['run', 'leaves.py']))"
    )
    assert done.returncode == 5
