"""The libraries: which are there, and how many threads they take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from sys import modules

OURS = "pyconvolve"
# Library -> the module that it is called through.
LIBRARIES = {
    OURS: "pyconvolve",
    "NumPy": "numpy",
    "scipy.signal": "scipy.signal",
    "scipy.ndimage": "scipy.ndimage",
    "OpenCV": "cv2",
    "PyTorch": "torch",
    "ducc0": "ducc0",
    "mkl_fft": "mkl_fft.interfaces.scipy_fft",
    "Astropy": "astropy.convolution",
}
# Modules with a context of a number of workers, as scipy.fft has it.
_CONTEXTS = ("pyconvolve", "scipy.fft", "mkl_fft.interfaces.scipy_fft")
# Modules with functions that read and set a number of threads.
_SETTERS = {
    "cv2": ("getNumThreads", "setNumThreads"),
    "torch": ("get_num_threads", "set_num_threads"),
}


def load() -> tuple[dict[str, str], list[str]]:
    """Import all libraries; return the versions of those found, and the others."""
    # threads that wait for work in a loop would slow down the library whose turn it is
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    versions, missing = {}, []
    for name, module in LIBRARIES.items():
        try:
            import_module(module)
        except Exception:
            # a broken installation raises anything
            missing.append(name)
        else:
            versions[name] = str(modules[module.partition(".")[0]].__version__)
    return versions, missing


@contextmanager
def threads(workers: int) -> Iterator[None]:
    """Let each library that is loaded take so many threads at most."""
    with ExitStack() as stack:
        for name in _CONTEXTS:
            if name in modules:
                stack.enter_context(modules[name].set_workers(workers))
        for name, (read, write) in _SETTERS.items():
            if name in modules:
                number, set_number = (getattr(modules[name], f) for f in (read, write))
                stack.callback(set_number, number())
                set_number(workers)
        yield
