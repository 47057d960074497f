"""
Features of random, learned and hand-made kernels
=================================================

The filters of a first layer need not be trained. This example computes features of
handwritten digits with four banks of 16 filters: random ones, random ones that are
orthogonal, filters learned from patches of the images without their labels, and edges
and corners made by hand. A linear classifier tells how useful they are, beside the
pixels themselves.
"""

# %%
# Half of the digits are for training, half are held out.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeClassifier

from pyconvolve import kernels, nn

plt.style.use("tableau-colorblind10")

digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.images))
images = digits.images[order] / 16
labels = digits.target[order]
half = len(images) // 2

# %%
# The features of a bank: outputs of the filters, with negative ones set to zero, and
# the means of 2x2 outputs. The classifier is linear least squares, with a penalty that
# is the same for all.


def accuracy(features):
    """Return the share of the digits held out that a linear classifier gets right."""
    scaled = features / features[:half].std()
    classifier = RidgeClassifier(alpha=10).fit(scaled[:half], labels[:half])
    return classifier.score(scaled[half:], labels[half:])


def features_of(bank, least=0):
    """Return the pooled outputs of a bank of filters, one row for each image."""
    outputs = nn.conv(images[:, np.newaxis], bank[:, np.newaxis], padding=1)
    return nn.mean_pool(np.maximum(outputs, least), 2).reshape(len(images), -1)


# %%
# Kernels are made for convolution, and layers correlate:
# :func:`pyconvolve.kernels.flip` turns them over. Each filter has unit energy.
# :func:`pyconvolve.kernels.random` and :func:`pyconvolve.kernels.learn` depend on a
# seed, so there are four banks of each.


def by_hand():
    """Return edges in eight directions, four corners, and four spots and means."""
    spots = kernels.laplacian(), -kernels.laplacian()
    means = kernels.gaussian(1.0, ndim=2, size=3), kernels.box((3, 3))
    bank = np.stack([*kernels.robinson(), *kernels.corner(), *spots, *means])
    return kernels.normalize(bank, "l2", axis=(1, 2))


def orthogonal(seed):
    """Return filters whose products with each other are zero: nine, and seven more."""
    return np.concatenate(
        [
            kernels.random((3, 3), count, rng=[seed, count], orthogonal=True)
            for count in (9, 7)
        ]
    )


seeds = range(4)
banks = {
    "hand-made": [by_hand()],
    "random": [kernels.random((3, 3), 16, rng=seed) for seed in seeds],
    "random, orthogonal": [orthogonal(seed) for seed in seeds],
    "learned": [
        kernels.learn(images[:half], 16, (3, 3), stride=2, rng=seed) for seed in seeds
    ],
}
pixels = accuracy(images.reshape(len(images), -1))
found = {
    name: [accuracy(features_of(kernels.flip(bank, (1, 2)))) for bank in some]
    for name, some in banks.items()
}
print(f"{'pixels':20}{pixels:.1%}")
for name, values in found.items():
    print(f"{name:20}{np.mean(values):.1%} from {min(values):.1%} to {max(values):.1%}")
assert min(map(min, found.values())) > pixels

# %%
# All banks are better than the pixels, the random ones, too. That negative outputs are
# set to zero is essential. Without this step, features are linear in the pixels, and a
# linear classifier gains little by them.

linear = accuracy(features_of(banks["random"][0], least=-np.inf))
print(f"random, negative outputs left as they are: {linear:.1%}")
assert linear < min(map(min, found.values()))

fig, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
for row, values in enumerate(found.values()):
    axes.plot(100 * np.array(values), np.full(len(values), row), "o", alpha=0.6)
    axes.plot(100 * np.mean(values), row, "|", color="black", markersize=20)
axes.axvline(100 * pixels, color="black", linestyle="--", label="pixels")
axes.set_yticks(range(len(found)), found)
axes.set(xlabel="digits held out that are right (%)", ylim=(-0.5, len(found) - 0.5))
axes.set_title("A linear classifier on features of 16 filters; a point for each bank")
axes.legend(loc="center")

fig, panels = plt.subplots(4, figsize=(9, 4.5), layout="constrained")
for axes, (name, some) in zip(panels, banks.items(), strict=True):
    framed = np.pad(some[0], ((0, 0), (0, 0), (0, 1)), constant_values=np.nan)
    picture = axes.imshow(np.hstack(framed), cmap="RdBu_r", vmin=-1, vmax=1)
    axes.set_title(name)
    axes.set_axis_off()
fig.colorbar(picture, ax=panels, label="tap", shrink=0.6)

# %%
# How many filters
# ----------------
#
# More random filters are better features, and one more helps less and less.

counts = 1, 2, 4, 8, 16
curves = np.array(
    [
        [accuracy(features_of(kernels.random((3, 3), n, rng=seed))) for n in counts]
        for seed in range(3)
    ]
)
fig, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
axes.plot(counts, 100 * curves.T, color="C2", linewidth=1)
axes.plot(counts, 100 * curves.mean(axis=0), "o-", color="C0", label="mean of 3 draws")
axes.axhline(100 * pixels, color="black", linestyle="--", label="pixels")
axes.set_xscale("log", base=2)
axes.set_xticks(counts, counts)
axes.set(xlabel="random filters", ylabel="right (%)", title="Number of filters")
axes.legend()
plt.show()
