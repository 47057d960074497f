"""
Remove uneven light from a page
===============================

A printed page is photographed in uneven light, so that no single threshold separates
ink from paper. Light multiplies and varies slowly. You see a homomorphic filter, which
makes the light an addend by a logarithm, and two local normalisations that subtract
the mean around each pixel and divide by the contrast around it.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.fft import dctn, idctn
from skimage import data
from skimage.filters import threshold_otsu

from pyconvolve import kernels

# above zero, as its logarithm is needed
page = (data.page() + 1.0) / 256

# %%
# The logarithm separates light from ink
# --------------------------------------
#
# :func:`pyconvolve.kernels.homomorphic_filter` takes the logarithm, multiplies
# frequencies below ``cutoff`` by ``gain_low`` and those above by ``gain_high``, and
# takes the exponential. Here the light is removed, and the ink stays as it is.

even = kernels.homomorphic_filter(page, 0.02, gain_low=0, gain_high=1)

# %%
# SciPy's cosine transform, which mirrors the page at its edges, does the same in four
# lines.

rows, columns = (np.arange(n) / (2 * n) for n in page.shape)  # cycles per pixel
ratio = np.hypot(rows[:, None], columns) / 0.02
gain = ratio**4 / (1 + ratio**4)
by_hand = np.exp(idctn(gain * dctn(np.log(page))))
print(f"largest difference: {np.abs(even - by_hand).max():.1e}")
assert np.allclose(even, by_hand)

# %%
# Local normalisation
# -------------------
#
# :func:`pyconvolve.kernels.subtract_local_mean` subtracts the mean of a window, so that
# paper is near zero everywhere. The contrast of the ink still depends on the light.
# :func:`pyconvolve.kernels.local_contrast_normalize` also divides by the standard
# deviation around each pixel, which whitens the page: the mean is zero and the variance
# one all over it.

centred = kernels.subtract_local_mean(page, 31)
white = kernels.local_contrast_normalize(page, 12)

panels = {
    "photograph": page,
    "homomorphic_filter": even,
    "subtract_local_mean": centred,
    "local_contrast_normalize": white,
}
fig, axes = plt.subplots(4, 2, figsize=(9, 9), layout="constrained")
for (ax, ink), (title, image) in zip(axes, panels.items(), strict=True):
    ax.imshow(image, cmap="gray", clim=np.percentile(image, (0.5, 99.5)))
    ax.set_title(title)
    ink.imshow(image > threshold_otsu(image), cmap="gray")
    ink.set_title("above Otsu's threshold")
for ax in axes.flat:
    ax.set_axis_off()

# %%
# How even the paper is
# ---------------------
#
# Paper is the median of each column, as ink covers less than half of it. Its spread,
# divided by the spread of all pixels, falls to a fifth or so.

fig, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
styles = ("black", "#0072B2", "#D55E00", "#009E73")
for (title, image), colour in zip(panels.items(), styles, strict=True):
    paper = np.median(image, axis=0)
    spread = (paper - paper.mean()) / image.std()
    print(f"{title}: {spread.std():.2f}")
    ax.plot(spread, color=colour, label=title)
ax.set(
    xlabel="column", ylabel="standard deviations", title="Median of a column of pixels"
)
ax.legend(ncols=2)
plt.show()
