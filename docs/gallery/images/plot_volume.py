"""
Smooth a volume whose voxels aren't cubes
=========================================

The slices of a CT scan lie farther apart than the pixels within a slice. To smooth by
the same number of millimetres in all directions, sigma differs from axis to axis. You
see this with :mod:`pyconvolve.ndimage` in place of ``scipy.ndimage``, and with one
kernel per axis, and what happens to a thin bone if the spacing is forgotten.
"""

import matplotlib.pyplot as plt
import numpy as np
import scipy.ndimage

import pyconvolve
from pyconvolve import kernels, ndimage

# %%
# A synthetic scan
# ----------------
#
# A body of water (0 HU) in air (-1000 HU) holds two bones: a column across all slices,
# and a round plate that is 3 mm thick and lies along the slices. Voxels are 1 x 0.5 x
# 0.5 mm. The noise has a standard deviation of 150 HU.

spacing = np.array([1.0, 0.5, 0.5])
shape = (60, 160, 200)
z, y, x = (
    (np.arange(n) - n // 2).reshape(np.roll((n, 1, 1), axis)) * step
    for axis, (n, step) in enumerate(zip(shape, spacing, strict=True))
)
truth = np.where((x / 45) ** 2 + (y / 36) ** 2 < 1, 0.0, -1000.0) + 0 * z
truth[np.hypot(x + 18, y) + 0 * z < 9] = 700
truth[(abs(z) < 2) & (np.hypot(x - 14, y) < 16)] = 700
noise = np.random.default_rng(0).normal(0, 150, shape)
scan = (truth + noise).astype(np.float32)
print(scan.shape, scan.dtype, "spacing in mm:", spacing)

# %%
# Sigma in millimetres
# --------------------
#
# ``ndimage.gaussian_filter`` counts sigma in voxels: divide by the spacing. It has the
# arguments and the result of SciPy's function.

sigma = 1.0
smooth = ndimage.gaussian_filter(scan, sigma / spacing)
by_scipy = scipy.ndimage.gaussian_filter(scan, sigma / spacing)
difference = np.abs(smooth - by_scipy).max()
print(f"largest difference from SciPy: {difference:.1e} HU")
assert difference < 0.01

# %%
# The same by one kernel for each axis
# ------------------------------------
#
# A Gaussian is the product of a factor for each axis, so three short convolutions do
# the work of a long one. SciPy's boundary ``reflect`` is called ``symmetric`` here, as
# in ``numpy.pad``.

by_axis = scan
for axis, step in enumerate(spacing):
    factor = kernels.gaussian(sigma / step, dtype=np.float32)
    by_axis = pyconvolve.convolve(
        by_axis, factor, "same", axes=axis, boundary="symmetric"
    )
    print(f"axis {axis}: {len(factor)} taps")
difference = np.abs(smooth - by_axis).max()
print(f"largest difference: {difference:.1e} HU")
assert difference < 0.01

# %%
# If the spacing is forgotten
# ---------------------------
#
# Two voxels along every axis are 1 mm within a slice, but 2 mm across slices. The plate
# of bone is then smoothed across twice as far as along, and loses its brightness.

forgotten = ndimage.gaussian_filter(scan, 2)
for name, volume in (("in mm", smooth), ("forgotten", forgotten)):
    bone = volume[30, 70:90, 118:138].mean()
    print(f"{name}: the plate's centre has {bone:.0f} HU")

panels = {"scan": scan, "sigma 1 mm": smooth, "sigma 2 voxels": forgotten}
fig, axes = plt.subplots(
    2, 3, figsize=(9, 4.4), height_ratios=(80, 60), layout="constrained"
)
for (above, below), (title, volume) in zip(axes.T, panels.items(), strict=True):
    style = {"cmap": "gray", "clim": (-1000, 1000)}
    above.imshow(volume[30], aspect=spacing[1] / spacing[2], **style)
    above.set_title(f"{title}, a slice")
    drawn = below.imshow(volume[:, 80], aspect=spacing[0] / spacing[2], **style)
    below.set_title("across slices")
fig.colorbar(drawn, ax=axes, shrink=0.7, label="HU")
for ax in axes.flat:
    ax.set_axis_off()

# %%
# The profile across the plate shows how much of the bone is left.

fig, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
depth = z.ravel()
for (name, volume), colour in zip(
    {"truth": truth, **panels}.items(),
    ("black", "0.7", "#0072B2", "#D55E00"),
    strict=True,
):
    ax.plot(depth, volume[:, 80, 128], color=colour, label=name)
ax.set(xlabel="z in mm", ylabel="HU", title="Through the plate of bone", xlim=(-15, 15))
ax.legend()
plt.show()
