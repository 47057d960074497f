"""The command ``pyconvolve demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .interface import check_picture, click, exclude, fail, fail_without

if TYPE_CHECKING:
    from ..demo import filling, filtering


@click.command("demo")
@click.argument("photo", type=click.Path(path_type=Path), required=False)
@click.option(
    "--digits",
    is_flag=True,
    help="Train a small network on handwritten digits instead, three times.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("pyconvolve-demo.png"),
    show_default=True,
    metavar="FILE",
    help="File for the picture of before and after, or of the network's filters.",
)
def demo(photo: Path | None, digits: bool, output: Path) -> int:
    """Filter photographs, compare with SciPy, and save a picture.

    PHOTO is an image file; by default, photographs that come with scikit-image.
    """
    exclude({"PHOTO": photo, "--digits": digits})
    if digits:
        return _digits(output)
    try:
        from ..demo import filling, filtering, photographs, picture, tables
    except ImportError as error:
        fail_without(error)
    try:
        check_picture(output)
        loaded = photographs.load(photo)
    except ValueError as error:
        fail(str(error), 2)
    comparisons, fillings = filtering.compare(loaded), filling.fill(loaded)
    try:
        picture.save(comparisons, fillings, output)
    except OSError as error:
        fail(f"can't write {output}: {error.strerror}", 2)
    tables.show(comparisons, fillings, output)
    found: list[filtering.Comparison | filling.Filling] = [*comparisons, *fillings]
    disagreements = [text for item in found for text in item.disagreements()]
    if disagreements:
        fail("; ".join(disagreements), 1)
    return 0


def _digits(output: Path) -> int:
    try:
        from ..demo import digits

        check_picture(output)
        results = digits.train()
    except ImportError as error:
        fail_without(error)
    except ValueError as error:
        fail(str(error), 2)
    try:
        digits.save_picture(results, output)
    except OSError as error:
        fail(f"can't write {output}: {error.strerror}", 2)
    digits.show(results, output)
    return 0
