"""
Find a template, although part of it is hidden
==============================================

A coin is found in a photograph that is darker on one side, and whose pixels are partly
hidden by a stamp. You see how a correlation coefficient ignores brightness and
contrast, how a mask leaves hidden pixels out of the image and of the template, and how
several templates are searched for in one call.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data, feature

import pyconvolve

coins = data.coins() / 255
row, column, size = 165, 186, 55
template = coins[row : row + size, column : column + size]

# %%
# The search
# ----------
#
# Light falls off to the right, and the photograph gets noise. A black stamp hides more
# than a third of the coin. ``hidden`` is True at its pixels.

light = np.linspace(1, 0.4, coins.shape[1])
noise = np.random.default_rng(0).normal(0, 0.02, coins.shape)
rows, columns = np.indices(coins.shape)
hidden = np.abs(rows + columns - 420) < 14
image = np.where(hidden, 0, coins * light + noise)
share = hidden[row : row + size, column : column + size].mean()
print(f"{share:.0%} of the coin are hidden")

# %%
# :func:`pyconvolve.normalized_correlate` returns the correlation coefficient of the
# template and the pixels under it, from -1 to 1. The index of the largest output is the
# position of the template's first pixel. Without the mask, the black pixels count, and
# another coin wins. With the mask, they are left out on both sides.

plain = pyconvolve.normalized_correlate(image, template)
masked = pyconvolve.normalized_correlate(image, template, mask=hidden)


def position(scores):
    return tuple(int(i) for i in np.unravel_index(scores.argmax(), scores.shape))


print(f"without the mask: {plain.max():.2f} at {position(plain)}")
print(f"with the mask:    {masked.max():.2f} at {position(masked)}")
assert position(masked) == (row, column) != position(plain)

fig, axes = plt.subplots(2, 2, figsize=(8.5, 6.4), layout="constrained")
axes[0, 0].imshow(template, cmap="gray", clim=(0, 1))
axes[0, 0].set_title("template")
axes[0, 1].imshow(image, cmap="gray", clim=(0, 1))
axes[0, 1].set_title("found: with mask (solid), without (dashed)")
for scores, colour, style in ((plain, "#D55E00", "--"), (masked, "#56B4E9", "-")):
    top, left = position(scores)
    box = plt.Rectangle((left, top), size, size, fill=False, ec=colour, ls=style, lw=3)
    axes[0, 1].add_patch(box)
for ax, title, scores in (
    (axes[1, 0], "coefficient without the mask", plain),
    (axes[1, 1], "coefficient with the mask", masked),
):
    drawn = ax.imshow(scores, cmap="cividis", clim=(-0.5, 1))
    ax.set_title(title)
fig.colorbar(drawn, ax=axes[1], shrink=0.8)
for ax in axes.flat:
    ax.set_axis_off()

# %%
# Two checks
# ----------
#
# Without a mask, scikit-image has the same coefficients. With it, an output is NumPy's
# correlation coefficient of the pixels that are seen.

difference = np.abs(plain - feature.match_template(image, template)).max()
window = (slice(row, row + size), slice(column, column + size))
seen = ~hidden[window]
by_numpy = np.corrcoef(image[window][seen], template[seen])[0, 1]
print(f"largest difference from scikit-image: {difference:.1e}")
print(f"difference from NumPy: {abs(masked[row, column] - by_numpy):.1e}")
assert difference < 1e-9
assert abs(masked[row, column] - by_numpy) < 1e-9

# %%
# Templates side by side
# ----------------------
#
# An axis of templates becomes an axis of the result. The coin is turned by four angles
# here, and the one that isn't turned has the largest coefficient.

turned = np.stack([np.rot90(template, turns) for turns in range(4)])
scores = pyconvolve.normalized_correlate(image[None], turned, mask=hidden, axes=(1, 2))
best = scores.max(axis=(1, 2))
print(dict(zip((0, 90, 180, 270), best.round(2).tolist(), strict=True)))
assert best.argmax() == 0
plt.show()
