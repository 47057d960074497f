"""patch_scipy: functions that it replaces, nesting, and taking patches back."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.signal
from scipy.signal import _signaltools

import pyconvolve
from pyconvolve import cli, signal
from pyconvolve._scipy.names import NAMES


@pytest.fixture(autouse=True)
def all_is_taken_back() -> Iterator[None]:
    """Check after each test that SciPy's functions are restored."""
    yield
    assert not pyconvolve.is_patched()
    for name in NAMES:
        assert getattr(scipy.signal, name) is signal.originals[name][0]
        if hasattr(_signaltools, name):
            assert getattr(_signaltools, name) is signal.originals[name][1]


@pytest.fixture
def program() -> Iterator[ModuleType]:
    """Yield a module that has imported functions by name."""
    module = ModuleType("a_program")
    exec("from scipy.signal import convolve, fftconvolve as by_fft", vars(module))
    exec("from scipy.signal import correlate as known", vars(module))
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
import scipy.signal
from scipy.signal import fftconvolve
from pyconvolve import signal
assert __name__ == "__main__"
assert fftconvolve is signal.fftconvolve
import beside
print(sys.argv[1:], scipy.signal.convolve is signal.convolve, beside.value)
"""


def test_run(python: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "beside.py").write_text("value = 7")
    for arguments in (["script.py", "-a", "b"], ["-m", "script", "-a", "b"]):
        done = python(
            "import runpy, sys\n"
            f"sys.argv = ['pyconvolve', 'run', *{arguments}]\n"
            "runpy.run_module('pyconvolve', run_name='__main__')\n"
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == "['-a', 'b'] True 7\n"


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
