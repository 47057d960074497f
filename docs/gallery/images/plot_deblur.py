"""
Restore a blurred photograph
============================

A camera was shaken, and the blur is known: it is a line of 15 pixels. Three methods
restore the photograph of a text. You see how noise decides the regularisation, how much
each method gains in decibels, and how light from beyond the edges is treated.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data, restoration
from skimage.metrics import peak_signal_noise_ratio

import pyconvolve
from pyconvolve import deconvolve, kernels

# %%
# A shaken photograph
# -------------------
#
# A photograph shows light from beyond its edges. A larger one is blurred in mode
# ``valid``, which keeps the part that is free of any rule for edges. The noise has a
# standard deviation of one per cent.

large = data.text()[10:160, 10:300] / 255
shake = kernels.motion_blur(15, np.pi / 6)
reach = [((n - 1) // 2, n // 2) for n in shake.shape]
(top, bottom), (left, right) = reach
truth = large[top : len(large) - bottom, left : large.shape[1] - right]
blurred = pyconvolve.convolve(large, shake, "valid")
blurred += np.random.default_rng(0).normal(0, 0.01, blurred.shape)
assert blurred.shape == truth.shape


def psnr(image):
    return peak_signal_noise_ratio(truth, np.clip(image, 0, 1), data_range=1)


print(f"blurred: {psnr(blurred):.1f} dB")

# %%
# Three methods
# -------------
#
# :func:`pyconvolve.deconvolve` inverts a convolution. Wiener's filter takes three
# transforms, and takes the photograph as periodic. Least squares and
# Richardson-Lucy are iterations, and take any boundary and a mask. Pixels that are
# padded around the photograph and masked tell them to find the light from beyond the
# edges, too.

padded = np.pad(blurred, reach)
outside = np.pad(np.zeros(blurred.shape, bool), reach, constant_values=True)
inside = (slice(top, -bottom), slice(left, -right))

wiener = deconvolve(blurred, shake, regularization=0.1)
least_squares = deconvolve(
    padded, shake, method="least_squares", mask=outside, regularization=0.01,
    regularizer=kernels.laplacian(),
)[inside]  # fmt: skip
richardson_lucy = deconvolve(
    padded, shake, method="richardson_lucy", mask=outside, iterations=30
)[inside]

restored = {
    "wiener": wiener,
    "least_squares": least_squares,
    "richardson_lucy": richardson_lucy,
}
for name, image in restored.items():
    print(f"{name}: {psnr(image):.1f} dB")

panels = {"photograph": truth, "blurred, 1 % noise": blurred, **restored}
fig, axes = plt.subplots(3, 2, figsize=(9, 7), layout="constrained")
for ax, (title, image) in zip(axes.flat, panels.items(), strict=False):
    ax.imshow(image, cmap="gray", clim=(0, 0.8))
    ax.set_title(title if image is truth else f"{title}: {psnr(image):.1f} dB")
    ax.set_axis_off()
axes[2, 1].imshow(shake, cmap="gray")
axes[2, 1].set_title("the blur, enlarged")
axes[2, 1].set_axis_off()

# %%
# The noise decides the regularisation
# ------------------------------------
#
# A small regularisation amplifies noise, and a large one leaves the blur. The truth
# isn't known in earnest, but the noise may be. Blur the restored photograph again, and
# compare it with the given one. A good regularisation is the largest one of those for
# which they are no farther apart than the noise explains.

amounts = 10.0 ** np.arange(-4, 2)
by_wiener = [psnr(deconvolve(blurred, shake, regularization=a)) for a in amounts]
by_least_squares = []
for amount in amounts:
    found = deconvolve(
        padded, shake, method="least_squares", mask=outside, regularization=amount,
        regularizer=kernels.laplacian(),
    )  # fmt: skip
    apart = np.std(pyconvolve.convolve(found, shake, "valid") - blurred)
    by_least_squares.append(psnr(found[inside]))
    print(f"{amount:g}: {apart:.4f} apart, {by_least_squares[-1]:.1f} dB")

fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.semilogx(amounts, by_wiener, "o-", color="#D55E00", label="wiener")
ax.semilogx(amounts, by_least_squares, "s-", color="#0072B2", label="least_squares")
ax.axhline(psnr(blurred), color="black", ls="--", label="blurred")
ax.set(
    xlabel="regularization", ylabel="PSNR in dB", title="Too little, enough, too much"
)
ax.legend()
plt.show()

# %%
# The same as scikit-image
# ------------------------
#
# Wiener's filter of scikit-image has the same result.

theirs = restoration.wiener(blurred, shake, 0.1, clip=False)
print(f"largest difference: {np.abs(theirs - wiener).max():.1e}")
assert np.allclose(theirs, wiener)
