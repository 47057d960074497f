"""
Equivariance, and how pooling changes it
========================================

If an image moves, the output of a convolutional layer moves with it: the layer is
equivariant. This example moves a digit, measures where this holds and where it fails,
and shows that pooling keeps it for some shifts only, but makes the outputs less
sensitive to small ones.
"""

# %%
# A digit of 8x8 pixels in the middle of 32x32, and eight random filters.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from pyconvolve import kernels, nn

plt.style.use("tableau-colorblind10")

digit = load_digits().images[3] / 16
image = np.pad(np.kron(digit, np.ones((2, 2))), 8)[np.newaxis, np.newaxis]
filters = kernels.random((1, 5, 5), 8, rng=0)


def layer(x):
    """Return a layer that continues images periodically, without negative outputs."""
    return np.maximum(nn.conv(x, filters, padding=2, boundary="wrap"), 0)


# %%
# Move the image, then compute the layer; or compute the layer, then move its outputs.
# The results are the same.

shift = 3, 6
moved = np.roll(image, shift, (2, 3))
difference = layer(moved) - np.roll(layer(image), shift, (2, 3))
print(f"largest difference: {abs(difference).max():.1e}")
assert abs(difference).max() < 1e-12

fig, panels = plt.subplots(2, 2, figsize=(6, 6), layout="constrained")
for axes, picture, title in zip(
    panels.flat,
    (image[0, 0], layer(image)[0, 2], moved[0, 0], layer(moved)[0, 2]),
    ("image", "one filter of the layer", "image, moved", "the layer moves with it"),
    strict=True,
):
    axes.imshow(picture, cmap="gray")
    axes.set(title=title, xlabel="column (pixels)", ylabel="row (pixels)")

# %%
# Where it fails
# --------------
#
# :func:`pyconvolve.nn.is_equivariant` checks any function, and
# :func:`pyconvolve.nn.shift_error` measures by how much it fails. Random numbers make a
# sharp check. Zeros outside change the outputs near the edges. ``margin`` leaves these
# out.

noise = np.random.default_rng(0).standard_normal((1, 1, 32, 32))


def zeros_outside(x):
    """Return the same layer with zeros outside of the image."""
    return np.maximum(nn.conv(x, filters, padding=2), 0)


def pooled(x):
    """Return the largest of each 4x4 outputs of the periodic layer."""
    return nn.max_pool(layer(x), 4)


print(f"{'periodic':29}{nn.is_equivariant(layer, noise, shift)}")
print(f"{'zeros outside':29}{nn.is_equivariant(zeros_outside, noise, shift)}")
inside = nn.is_equivariant(zeros_outside, noise, shift, margin=2)
print(f"{'zeros outside, inner outputs':29}{inside}")
assert inside

# %%
# Pooling with a stride of 4 has an output for 4 samples. A shift by 4, 8, ... samples
# moves the outputs by 1, 2, ... A shift between has no such output. The error is that
# of the nearest shift of outputs.

shifts = np.arange(17)
errors = {
    "layer": [nn.shift_error(layer, noise, s) for s in shifts],
    "layer, zeros outside": [nn.shift_error(zeros_outside, noise, s) for s in shifts],
    "layer and max pooling by 4": [
        nn.shift_error(pooled, noise, s, output_shift=round(s / 4)) for s in shifts
    ],
}
assert max(errors["layer"]) < 1e-12
assert max(errors["layer and max pooling by 4"][::4]) < 1e-12

fig, axes = plt.subplots(figsize=(8, 4), layout="constrained")
for style, (name, values) in zip(("s-", "^--", "o-"), errors.items(), strict=True):
    axes.plot(shifts, values, style, label=name)
axes.set(xlabel="shift (samples)", ylabel="relative error", xticks=shifts[::2])
axes.set_title("Error of equivariance")
axes.legend(loc="upper right")
axes.set_ylim(-0.02, 1.1 * max(map(max, errors.values())) + 0.1)

# %%
# What pooling gains
# ------------------
#
# With ``output_shift=0`` the error is that of invariance: how much the outputs change
# if the digit moves. The larger the windows, the less they change for small shifts. The
# mean of all positions does not change at all.

sizes = 1, 2, 4, 8, 32
fig, axes = plt.subplots(figsize=(8, 4), layout="constrained")
for size, marker in zip(sizes, "os^vD", strict=True):
    changes = [
        nn.shift_error(
            lambda x, n=size: nn.mean_pool(layer(x), n), image, s, output_shift=0
        )
        for s in range(9)
    ]
    axes.plot(changes, marker + "-", label=f"mean of {size}x{size}")
    print(f"windows of {size:2}x{size:<2} a shift by 1 changes {changes[1]:.1%}")
assert max(changes) < 1e-12
axes.set(xlabel="shift of the digit (samples)", ylabel="relative change")
axes.set_title("Change of pooled outputs")
axes.legend()
plt.show()
