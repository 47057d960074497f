"""The command ``pyconvolve tune``."""

from __future__ import annotations

from math import inf

from .interface import click, fail


@click.command("tune")
@click.option(
    "--seconds",
    type=float,
    default=10.0,
    show_default=True,
    metavar="S",
    help="Seconds for each fit, about; all fits take 24 times as long.",
)
def tune(seconds: float) -> int:
    """Measure how direct sums and FFTs are fastest on this machine."""
    from .. import tuning

    if not 0 < seconds < inf:
        fail(f"--seconds must be finite and above 0, not {seconds}", 2)
    try:
        tuning.check_writable()
        found = tuning.fit(seconds)
        print(f"saved in {tuning.save(found)}")
    except OSError as error:
        fail(f"can't write {error.filename}: {error.strerror}", 2)
    return 0
