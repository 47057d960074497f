"""Filters a volume that need not fit into memory, from a file to a file.

The program makes a volume of noisy waves in the format zarr, chunk by chunk, and
smooths it by `pyconvolve.dask` into another file, by threads or on a cluster of
processes on this machine. Then it prints the largest memory of each process beside the
size of the volume.

    python examples/large_volume.py --size 1024 --chunk 128
    python examples/large_volume.py --size 1024 --chunk 128 --processes 4

`pip install ".[dask]" distributed zarr` installs what it needs.
"""

import argparse
import sys
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import zarr
from dask.diagnostics import ProgressBar

import pyconvolve.dask

try:
    import resource
except ImportError:
    # Windows doesn't have it
    resource = None


def main() -> None:
    """Make a volume, filter it, and tell how much memory that took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=512, help="samples along each axis")
    parser.add_argument("--chunk", type=int, default=128, help="those of a chunk")
    parser.add_argument("--sigma", type=float, default=2.0, help="of the Gaussian")
    parser.add_argument("--box", type=int, help="smooth by a box, not by a Gaussian")
    parser.add_argument("--processes", type=int, default=0, help="0: threads")
    parser.add_argument("--memory-limit", default="2GiB", help="of each process")
    parser.add_argument("--folder", type=Path, default=Path("large_volume"))
    given = parser.parse_args()
    source, target = given.folder / "volume.zarr", given.folder / "smooth.zarr"
    make(source, given.size, given.chunk)
    volume = da.from_zarr(str(source))
    smooth = smoothed(volume, given.sigma, given.box)
    stored = da.store(smooth, create(target, smooth), lock=False, compute=False)
    if given.processes:
        peaks = run_on_cluster(stored, given.processes, given.memory_limit)
    else:
        with ProgressBar():
            stored.compute()
        peaks = [peak_memory()]
    chunk = np.prod(volume.chunksize) * volume.dtype.itemsize
    print(f"volume: {volume.nbytes / 2**20:.0f} MB, a chunk: {chunk / 2**20:.1f} MB")
    for peak in peaks:
        print(f"largest memory of a process: {peak:.0f} MB")
    print(f"saved as {target}")


def smoothed(volume: da.Array, sigma: float, box: int | None) -> da.Array:
    """Smooth a volume, lazily."""
    if box is None:
        return pyconvolve.dask.ndimage.gaussian_filter(volume, sigma)
    kernel = np.full((box,) * 3, 1 / box**3, np.float32)
    return pyconvolve.dask.convolve(volume, kernel, "same", boundary="symmetric")


def make(path: Path, size: int, chunk: int) -> None:
    """Save waves with noise, one chunk after the other."""
    waves = da.map_blocks(
        noisy_waves,
        chunks=da.core.normalize_chunks((chunk,) * 3, (size,) * 3),
        meta=np.empty((0, 0, 0), np.float32),
    )
    with ProgressBar():
        da.store(waves, create(path, waves), lock=False)


def noisy_waves(block_info: dict) -> np.ndarray:
    """Return a chunk of the volume."""
    place = block_info[None]["array-location"]
    axes = np.ogrid[tuple(slice(first, end) for first, end in place)]
    radius = np.sqrt(sum(np.square(axis.astype(np.float32)) for axis in axes))
    noise = np.random.default_rng([first for first, _ in place])
    return np.cos(radius / 10) + noise.standard_normal(radius.shape, np.float32)


def create(path: Path, array: da.Array) -> zarr.Array:
    """Create a file for an array."""
    return zarr.create_array(
        store=str(path), shape=array.shape, chunks=array.chunksize, dtype=array.dtype,
        overwrite=True,
    )  # fmt: skip


def run_on_cluster(stored: dask.delayed, processes: int, limit: str) -> list[float]:
    """Compute on a cluster of processes; return the largest memory of each in MB."""
    from distributed import Client, LocalCluster, progress

    # A worker asks for one chunk after the other, so that it holds few.
    settings = {"distributed.scheduler.worker-saturation": 1.0}
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=processes, threads_per_worker=1, memory_limit=limit,
            dashboard_address=None,
        ) as cluster,
        Client(cluster) as client,
    ):  # fmt: skip
        # in the order of neighbours: as futures, not as one result
        running = stored.persist()
        progress(running, notebook=False)
        running.compute()
        return [*client.run(peak_memory).values()]


def peak_memory() -> float:
    """Return the largest memory that this process has had, in MB."""
    if resource is None:
        return float("nan")
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main()
