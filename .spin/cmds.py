"""Commands of ``spin`` for this project."""

import click
from spin import util


@click.command()
def lint() -> None:
    """🔍 Check style and types of Python and Cython files."""
    util.run(["ruff", "check", "."])
    util.run(["ruff", "format", "--check", "."])
    util.run(["cython-lint", "src"])
    util.run(["mypy"])
