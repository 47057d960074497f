"""
Sharpen a photograph
====================

A photograph is sharpened by an unsharp mask: the difference between the photograph and
its blur is added to the photograph. You see how this becomes one kernel, how an 8-bit
image is filtered without leaving 8 bits, and why numbers that the type doesn't hold
have to be clipped.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data, filters

import pyconvolve
from pyconvolve import kernels

cat = data.chelsea()[30:230, 80:300]
print(cat.shape, cat.dtype)

# %%
# One kernel for the whole task
# -----------------------------
#
# An unsharp mask blurs the image :math:`x` by a Gaussian :math:`g`, and returns
# :math:`x + a (x - g * x)`. Convolution is linear, so this is one convolution with the
# kernel :math:`\delta + a (\delta - g)`. :func:`pyconvolve.kernels.unsharp` makes it.
# Its taps sum to one: flat regions stay as they are.

mask = kernels.unsharp(1.5, amount=2)
print(mask.shape, "centre:", mask.max().round(3), "sum:", mask.sum().round(12))

# %%
# Bytes in, bytes out
# -------------------
#
# ``axes=(0, 1)`` filters each colour by itself. ``dtype`` is the type of the result. A
# sharpened edge overshoots: it becomes brighter than 255 on one side and darker than 0
# on the other one. ``overflow="saturate"`` clips such numbers. ``overflow="wrap"``
# takes them modulo 256, so that white turns to black.

rules = {"axes": (0, 1), "boundary": "symmetric", "dtype": np.uint8}
clipped = pyconvolve.convolve(cat, mask, "same", overflow="saturate", **rules)
wrapped = pyconvolve.convolve(cat, mask, "same", overflow="wrap", **rules)

fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
panels = {"photograph": cat, "sharpened, clipped": clipped, "wrapped around": wrapped}
for ax, (title, image) in zip(axes, panels.items(), strict=True):
    ax.imshow(image)
    ax.set_title(title)
    ax.set_axis_off()

# %%
# The same as scikit-image
# ------------------------
#
# ``unsharp_mask`` of scikit-image blurs, subtracts and adds in floating point. In
# bytes, the two results differ by at most one, where a number lies between two bytes.

theirs = filters.unsharp_mask(cat / 255, radius=1.5, amount=2, channel_axis=2)
difference = np.abs(np.rint(255 * theirs) - clipped)
print("largest difference:", difference.max())
assert difference.max() <= 1

# %%
# How much is enough
# ------------------
#
# The amount scales the overshoot. One row of pixels through the iris and the pupil
# shows that edges become steeper, and that they get a dark and a bright seam. Inside
# the pupil both are clipped at 0.

columns = slice(60, 115)
fig, ax = plt.subplots(figsize=(9, 3.2), layout="constrained")
ax.plot(cat[75, columns, 1], color="black", label="photograph")
for amount, colour in ((1, "#0072B2"), (4, "#D55E00")):
    mask = kernels.unsharp(1.5, amount)
    sharp = pyconvolve.convolve(cat, mask, "same", overflow="saturate", **rules)
    ax.plot(sharp[75, columns, 1], color=colour, label=f"amount {amount}")
ax.set(xlabel="column", ylabel="green, 0 to 255", title="One row through the eye")
ax.legend()
plt.show()
