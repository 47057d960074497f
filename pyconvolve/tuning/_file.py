"""Stores fitted numbers in a file, beside those of other instruction sets."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .._core import cost, cpu


def save(found: cost.Numbers, path: Path | None = None) -> Path:
    """Store numbers for the instruction set in use.

    Parameters
    ----------
    found : dict
        The result of `fit`.
    path : Path, optional
        The file to write. By default the file in the user's cache folder that
        pyconvolve reads when it plans for the first time.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        If the file can't be written.

    Examples
    --------
    >>> from pyconvolve import tuning
    >>> tuning.save(tuning.fit())  # doctest: +SKIP
    """
    path = path or cost.user_file()
    with _locked(path):
        try:
            known = json.loads(path.read_text())
        except (OSError, ValueError, RecursionError):
            known = {}
        if not isinstance(known, dict):
            known = {}
        text = json.dumps(known | {cpu.active(): found}, indent=2) + "\n"
        # the file is replaced as a whole, so that no process reads a part of it
        written = _temporary_name(path)
        try:
            with written.open("x") as file:
                file.write(text)
            written.replace(path)
        finally:
            written.unlink(missing_ok=True)
    return path


def check_writable(path: Path | None = None) -> None:
    """Raise OSError if `save` can't write its file.

    Parameters
    ----------
    path : Path, optional
        As for `save`.

    Raises
    ------
    OSError
        If the file can't be written.

    Examples
    --------
    >>> from pyconvolve import tuning
    >>> tuning.check_writable()  # doctest: +SKIP
    """
    path = path or cost.user_file()
    with _locked(path):
        written = _temporary_name(path)
        written.open("x").close()
        written.unlink()
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes from saving a file, on systems with the lock `flock`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:
        yield
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _temporary_name(path: Path) -> Path:
    """Name a file that is written first and then takes the place of another file."""
    return path.with_name(f"{path.name}.{os.getpid()}.new")
