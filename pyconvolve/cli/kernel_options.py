"""Options of commands for the constructors of `pyconvolve.kernels`.

They are read from the signatures. One option stands for the parameters of one name of
all constructors; its text is converted by the annotation of the constructor that is
chosen. `dtype` has no option, for kernels are float64 or complex128.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from numpy.typing import NDArray

from .interface import click

# Functions that return one kernel. `kirsch`, `robinson`, `random` and `learn` return
# banks of filters.
CONSTRUCTORS = (
    "ball",
    "box",
    "corner",
    "difference_of_gaussians",
    "disk",
    "emboss",
    "exponential",
    "farid",
    "gabor",
    "gaussian",
    "laplacian",
    "laplacian_of_gaussian",
    "motion_blur",
    "prewitt",
    "ricker",
    "ring",
    "roberts",
    "savitzky_golay",
    "scharr",
    "sinc",
    "sobel",
    "tophat",
    "triangle",
    "unsharp",
)
# Begins the names of options among the parameters of a command.
_PREFIX = "of_kernel_"


class Parameter(NamedTuple):
    """A parameter of a constructor."""

    name: str
    type: str
    """'flag', 'word', 'integer', 'number' or 'window'."""
    several: bool
    """Whether it may be a sequence."""
    words: tuple[str, ...]
    """What it may be, if it is a word."""
    default: Any
    """`inspect.Parameter.empty` if there is none."""

    @property
    def option(self) -> str:
        """The name of the option on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def placeholder(self) -> str:
        """What stands for the value in help."""
        if self.type == "word":
            return "|".join(self.words)
        one = self.type.upper()
        if self.type == "window":
            return f"{one}[,NUMBER...]"
        return f"{one}[,{one}...]" if self.several else one

    @property
    def expected(self) -> str:
        """What the value must be, for errors."""
        if self.type == "word":
            return f"one of {', '.join(self.words)}"
        if self.type == "window":
            return "a word, or a word and numbers separated by commas"
        one = "an integer" if self.type == "integer" else "a number"
        return f"{one}, or several separated by commas" if self.several else one

    def parse(self, text: str) -> Any:
        """Convert the text of an option; raise UsageError if that fails."""
        parts = [part.strip() for part in text.split(",")]
        if self.type == "word" and text in self.words:
            return text
        try:
            if self.type == "window":
                return (parts[0], *map(float, parts[1:])) if parts[1:] else text
            if self.type in ("integer", "number") and (self.several or len(parts) == 1):
                convert = int if self.type == "integer" else float
                numbers = tuple(map(convert, parts))
                return numbers if parts[1:] else numbers[0]
        except ValueError:
            pass
        raise click.UsageError(f"{self.option} must be {self.expected}, not {text!r}")


@cache
def parameters(constructor: str) -> dict[str, Parameter]:
    """Return the parameters of a constructor that have options."""
    from .. import kernels

    function = getattr(kernels, constructor)
    hints = get_type_hints(function)
    return {
        name: _parameter(name, hints[name], given.default)
        for name, given in inspect.signature(function).parameters.items()
        if name != "dtype"
    }


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    origins = [get_origin(member) for member in members]
    words: tuple[str, ...] = ()
    if bool in members:
        kind = "flag"
    elif Literal in origins:
        kind, words = "word", get_args(members[origins.index(Literal)])
    elif hint is Any:
        kind = "window"
    else:
        kind = "integer" if int in members else "number"
    return Parameter(name, kind, Sequence in origins, words, default)


@cache
def options() -> tuple[click.Option, ...]:
    """Return --normalize, and an option for each name of a parameter."""
    from ..kernels.normalization import Norm

    normalize = click.Option(
        ["--normalize"],
        type=click.Choice(get_args(Norm)),
        help="Norm of the kernel that becomes one.",
    )
    takers: dict[str, list[str]] = {}
    known: dict[str, Parameter] = {}
    for constructor in CONSTRUCTORS:
        for name, parameter in parameters(constructor).items():
            takers.setdefault(name, []).append(constructor)
            # where some take one and others several, the option says several
            if name not in known or parameter.several:
                known[name] = parameter
    own = (
        click.Option(
            [known[name].option, f"{_PREFIX}{name}"],
            is_flag=known[name].type == "flag",
            default=None,
            metavar=None if known[name].type == "flag" else known[name].placeholder,
            help=f"Of {', '.join(takers[name])}.",
        )
        for name in sorted(known)
    )
    return (normalize, *own)


def taken(command: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of kernels from a command's, and return those given."""
    mine = {name for name in command if name.removeprefix(_PREFIX) != name}
    values = {name.removeprefix(_PREFIX): command.pop(name) for name in sorted(mine)}
    return {name: value for name, value in values.items() if value is not None}


def arguments(constructor: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the options given for a constructor; raise UsageError if one is wrong."""
    known = parameters(constructor)
    for name in given:
        if name not in known:
            has = ", ".join(each.option for each in known.values()) or "no options"
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(
                f"{option} does not belong to --kernel {constructor}, which takes {has}"
            )
    for parameter in known.values():
        if parameter.default is inspect.Parameter.empty and parameter.name not in given:
            raise click.UsageError(f"--kernel {constructor} needs {parameter.option}")
    return {
        name: value if known[name].type == "flag" else known[name].parse(value)
        for name, value in given.items()
    }


def build(constructor: str, given: Mapping[str, Any], axes: int) -> NDArray[Any]:
    """Make a kernel, with `axes` axes unless its parameters say otherwise.

    Raises
    ------
    ValueError, TypeError
        If a value is wrong.
    """
    from .. import kernels

    if "ndim" in parameters(constructor):
        given = {"ndim": axes, **given}
    kernel: NDArray[Any] = getattr(kernels, constructor)(**given)
    return kernel
