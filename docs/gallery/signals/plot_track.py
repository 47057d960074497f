"""
Smooth a noisy track by its past
================================

A receiver of GPS gives a position each second. The positions are noisy, and a few are
far off. A program that runs while somebody walks can use earlier positions only. This
example smooths the track with a causal kernel, shows that less noise means more lag,
and does the same with rows that arrive one at a time.
"""

# %%
# A walk of ten minutes at 1.4 m/s, in metres. The noise of each coordinate has a
# standard deviation of 3 m. About four of 100 positions are wrong by 40 m more.

import matplotlib.pyplot as plt
import numpy as np

import pyconvolve
from pyconvolve import kernels

plt.style.use("tableau-colorblind10")

rng = np.random.default_rng(0)
seconds = np.arange(600)
speed, noise = 1.4, 3.0
heading = 1.2 * np.sin(seconds / 60) + seconds / 150
steps = speed * np.column_stack([np.sin(heading), np.cos(heading)])
walk = steps.cumsum(axis=0)

track = walk + rng.normal(0, noise, walk.shape)
wrong = rng.random(len(track)) < 0.04
angle = rng.uniform(0, 2 * np.pi, wrong.sum())
track[wrong] += 40 * np.column_stack([np.cos(angle), np.sin(angle)])

# %%
# A position is an outlier if it is more than 15 m from the median of the last five
# positions. It becomes NaN. :func:`pyconvolve.normalized_convolve` gives NaN no weight:
# each output is a mean of the samples that exist.
#
# The taps of :func:`pyconvolve.kernels.exponential` halve every second and a half, and
# are zero before the centre, so that no output uses a later sample. With
# ``edges="renormalize"`` the first outputs are means of the few samples there are.

padded = np.pad(track, ((4, 0), (0, 0)), "edge")
last_five = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=0)
median = np.median(last_five, axis=2)
outlier = np.hypot(*(track - median).T) > 15
cleaned = np.where(outlier[:, None], np.nan, track)

kernel = kernels.exponential(halflife=1.5)
smooth = pyconvolve.normalized_convolve(cleaned, kernel, axes=0, edges="renormalize")


def error(found):
    """Return the root of the mean squared distance from the walk, in metres."""
    return np.sqrt(((found - walk) ** 2).sum(axis=1).mean())


naive = pyconvolve.normalized_convolve(track, kernel, axes=0, edges="renormalize")
print(f"{outlier.sum()} outliers found, {wrong.sum()} made")
print(f"error of the positions        {error(track):5.2f} m")
print(f"smoothed with outliers        {error(naive):5.2f} m")
print(f"smoothed without outliers     {error(smooth):5.2f} m")

fig, (top, bottom) = plt.subplots(2, figsize=(7, 7), layout="constrained")
for axes, part in (top, slice(None)), (bottom, slice(220, 280)):
    axes.plot(*track[part].T, ".", color="C2", label="positions")
    axes.plot(*walk[part].T, "--", color="black", label="walk")
    axes.plot(*smooth[part].T, color="C0", label="smoothed")
    axes.set(xlabel="east (m)", ylabel="north (m)")
    axes.set_aspect("equal", adjustable="datalim")
top.set_title("Ten minutes")
bottom.set_title("One minute of it")
top.legend()

# %%
# Lag against noise
# -----------------
#
# A mean of the past lags behind. The lag is the mean age of the samples, in seconds,
# and the error by it is the lag times the speed. The noise is multiplied by the root of
# the sum of the squares of the taps. A long half-life has little noise and a large lag,
# so there is a best one.

halflives = np.array([0.5, 1, 1.5, 2, 3, 4, 6, 8, 12])
lags, gains, errors = [], [], []
for halflife in halflives:
    taps = kernels.exponential(halflife=halflife)
    past = taps[len(taps) // 2 :]
    lags.append(np.arange(len(past)) @ past)
    gains.append(np.sqrt((past**2).sum()))
    found = pyconvolve.normalized_convolve(cleaned, taps, axes=0, edges="renormalize")
    errors.append(error(found))
by_lag = speed * np.array(lags)
by_noise = np.sqrt(2) * noise * np.array(gains)
print(f"smallest error {min(errors):.2f} m, half-life {halflives[np.argmin(errors)]} s")

fig, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.plot(halflives, by_lag, "s--", label="by the lag, on a straight way")
axes.plot(halflives, by_noise, "^--", label="by the noise")
axes.plot(halflives, np.hypot(by_lag, by_noise), "-", color="black", label="both")
axes.plot(halflives, errors, "o", color="C3", label="measured")
axes.set(xscale="log", xlabel="half-life (s)", ylabel="error (m)", ylim=(0, 12))
axes.set_title("The error of the smoothed track")
axes.set_xticks(halflives[[0, 1, 3, 5, 7]], halflives[[0, 1, 3, 5, 7]])
axes.minorticks_off()
axes.legend()

# %%
# Row by row
# ----------
#
# A :class:`pyconvolve.Stream` takes samples as they come. The mean of the samples that
# exist is a quotient of two convolutions: of the positions with zeros in the gaps, and
# of weights that are 0 in the gaps and 1 elsewhere. All three columns go through one
# stream. It takes the taps from the centre on, because its tap 0 is the newest sample.

stream = pyconvolve.Stream(kernel[len(kernel) // 2 :], axis=0)
rows = np.column_stack([np.where(outlier[:, None], 0, track), ~outlier])
live = []
for row in rows:
    east, north, weight = stream(row[None])[0]
    live.append((east / weight, north / weight))

difference = abs(np.array(live) - smooth).max()
print(f"largest difference from the whole track: {difference:.1e} m")
assert difference < 1e-9
plt.show()
