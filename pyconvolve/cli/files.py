"""Which file is written for each input, and how: whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .contents import FORMATS, format_of
from .interface import click

STREAM = "-"


class Pair(NamedTuple):
    """An input and its output."""

    source: str
    target: str
    format: str | None
    """Format of the output; None: that of the input."""

    @property
    def source_name(self) -> str:
        """The input's name, for errors."""
        return "standard input" if self.source == STREAM else self.source

    @property
    def target_name(self) -> str:
        """The output's name, for errors."""
        return "standard output" if self.target == STREAM else self.target


def pairs(inputs: tuple[str, ...], output: str, format: str | None) -> list[Pair]:
    """Name an output for each input; raise UsageError where that isn't safe.

    Several inputs, or a folder as output, keep the names of their files. `format`
    changes their endings.
    """
    if output == STREAM:
        if len(inputs) > 1:
            raise click.UsageError(
                f"--output - takes one INPUT, not {len(inputs)}; a folder takes many"
            )
        if sys.stdout is None or sys.stdout.isatty():
            raise click.UsageError("--output - must be a pipe or a file, no terminal")
        return [Pair(inputs[0], STREAM, format)]
    is_folder = (
        len(inputs) > 1 or os.path.isdir(output) or output.endswith(("/", os.sep))
    )
    if is_folder:
        found = [_in_folder(source, Path(output), format) for source in inputs]
    else:
        found = [_in_file(inputs[0], Path(output), format)]
    _check(found)
    if is_folder:
        try:
            Path(output).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.UsageError(
                f"--output must be a folder for {len(inputs)} INPUTs, but {output} "
                f"can't be made: {error.strerror}"
            ) from None
    elif not Path(output).absolute().parent.is_dir():
        raise click.UsageError(
            f"can't write --output {output}: {Path(output).parent} is no directory"
        )
    return found


def _in_folder(source: str, folder: Path, format: str | None) -> Pair:
    if source == STREAM or not Path(source).name:
        raise click.UsageError(
            f"INPUT {source} has no name that its output in {folder} could have"
        )
    name = Path(source)
    if format is not None and format_of(name) != format:
        ending = next(ending for ending, each in FORMATS.items() if each == format)
        name = name.with_suffix(ending)
    return Pair(source, str(folder / name.name), format or format_of(name))


def _in_file(source: str, target: Path, format: str | None) -> Pair:
    told = format_of(target)
    if format is None and told is None and target.suffix:
        raise click.UsageError(
            f"--output {target} must end with one of {', '.join(FORMATS)}, or --format "
            "must say the format"
        )
    if format is not None and told not in (None, format):
        raise click.UsageError(f"--format {format} doesn't fit --output {target}")
    return Pair(source, str(target), format or told)


def _check(found: list[Pair]) -> None:
    """Raise UsageError if an output is an input, or two outputs are the same."""
    sources = {_identity(pair.source) for pair in found if pair.source != STREAM}
    targets: dict[object, str] = {}
    for pair in found:
        target = _identity(pair.target)
        if target in sources:
            raise click.UsageError(f"--output would overwrite the INPUT {pair.target}")
        if target in targets:
            raise click.UsageError(
                f"INPUTs {targets[target]} and {pair.source} have one name in "
                f"--output: {pair.target}"
            )
        targets[target] = pair.source


def _identity(path: str) -> object:
    """Return what all names of a file have in common."""
    real = os.path.realpath(path)
    try:
        found = os.stat(real)
    except OSError:
        return real
    # Where case is ignored, a file has names that differ. Hard links are replaced one
    # by one.
    if found.st_ino and found.st_nlink == 1:
        return found.st_dev, found.st_ino
    return real


@contextmanager
def opened(source: str) -> Iterator[BinaryIO]:
    """Open an input for reading, at its start and with random access."""
    if source == STREAM:
        if sys.stdin is None:
            raise ValueError("it is closed")
        yield BytesIO(sys.stdin.buffer.read())
        return
    with open(source, "rb") as file:
        yield file if file.seekable() else BytesIO(file.read())


def write(target: str, save: Callable[[BinaryIO], None]) -> None:
    """Write an output as a whole, or leave what was there.

    A file is written beside the target, and then takes its name. Standard output and
    devices get the bytes once all are there.
    """
    path = os.path.realpath(target)
    if target == STREAM or (os.path.exists(path) and not os.path.isfile(path)):
        buffer = BytesIO()
        save(buffer)
        if target == STREAM:
            sys.stdout.buffer.write(buffer.getbuffer())
            sys.stdout.buffer.flush()
        else:
            Path(path).write_bytes(buffer.getbuffer())
        return
    folder, name = os.path.split(path)
    handle, written = tempfile.mkstemp(prefix=f".{name[:100]}.", dir=folder)
    try:
        with open(handle, "w+b") as file:
            save(file)
        os.chmod(written, _permissions(path))
        os.replace(written, path)
    except BaseException:
        os.unlink(written)
        raise


def _permissions(path: str) -> int:
    """Return those of a file that is replaced, or those that a new file gets."""
    if os.path.exists(path):
        return os.stat(path).st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
