"""Arrays larger than the memory of a worker are filtered on a cluster."""

from collections.abc import Callable
from typing import Any

import pytest
from processes import reads_proc
from status import MEMORY

for name in ("dask", "distributed", "zarr"):
    pytest.importorskip(name)

# The program makes an array of 768 MB in chunks of 32 MB, starts two workers with 512
# MB, and filters the array into another one. Workers may neither write chunks to the
# disk, nor steal tasks of each other. A worker is idle when it has imported everything,
# and its first tasks are done. Then the kernel's counter of its largest memory starts
# anew.
PROGRAM = (
    MEMORY
    + """
import gc, shutil

def idle():
    gc.collect()
    with open("/proc/self/clear_refs", "w") as control:
        control.write("5")
    return memory("VmRSS")

def create(name, shape, chunks):
    import zarr
    return zarr.create_array(
        store=name, shape=shape, chunks=chunks, dtype="f4", overwrite=True
    )

def filtered(x, name):
    import dask.array as da, distributed, numpy as np
    import pyconvolve.dask as lazily
    kernel = np.outer(np.arange(9), np.arange(1, 8)).astype("f4")
    y = lazily.convolve(x, kernel, "same", boundary="symmetric")
    target = create(name, y.shape, y.chunksize)
    stored = da.store(y, target, lock=False, compute=False).persist()
    distributed.wait(stored)
    # raises errors of tasks
    stored.compute()
    return target, kernel

def main():
    import dask, dask.array as da, numpy as np, pyconvolve
    from distributed import Client, LocalCluster

    rows, columns, chunk = 12288, 16384, 512
    source = create("source", (rows, columns), (chunk, columns))
    rng = np.random.default_rng(0)
    for first in range(0, rows, chunk):
        part = rng.integers(0, 16, (chunk, columns), np.uint8)
        source[first : first + chunk] = part.astype("f4")
    settings = {
        "distributed.scheduler.worker-saturation": 1.0,
        "distributed.scheduler.work-stealing": False,
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
    }
    with dask.config.set(settings), LocalCluster(
        n_workers=2, threads_per_worker=1, memory_limit="512MiB",
        dashboard_address=None,
    ) as cluster, Client(cluster) as client:
        small = da.ones((512, 2048), chunks=(64, 1024), dtype="f4")
        filtered(small, "warm")
        for attempt in range(2):
            before = client.run(idle)
            target, kernel = filtered(da.from_zarr("source"), "target")
            after = client.run(memory, "VmHWM")
            peaks = [(after[w] - before[w]) / (chunk * columns * 4) for w in after]
            if max(peaks) < 6:
                break
            # other programs may have kept one worker waiting, while the other one read
    print(*peaks)
    ends = 30, chunk + 9, 6200, rows
    for end in ends:
        # rows above and below, or the ends of the array
        low, high = max(end - 60, 0), min(end + 20, rows)
        some = source[low:high]
        want = pyconvolve.convolve(some, kernel, "same", boundary="symmetric")
        kept = slice(20 * (low > 0), high - low - 20 * (high < rows))
        assert np.array_equal(target[low:high][kept], want[kept]), end
    for name in ("source", "target", "warm"):
        shutil.rmtree(name)

if __name__ == "__main__":
    main()
"""
)


@reads_proc
def test_workers_need_few_chunks(python: Callable[..., Any]) -> None:
    done = python(PROGRAM)
    assert not done.returncode, done.stderr
    peaks = [float(line) for line in done.stdout.split()]
    assert len(peaks) == 2
    assert max(peaks) < 6
    # the array went through both workers, whose memory was counted
    assert min(peaks) > 2
