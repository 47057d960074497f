"""
Resample audio from 44.1 to 48 kHz
==================================

Sound of a compact disc has 44,100 samples in a second, and that of video 48,000. The
ratio is 160 / 147. This example resamples a sweep with
:func:`pyconvolve.signal.resample_poly`, and shows what goes wrong if samples are left
out without a filter: frequencies above half of the new rate come back as others, which
is aliasing.
"""

# %%
# A sweep from 100 Hz to 20 kHz in two seconds. ``resample_poly`` puts 159 zeros after
# each sample, filters, and takes every 147th output. It computes neither the products
# with zeros nor the outputs between.

import matplotlib.pyplot as plt
import numpy as np
import scipy.signal

from pyconvolve import signal

plt.style.use("tableau-colorblind10")

rate, new_rate = 44_100, 48_000
seconds = np.arange(2 * rate) / rate
sweep = signal.chirp(seconds, 100, 2, 20_000)
resampled = signal.resample_poly(sweep, 160, 147)

by_scipy = scipy.signal.resample_poly(sweep, 160, 147)
print(f"{sweep.size} samples become {resampled.size}")
print(f"largest difference from SciPy: {abs(resampled - by_scipy).max():.1e}")
assert np.allclose(resampled, by_scipy, atol=1e-12)

# %%
# The same sweep can be computed at 48 kHz, and the resampled one should be equal to it.
# The error is small up to 16 kHz. Above, the filter of ``resample_poly`` begins to
# damp, because it has to end near 22.05 kHz.

ideal = signal.chirp(np.arange(resampled.size) / new_rate, 100, 2, 20_000)
reached = 100 + (20_000 - 100) / 2 * np.arange(ideal.size) / new_rate
for low, high in (500, 8_000), (8_000, 16_000), (16_000, 20_000):
    band = (reached > low) & (reached < high)
    error = np.sqrt(((resampled - ideal)[band] ** 2).mean() / (ideal[band] ** 2).mean())
    print(f"error from {low / 1000:4.1f} to {high / 1000:.0f} kHz: {error:.2%}")

# %%
# Half of the rate
# ----------------
#
# At 22.05 kHz there is room for frequencies up to 11.025 kHz. Every second sample alone
# folds the rest of the sweep down again. ``resample_poly`` filters first: soon after
# the sweep has passed this frequency, its remainder is 60 dB weaker. The faint lines at
# 48 kHz are images of the sweep, damped by the same filter.

plain = sweep[::2]
filtered = signal.resample_poly(sweep, 1, 2)

fig, panels = plt.subplots(
    2, 2, figsize=(10, 7), layout="constrained", sharex=True, sharey=True
)
for axes, sound, its_rate, title in (
    (panels[0, 0], sweep, rate, "Sweep at 44.1 kHz"),
    (panels[0, 1], resampled, new_rate, "resample_poly to 48 kHz"),
    (panels[1, 0], plain, rate / 2, "Every second sample"),
    (panels[1, 1], filtered, rate / 2, "resample_poly to 22.05 kHz"),
):
    how = {"NFFT": 512, "noverlap": 256, "vmin": -100, "vmax": -30}
    _, _, _, picture = axes.specgram(sound, Fs=its_rate / 1000, **how)
    axes.set(title=title, ylim=(0, 24), facecolor="0.8")
for axes in panels[:, 0]:
    axes.set_ylabel("frequency (kHz)")
for axes in panels[1]:
    axes.set_xlabel("time (ms)")
fig.colorbar(picture, ax=panels, label="power density (dB)", shrink=0.6)

# %%
# One tone
# --------
#
# A tone of 15 kHz has no place at 22.05 kHz. Every second sample makes a tone of
# 22.05 - 15 = 7.05 kHz of it, as loud as the first one. After the filter it is more
# than 60 dB weaker, and the tone of 5 kHz is as loud as before.

tones = np.sin(2 * np.pi * 5_000 * seconds) + np.sin(2 * np.pi * 15_000 * seconds)

fig, axes = plt.subplots(figsize=(8, 4), layout="constrained")
for sound, style, label in (
    (tones[::2], "C1-", "every second sample"),
    (signal.resample_poly(tones, 1, 2), "C0--", "resample_poly"),
):
    frequencies, power = signal.periodogram(sound, rate / 2, "hann", scaling="spectrum")
    decibels = 10 * np.log10(np.maximum(2 * power, 1e-15))
    axes.plot(frequencies / 1000, decibels, style, label=label)
    alias = decibels[abs(frequencies - 7_050) < 50].max()
    print(f"{label:20} at 7.05 kHz: {alias:6.1f} dB")
axes.set(xlabel="frequency (kHz)", ylabel="power (dB)", ylim=(-120, 10))
axes.set_title("Tones of 5 and 15 kHz, at half of the rate")
axes.legend(loc="upper right")
plt.show()
