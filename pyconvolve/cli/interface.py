"""What all commands share: click, errors, and checks of files to be written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import click as click
    from click import Command as Command
else:
    try:
        # it has click's names, and draws help in colours and frames
        import rich_click as click

        Command = click.RichCommand
    except ImportError:
        import click

        Command = click.Command

# Command -> packages that it needs, which an extra installs.
_EXTRAS = {
    "apply": ("PIL",),
    "bench": ("matplotlib", "rich"),
    "demo": ("PIL", "matplotlib", "rich", "skimage", "sklearn"),
}
# Command -> the extra that installs them, where it has another name.
_EXTRA_OF = {"apply": "cli"}


class Failure(click.ClickException):
    """An error that ends the command with a sentence and an exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code: int = code
        self.command: str = click.get_current_context().command_path


def fail(sentence: str, code: int) -> NoReturn:
    """End the command with a sentence on standard error and an exit code."""
    raise Failure(sentence, code)


def fail_without(error: ImportError) -> NoReturn:
    """End the command because a package is missing, and name the extra that has it."""
    fail(sentence_without(error), 1)


def sentence_without(error: ImportError) -> str:
    """Say which package is missing and which extra has it; raise other errors again."""
    command = click.get_current_context().info_name or ""
    if (error.name or "").partition(".")[0] not in _EXTRAS[command]:
        raise error
    extra = _EXTRA_OF.get(command, command)
    install = f"'pip install \"pyconvolve[{extra}]\"' installs"
    return f"it needs {error.name}, which {install}"


def exclude(options: Mapping[str, object]) -> None:
    """End the command if more than one of some options has a value."""
    given = [name for name, value in options.items() if value]
    if len(given) > 1:
        raise click.UsageError(f"{given[1]} can't be combined with {given[0]}")


def check_picture(output: Path) -> None:
    """Raise ValueError, before the work begins, if a picture can't be saved."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    formats = FigureCanvasAgg.get_supported_filetypes()
    if output.suffix[1:].lower() not in formats:
        raise ValueError(
            f"can't save a picture as {output}: its name must end with one of "
            f"{', '.join(sorted(formats))}"
        )
    if not output.absolute().parent.is_dir():
        raise ValueError(
            f"can't save a picture as {output}: {output.parent} is no directory"
        )


def check_writable(output: Path) -> None:
    """Raise ValueError if a file can't be written; create none."""
    is_new = not output.exists()
    try:
        output.open("ab").close()
    except OSError as error:
        raise ValueError(f"can't write {output}: {error.strerror}") from None
    if is_new:
        output.unlink()
