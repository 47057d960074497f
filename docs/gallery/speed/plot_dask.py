"""
An array in chunks, lazily
==========================

An array that doesn't fit into memory is divided into chunks. This example makes an
image in chunks of :mod:`dask.array`, blurs it by :mod:`pyconvolve.dask`, finds edges,
and reads a small part. Nothing is computed until then, and only the chunks that the
part needs are. The result is that of the whole array, also at the borders of chunks.
"""

# %%
# A field of 4096x4096 samples in 16 chunks: waves of mean 2 and noise, made chunk by
# chunk.

import dask
import dask.array as da
import matplotlib.pyplot as plt
import numpy as np

import pyconvolve
import pyconvolve.dask
from pyconvolve import kernels

plt.style.use("tableau-colorblind10")

side, chunk = 4096, 1024
rows = da.arange(side, chunks=chunk, dtype=np.float32)[:, None]
columns = da.arange(side, chunks=chunk, dtype=np.float32)
waves = 2 + da.sin(rows**2 / 80_000) * da.cos(columns / 60)
rng = da.random.default_rng(0)
field = waves + rng.standard_normal((side, side), chunks=chunk, dtype=np.float32)
print(f"{field.npartitions} chunks, {field.nbytes / 2**20:.0f} MB")

# %%
# Shape, type and chunks of the result are known at once, and no sample is.

blur = kernels.gaussian(8, ndim=2, dtype=np.float32)
smooth = pyconvolve.dask.convolve(field, blur, "same", boundary="symmetric")
slope = pyconvolve.dask.convolve(
    smooth, kernels.sobel(axis=0, dtype=np.float32), "same", boundary="symmetric"
)
print(f"kernel of {blur.shape}, result of {slope.shape} in {slope.npartitions} chunks")
print(f"tasks in the graph: {len(slope.__dask_graph__())}")
assert slope.chunks == field.chunks

# %%
# A part at the border of two chunks. dask leaves out the tasks that it doesn't need.

part = slope[1000:1050, 200:250]
(needed,) = dask.optimize(part)
print(f"tasks for the part: {len(needed.__dask_graph__())}")
print(f"samples of the part: {part.compute().shape}")

# %%
# The whole in memory, for comparison: the largest difference is that of rounding, and
# there are no seams.

samples = field.compute()
whole = pyconvolve.convolve(samples, blur, "same", boundary="symmetric")
by_chunks = smooth.compute()
difference = abs(by_chunks - whole)
print(f"largest difference: {difference.max():.1e}, of values up to {whole.max():.2f}")
assert difference.max() < 1e-5

# %%
# Chunks that are convolved one by one, with zeros outside of each, do have seams.

alone = da.map_blocks(pyconvolve.convolve, field, blur, "same", dtype=np.float32)
near = slice(824, 1224)
pictures = {
    "samples": samples[near, near],
    "pyconvolve.dask": by_chunks[near, near],
    "chunks one by one": alone[near, near].compute(),
}
fig, panels = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for axes, (title, picture) in zip(panels, pictures.items(), strict=True):
    shown = axes.imshow(
        picture, cmap="cividis", vmin=0.8, vmax=3.2, extent=(824, 1224, 1224, 824)
    )
    axes.set(title=title, xlabel="column (samples)")
panels[0].set_ylabel("row (samples)")
fig.colorbar(shown, ax=panels, label="value", shrink=0.8)
plt.show()
