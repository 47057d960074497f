"""
Fill the gaps of a satellite image
==================================

Clouds and dead scan lines leave gaps in a satellite image. Each missing pixel becomes a
weighted mean of the pixels around it that exist. You see how zeros in the gaps darken a
blur, how narrow gaps are filled finely and wide ones coarsely, and how to tell
filled pixels that are well founded from guesses.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import pyconvolve
from pyconvolve import kernels

# %%
# An image with gaps
# ------------------
#
# A photograph of the surface of the Moon stands for the satellite image, as the truth
# is known there. Clouds are smooth noise above a threshold. Two of every 24 lines are
# missing, too. Missing pixels are NaN.

truth = data.moon() / 255
rng = np.random.default_rng(3)
wide = kernels.gaussian(14, ndim=2)
clouds = pyconvolve.convolve(
    rng.normal(size=truth.shape), wide, "same", boundary="wrap"
)
missing = clouds > np.quantile(clouds, 0.85)
missing |= np.arange(len(truth))[:, None] % 24 < 2
image = np.where(missing, np.nan, truth)
print(f"{missing.mean():.0%} of the pixels are missing")

# %%
# Zeros or no weight
# ------------------
#
# A blur takes zeros for black pixels, and its outputs in the gaps are too dark.
# :func:`pyconvolve.normalized_convolve` divides each output by the sum of the taps that
# met a pixel. ``return_weights=True`` also returns this sum. It tells how much of the
# kernel the pixel comes from.

blur = kernels.gaussian(4, ndim=2)
zeros = pyconvolve.convolve(np.nan_to_num(image), blur, "same", boundary="edge")
means, weights = pyconvolve.normalized_convolve(
    image, blur, boundary="edge", return_weights=True
)


def error(filled):
    return np.sqrt(np.nanmean((filled - truth)[missing] ** 2))


print(f"error in the gaps, zeros: {error(zeros):.4f}, means: {error(means):.4f}")
print(f"{np.isnan(means).sum()} pixels are too far inside a gap for this kernel")
assert error(means) < error(zeros) / 5

# %%
# From fine to coarse
# -------------------
#
# A narrow kernel keeps details, but doesn't reach into wide gaps. Fill with the narrow
# kernel wherever it meets a tenth of its weight (``min_weight=0.1``), and let a kernel
# twice as wide fill the gaps that are left. Each pass reads the pixels of the image,
# and no result of earlier passes.

filled = image.copy()
for sigma in (1, 2, 4, 8, 16, 32):
    kernel = kernels.gaussian(sigma, ndim=2)
    coarse = pyconvolve.normalized_convolve(
        image, kernel, boundary="edge", min_weight=0.1
    )
    filled = np.where(np.isnan(filled), coarse, filled)
    print(f"sigma {sigma:2}: {np.isnan(filled).sum():6} pixels left")
print(f"error in the gaps: {error(filled):.4f}")
assert not np.isnan(filled).any()

view = (slice(150, 400), slice(100, 400))
panels = [
    ("image with gaps", image),
    ("blurred with zeros", np.where(missing, zeros, image)),
    ("filled from fine to coarse", filled),
    ("truth", truth),
]
fig, axes = plt.subplots(2, 2, figsize=(8, 7), layout="constrained")
for ax, (title, picture) in zip(axes.flat, panels, strict=True):
    colours = plt.get_cmap("gray").with_extremes(bad="#E69F00")
    ax.imshow(picture[view], cmap=colours, clim=(0.2, 0.7))
    ax.set_title(title)
    ax.set_axis_off()

# %%
# How well founded a pixel is
# ---------------------------
#
# Where the weights are small, pixels of the fixed kernel are guesses from far away.

fig, ax = plt.subplots(figsize=(6, 4.2), layout="constrained")
drawn = ax.imshow(weights[view], cmap="cividis", clim=(0, 1))
ax.set_title("share of the kernel that met pixels")
ax.set_axis_off()
fig.colorbar(drawn, ax=ax)
plt.show()

# %%
# The same as Astropy
# -------------------
#
# ``astropy.convolution.convolve`` interpolates NaN in the same way, where it is
# installed. Its boundary ``extend`` is ``edge`` of pyconvolve.

try:
    from astropy.convolution import convolve
except ImportError:
    print("astropy is not installed")
else:
    theirs = convolve(image[view], blur, boundary="extend", preserve_nan=False)
    ours = pyconvolve.normalized_convolve(image[view], blur, boundary="edge")
    known = ~np.isnan(ours)
    difference = np.abs(theirs - ours)[known].max()
    print(f"largest difference: {difference:.1e}")
    assert difference < 1e-9
