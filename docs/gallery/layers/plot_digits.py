"""
A network with filters of unit energy
=====================================

A small network learns to read handwritten digits: a convolutional layer, pooling, and a
linear layer. Its gradients are those of :mod:`pyconvolve.nn`, and the rest is NumPy.
This example trains it twice from the same weights. The second time, each filter is
scaled to unit energy after each step, by :func:`pyconvolve.kernels.normalize`.
"""

# %%
# The digits of scikit-learn: 1797 images of 8x8 pixels. One of four is held out.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from pyconvolve import kernels, nn

plt.style.use("tableau-colorblind10")

digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.images))
images = digits.images[order, np.newaxis].astype(np.float32)
images = (images - images.mean()) / images.std()
labels = digits.target[order]
held_out = slice(0, 449)
seen = slice(449, None)

# %%
# One step
# --------
#
# Forward: 16 filters of 3x3 taps, negative outputs set to zero, the largest of each 2x2
# outputs, and a linear layer with ten scores. Backward: the same layers in reverse.
# Each function of a gradient takes the arguments of its layer.


def forward(weights, x):
    """Return outputs of the layer, maxima, their indices, and scores."""
    w, b, linear, offset = weights
    y = nn.conv(x, w, b, padding=1)
    maxima, indices = nn.max_pool(np.maximum(y, 0), 2, return_indices=True)
    return y, maxima, indices, maxima.reshape(len(x), -1) @ linear + offset


def gradients(weights, x, label):
    """Return the mean loss (cross-entropy), and its gradients by the weights."""
    w, _, linear, _ = weights
    y, maxima, indices, scores = forward(weights, x)
    scores -= scores.max(axis=1, keepdims=True)
    share = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    loss = -np.log(share[rows, label]).mean()

    share[rows, label] -= 1
    by_scores = share / len(x)
    by_maxima = (by_scores @ linear.T).reshape(maxima.shape)
    by_y = nn.max_pool_grad(y.shape, indices, by_maxima) * (y > 0)
    by_w = nn.conv_weight_grad(x, w.shape, by_y, padding=1)
    by_linear = maxima.reshape(len(x), -1).T @ by_scores
    return loss, (by_w, by_y.sum((0, 2, 3)), by_linear, by_scores.sum(0))


def draw():
    """Return the first weights: filters of unit energy, small linear weights."""
    rng = np.random.default_rng(1)
    w = kernels.random((1, 3, 3), 16, rng=rng, dtype=np.float32)
    linear = rng.normal(0, 0.05, (16 * 4 * 4, 10)).astype(np.float32)
    return [w, np.zeros(16, np.float32), linear, np.zeros(10, np.float32)]


# %%
# A gradient can be checked by a difference: here along a random direction of the
# filters, in double precision.

weights = [part.astype(float) for part in draw()]
x, label = images[:64].astype(float), labels[:64]
direction = np.random.default_rng(2).standard_normal(weights[0].shape)
step = 1e-6
up, down = (
    gradients([weights[0] + sign * step * direction, *weights[1:]], x, label)[0]
    for sign in (1, -1)
)
_, (by_w, *_) = gradients(weights, x, label)
print(f"by the gradient   {(by_w * direction).sum():.6f}")
print(f"by a difference   {(up - down) / (2 * step):.6f}")
assert np.isclose((by_w * direction).sum(), (up - down) / (2 * step), rtol=1e-4)

# %%
# Two trainings
# -------------
#
# Gradient descent with a fixed rate, 16 images in a step, eight times through all.
# The line with ``normalize`` works in place: each filter keeps its direction, and the
# sum of the squares of its taps is 1.


def train(unit_energy, rate=0.1, epochs=8):
    """Return the weights, and after each epoch the accuracy on digits held out."""
    weights, accuracies = draw(), []
    rng = np.random.default_rng(3)
    for _ in range(epochs):
        order = rng.permutation(len(images) - 449) + 449
        for chosen in np.array_split(order, len(order) // 16):
            _, steps = gradients(weights, images[chosen], labels[chosen])
            for part, by_part in zip(weights, steps, strict=True):
                part -= np.float32(rate) * by_part
            if unit_energy:
                kernels.normalize(weights[0], "l2", axis=(1, 2, 3), out=weights[0])
        guess = forward(weights, images[held_out])[-1].argmax(axis=1)
        accuracies.append(np.mean(guess == labels[held_out]))
    return weights, accuracies


names = "filters as they come", "filters of unit energy"
trained = [train(unit_energy) for unit_energy in (False, True)]
for name, (weights, accuracies) in zip(names, trained, strict=True):
    energies = (weights[0] ** 2).sum((1, 2, 3))
    print(
        f"{name:23} {accuracies[-1]:.1%} right, "
        f"energies from {energies.min():.2f} to {energies.max():.2f}"
    )
assert np.allclose(energies, 1, atol=1e-5)

# %%
# Both learn the digits. Unit energy keeps all filters alike in scale, so that outputs
# of the layer can be compared. The accuracies differ by chance only: the linear layer
# can scale its own weights.

fig, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for name, style, (_, accuracies) in zip(names, ("o--", "s-"), trained, strict=True):
    axes.plot(range(1, 9), 100 * np.array(accuracies), style, label=name)
axes.set(title="Digits held out", xlabel="epoch", ylabel="right (%)")
axes.legend()

fig, panels = plt.subplots(2, figsize=(10, 2), layout="constrained")
largest = max(abs(weights[0]).max() for weights, _ in trained)
for axes, name, (weights, _) in zip(panels, names, trained, strict=True):
    side_by_side = np.pad(
        weights[0][:, 0], ((0, 0), (0, 0), (0, 1)), constant_values=np.nan
    )
    picture = axes.imshow(
        np.hstack(side_by_side), cmap="RdBu_r", vmin=-largest, vmax=largest
    )
    axes.set(title=name)
    axes.set_axis_off()
fig.colorbar(picture, ax=panels, label="tap")
plt.show()
