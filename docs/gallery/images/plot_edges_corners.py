"""
Edges and corners
=================

Edges and corners of a photograph are found by kernels of 3x3 taps. You see the
derivatives of Sobel and Prewitt and the Laplacian, the difference between a convolution
and a cross-correlation, and Harris' corner detector in six convolutions.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data, feature

import pyconvolve
from pyconvolve import kernels, ndimage

photo = data.camera()[60:260, 120:360] / 255

# %%
# Kernels of textbooks
# --------------------
#
# A kernel is an array. It can be written by hand, or made by :mod:`pyconvolve.kernels`,
# which scales derivatives so that a slope of one gives exactly one.
# :func:`pyconvolve.kernels.as_integer_ratio` shows the integers of the textbooks and
# their divisor.

by_hand = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]) / 8
assert np.array_equal(by_hand, kernels.sobel())
for make in (kernels.sobel, kernels.prewitt, kernels.laplacian):
    taps, divisor = kernels.as_integer_ratio(make())
    print(make.__name__, taps.tolist(), "/", divisor)

# %%
# The length of the gradient is large at edges of any direction. The Laplacian is
# positive on the dark side of an edge and negative on the bright side.


def derivative(image, kernel):
    return pyconvolve.convolve(image, kernel, "same", boundary="symmetric")


down, right = (derivative(photo, kernels.sobel(axis)) for axis in (0, 1))
sobel = np.hypot(down, right)
prewitt = np.hypot(*(derivative(photo, kernels.prewitt(axis)) for axis in (0, 1)))
laplacian = derivative(photo, kernels.laplacian())

fig, axes = plt.subplots(2, 2, figsize=(8, 6.6), layout="constrained")
panels = [
    ("photograph", photo, "gray", (0, 1)),
    ("Sobel: length of the gradient", sobel, "gray", (0, 0.3)),
    ("Prewitt minus Sobel", prewitt - sobel, "RdBu_r", (-0.03, 0.03)),
    ("Laplacian", laplacian, "RdBu_r", (-0.5, 0.5)),
]
for ax, (title, image, colours, limits) in zip(axes.flat, panels, strict=True):
    drawn = ax.imshow(image, cmap=colours, clim=limits)
    fig.colorbar(drawn, ax=ax, shrink=0.8)
    ax.set_title(title)
    ax.set_axis_off()

# %%
# Convolution and cross-correlation
# ---------------------------------
#
# A convolution reverses the kernel along both axes, and a cross-correlation doesn't.
# With a kernel that isn't symmetric the results differ. This kernel is positive in its
# four taps at the bottom right. :func:`pyconvolve.correlate` lays it on the image as it
# is printed, and finds the top left corner of the bright square.
# :func:`pyconvolve.convolve` finds the bottom right one.

corner = np.array([[-4, -4, -4], [-4, 5, 5], [-4, 5, 5]]) / 20
square = np.zeros((11, 11))
square[3:8, 3:8] = 1
found = {
    "a bright square": square,
    "correlate": pyconvolve.correlate(square, corner, "same"),
    "convolve": pyconvolve.convolve(square, corner, "same"),
}
assert np.argwhere(found["correlate"] > 0.99).tolist() == [[3, 3]]
assert np.argwhere(found["convolve"] > 0.99).tolist() == [[7, 7]]
flipped = pyconvolve.correlate(square, kernels.flip(corner), "same")
assert np.allclose(found["convolve"], flipped)

fig, axes = plt.subplots(1, 4, figsize=(9, 2.6), layout="constrained")
panels = {"4 times the kernel": 4 * corner, **found}
for ax, (title, image) in zip(axes, panels.items(), strict=True):
    drawn = ax.imshow(image, cmap="RdBu_r", clim=(-1, 1))
    ax.set_title(title)
fig.colorbar(drawn, ax=axes, shrink=0.7)
for ax in axes:
    ax.set_axis_off()

# %%
# Harris' corners
# ---------------
#
# At a corner the gradient has more than one direction. The structure tensor tells:
# products of the derivatives, smoothed. Harris' response is its determinant minus a
# share of its squared trace. A corner is the largest response within 9x9 pixels, which
# :func:`pyconvolve.ndimage.maximum_filter` finds.

smooth = kernels.gaussian(2, ndim=2)
rr, rc, cc = (derivative(p, smooth) for p in (down**2, down * right, right**2))
response = rr * cc - rc**2 - 0.05 * (rr + cc) ** 2
largest = response == ndimage.maximum_filter(response, 9)
corners = np.argwhere(largest & (response > 0.02 * response.max()))
print(len(corners), "corners")

fig, ax = plt.subplots(figsize=(6, 5), layout="constrained")
ax.imshow(photo, cmap="gray")
ax.plot(corners[:, 1], corners[:, 0], "o", mfc="none", mec="#E69F00", mew=1.5)
ax.set_title("Harris' corners")
ax.set_axis_off()
# sphinx_gallery_thumbnail_number = 3
plt.show()

# %%
# scikit-image has the same response, with derivatives that are eight times as large. It
# takes pixels outside as zero, so the comparison leaves out the rim.

theirs = feature.corner_harris(photo, k=0.05, sigma=2) / 8**4
inside = (slice(10, -10),) * 2
difference = np.abs(theirs - response)[inside].max() / response.max()
print(f"largest difference: {difference:.1e} of the largest response")
assert difference < 1e-12
