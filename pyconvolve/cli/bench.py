"""The command ``pyconvolve bench``."""

from __future__ import annotations

from pathlib import Path

from .interface import check_picture, check_writable, click, exclude, fail, fail_without

_FILE = click.Path(path_type=Path)


@click.command("bench")
@click.option(
    "--quick",
    is_flag=True,
    help="Time sixteen problems only, which takes half a minute.",
)
@click.option(
    "--from",
    "saved",
    type=_FILE,
    metavar="FILE",
    help="Show times that --json has saved, and time nothing.",
)
@click.option(
    "--workers",
    type=int,
    default=1,
    show_default=True,
    metavar="N",
    help="Threads that each library may use.",
)
@click.option("--json", type=_FILE, metavar="FILE", help="File for all times.")
@click.option(
    "--plot",
    type=_FILE,
    metavar="FILE",
    help="File for a picture of the times by size of the kernel.",
)
@click.option(
    "--markdown",
    type=_FILE,
    metavar="FILE",
    help="File for the tables; its lines up to '<!-- measured -->' stay.",
)
def bench(
    quick: bool,
    saved: Path | None,
    workers: int,
    json: Path | None,
    plot: Path | None,
    markdown: Path | None,
) -> int:
    """Time pyconvolve and other libraries on the same problems."""
    exclude({"--quick": quick, "--from": saved})
    try:
        from ..comparison import picture, race, report
    except ImportError as error:
        fail_without(error)
    savers = [
        (json, report.save),
        (plot, picture.save),
        (markdown, report.write_page),
    ]
    outputs = [(path, save) for path, save in savers if path]
    try:
        if workers < 1:
            raise ValueError(f"--workers must be at least 1, not {workers}")
        if plot:
            check_picture(plot)
        for path, _ in outputs:
            check_writable(path)
        loaded = report.load(saved) if saved else None
    except ValueError as error:
        fail(str(error), 2)
    found = loaded or report.begin(quick, workers)
    report.introduce(found)
    code = 0
    if not loaded:
        try:
            for item in race.run(quick, found.versions, found.workers):
                found.timed.append(item)
        except KeyboardInterrupt:
            code = 130
    report.show(found)
    for path, save in outputs:
        try:
            save(found, path)
        except OSError as error:
            fail(f"can't write {path}: {error.strerror}", 2)
    if found.wrong():
        fail("; ".join(found.wrong()), code or 1)
    return code
