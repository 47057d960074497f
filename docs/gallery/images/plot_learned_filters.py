"""
Filters learned from a photograph
=================================

Filters needn't be designed: k-means on small patches of a photograph finds detectors
of edges, such as networks learn in their first layer. You see patches cut out without a
copy, whitened, and clustered, and why the whitening matters.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import color, data

import pyconvolve
from pyconvolve import kernels

photo = color.rgb2gray(data.chelsea())

# %%
# Whiten patches
# --------------
#
# :func:`pyconvolve.kernels.extract_patches` returns all patches of 8x8 pixels as a view
# that takes no memory, here those that don't overlap. Pixels beside each other are
# nearly equal, so that patches differ mostly in slow changes of brightness.
# :func:`pyconvolve.kernels.whiten` makes the 64 pixels of a patch nearly uncorrelated,
# with variances near one. Edges remain. ``eps`` limits how much noise is amplified.

patches = kernels.extract_patches(photo, (8, 8), stride=8).reshape(-1, 8, 8)
patches = patches - patches.mean(axis=(1, 2), keepdims=True)
white, whitening = kernels.whiten(patches, eps=0.03)


def correlation(samples):
    """Correlation of a pixel with its right neighbour."""
    return np.corrcoef(samples[:, 4, 3], samples[:, 4, 4])[0, 1]


print(f"neighbours before: {correlation(patches):.2f}, after: {correlation(white):.2f}")
assert np.allclose(whitening.inverse(white), patches)

fig, axes = plt.subplots(1, 2, figsize=(8, 2.1), layout="constrained")
for ax, title, group in zip(
    axes, ("patches", "whitened"), (patches, white), strict=True
):
    shown = group[300:1100:20] / group[300:1100:20].std(axis=(1, 2), keepdims=True)
    framed = np.pad(shown, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    tiled = framed.reshape(4, 10, 10, 10).swapaxes(1, 2).reshape(40, 100)
    ax.imshow(tiled, cmap="gray", clim=(-2.5, 2.5))
    ax.set_title(title)
    ax.set_axis_off()

# %%
# Learn
# -----
#
# :func:`pyconvolve.kernels.learn` does all of this and clusters the patches. The
# centres of the clusters are the filters. Without whitening they are smooth. With it
# there are narrow lines and edges, too, and taps beside each other are less alike. The
# filters are reversed for a convolution, and :func:`pyconvolve.kernels.flip` shows the
# patterns that they find.

learned = {
    "not whitened": kernels.learn(photo, 40, 8, stride=2, whiten=None, rng=0),
    "whitened": kernels.learn(photo, 40, 8, stride=2, rng=0),
}
fig, axes = plt.subplots(1, 2, figsize=(8, 2.1), layout="constrained")
for ax, (title, bank) in zip(axes, learned.items(), strict=True):
    alike = np.sum(bank[..., 1:] * bank[..., :-1], axis=(1, 2)).mean()
    print(f"{title}: taps beside each other correlate by {alike:.2f}")
    bank = kernels.normalize(kernels.flip(bank, (1, 2)), "max", axis=(1, 2))
    framed = np.pad(bank, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    tiled = framed.reshape(4, 10, 10, 10).swapaxes(1, 2).reshape(40, 100)
    ax.imshow(tiled, cmap="gray", clim=(-1, 1))
    ax.set_title(f"40 filters, {title}")
    ax.set_axis_off()

# %%
# Use the filters
# ---------------
#
# One call applies the bank. Each output is the product of a filter with the patch under
# it, which NumPy confirms.

bank = learned["whitened"]
features = pyconvolve.convolve(photo[None], bank, "valid", axes=(1, 2))
every = kernels.extract_patches(photo, (8, 8))
by_numpy = np.tensordot(kernels.flip(bank, (1, 2)), every, ((1, 2), (2, 3)))
print(f"{features.shape}, largest difference: {np.abs(features - by_numpy).max():.1e}")
assert np.allclose(features, by_numpy)

# %%
# The rectified responses of all filters are the features of a first layer. Three of
# them are drawn here, of the filters whose responses vary most.

busiest = np.argsort(-features.std(axis=(1, 2)))[:3]
fig, axes = plt.subplots(1, 4, figsize=(9, 1.9), layout="constrained")
axes[0].imshow(photo, cmap="gray")
axes[0].set_title("photograph")
for ax, number in zip(axes[1:], busiest, strict=True):
    ax.imshow(np.maximum(features[number], 0), cmap="gray", vmax=1)
    ax.set_title(f"filter {number}")
for ax in axes:
    ax.set_axis_off()
# sphinx_gallery_thumbnail_number = 2
plt.show()
