"""The other libraries: import them, and set their numbers of threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from sys import modules

OURS = "pyconvolve"
# Library -> the module whose functions are called.
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
# Modules whose function `set_workers` returns a context manager, as that of scipy.fft.
_CONTEXTS = ("pyconvolve", "scipy.fft", "mkl_fft.interfaces.scipy_fft")
# Module -> its functions that read and set the number of threads.
_SETTERS = {
    "cv2": ("getNumThreads", "setNumThreads"),
    "torch": ("get_num_threads", "set_num_threads"),
}


def load() -> tuple[dict[str, str], list[str]]:
    """Import all libraries.

    Returns
    -------
    versions : dict of str to str
        Library -> version, of the libraries that can be imported.
    missing : list of str
        The other libraries.
    """
    # OpenMP threads that spin while they wait would slow down other libraries
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    versions, missing = {}, []
    for name, module in LIBRARIES.items():
        try:
            import_module(module)
        except Exception:
            # a broken installation may raise any exception
            missing.append(name)
        else:
            versions[name] = str(modules[module.partition(".")[0]].__version__)
    return versions, missing


@contextmanager
def threads(workers: int) -> Iterator[None]:
    """Limit each loaded library to so many threads in a ``with`` block."""
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
