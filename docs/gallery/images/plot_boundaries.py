"""
Boundaries at the rim of a photograph
=====================================

Near its rim, a blur needs pixels that don't exist. A boundary defines them.
You see how each boundary of :func:`pyconvolve.convolve` continues a row of pixels, how
a wide blur changes the rim of a photograph, and how
:func:`pyconvolve.normalized_convolve` does without any boundary.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import pyconvolve
from pyconvolve import kernels

whole = data.coffee() / 255
coffee = whole[100:340, 180:500]
boundaries = ["constant", "edge", "reflect", "symmetric", "wrap"]

# %%
# A row continued on both sides
# -----------------------------
#
# The boundaries are those of ``numpy.pad``. A convolution of a padded row in mode
# ``valid`` is the convolution of the row in mode ``same`` with this boundary.

row = whole[160, 178:290].mean(axis=1)
smooth = kernels.gaussian(10)
reach = len(smooth) // 2
fig, axes = plt.subplots(5, 1, figsize=(8, 8), sharex=True, layout="constrained")
axes[-1].set_xlabel("column")
for ax, boundary in zip(axes, boundaries, strict=True):
    padded = np.pad(row, reach, mode=boundary)
    blurred = pyconvolve.convolve(row, smooth, "same", boundary=boundary)
    assert np.allclose(blurred, pyconvolve.convolve(padded, smooth, "valid"))
    ax.plot(
        np.arange(-reach, len(row) + reach), padded, color="#E69F00", label="continued"
    )
    ax.plot(row, color="black", label="row")
    ax.plot(blurred, color="#0072B2", lw=2.5, label="blurred")
    ax.set(title=boundary, ylim=(-0.05, 1.05))
    if boundary == "constant":
        ax.legend(loc="upper right", ncols=3)

# %%
# The rim of a photograph
# -----------------------
#
# ``constant`` puts ``cval`` outside, zero by default, and darkens the rim. ``edge``
# repeats the outermost pixels, so that one bright pixel weighs much. ``reflect`` and
# ``symmetric`` mirror the photograph, without and with the outermost pixel. ``wrap``
# takes the photograph as periodic, and light from one side leaks to the other one.
# ``edges="renormalize"`` of :func:`pyconvolve.normalized_convolve` takes the mean of
# the pixels that exist.

blur = kernels.gaussian(20, ndim=2)
rims = {
    boundary: pyconvolve.convolve(coffee, blur, "same", axes=(0, 1), boundary=boundary)
    for boundary in boundaries
}
rims["renormalize"] = pyconvolve.normalized_convolve(
    coffee, blur, axes=(0, 1), edges="renormalize"
)
fig, axes = plt.subplots(3, 3, figsize=(9, 7.2), layout="constrained")
for ax in axes.flat:
    ax.set_axis_off()
axes[0, 1].imshow(coffee)
axes[0, 1].set_title("photograph")
for ax, (title, image) in zip(axes[1:].flat, rims.items(), strict=True):
    ax.imshow(np.clip(image, 0, 1))
    ax.set_title(title)

# %%
# How much it matters
# -------------------
#
# Blur a larger photograph, and cut out the same part: this is the truth. ``edge`` and
# the mirrored boundaries come closest at the rim. Inside, all are equal.

truth = pyconvolve.convolve(whole, blur, "same", axes=(0, 1), boundary="symmetric")
truth = truth[100:340, 180:500]
inside = np.zeros(truth.shape[:2], bool)
inside[80:-80, 80:-80] = True
for boundary, image in rims.items():
    error = np.abs(image - truth).mean(axis=2)
    print(f"{boundary:11} mean error at the rim: {error[~inside].mean():.4f}")
    assert error[inside].max() < 1e-12

# %%
# Each axis may have a boundary of its own. A panorama goes on at its left and right
# side, but not above and below.

panorama = pyconvolve.convolve(
    coffee, blur, "same", axes=(0, 1), boundary=("edge", "wrap")
)
assert np.allclose(panorama[150], rims["wrap"][150])
# sphinx_gallery_thumbnail_number = 2
plt.show()
