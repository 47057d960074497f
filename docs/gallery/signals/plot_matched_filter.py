"""
Echoes in a seismogram by a matched filter
==========================================

A source sends a wavelet into the ground, and layers reflect it. Late echoes hardly
rise above the noise. This example finds their times by correlation with the wavelet. It
compares the plain matched filter with :func:`pyconvolve.normalized_correlate`, whose
threshold does not depend on the amplitude of the record.
"""

# %%
# A synthetic record: Ricker's wavelet of 25 Hz, sampled every 2 ms, and eight echoes.
# Their amplitudes fall with time, and some layers turn the sign. The noise is white.
# The first two seconds were recorded before the source was fired, and hold noise only.

import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import find_peaks

import pyconvolve
from pyconvolve import kernels

plt.style.use("tableau-colorblind10")

rate = 500  # samples in a second
frequency = 25  # where the wavelet's spectrum is largest, in hertz
wavelet = kernels.ricker(rate / (np.sqrt(2) * np.pi * frequency))

times = np.arange(-1000, 1000) / rate
arrivals = np.array([0.21, 0.37, 0.48, 0.71, 0.94, 1.18, 1.45, 1.72])
signs = np.array([1, -1, 1, 1, -1, 1, -1, 1])
amplitudes = signs * 1.5 / (1 + 2 * arrivals)

impulses = np.zeros(times.size)
impulses[np.rint((arrivals - times[0]) * rate).astype(int)] = amplitudes
echoes = pyconvolve.convolve(impulses, wavelet, "same")
record = echoes + np.random.default_rng(0).normal(0, 0.06, times.size)

# %%
# The matched filter correlates the record with the wavelet. Of all linear filters it
# gives the largest ratio of signal to white noise. The wavelet has unit energy, so that
# the output at an echo is the echo's amplitude, and white noise keeps its deviation.

matched = pyconvolve.correlate(record, wavelet, "same")
before = times < -0.1
print(f"noise in the record  {record[before].std():.3f}")
print(f"noise in the output  {matched[before].std():.3f}")
print(f"peak of the first echo: {echoes.max():.2f} before, {matched.max():.2f} after")

# %%
# The normalised correlation is the correlation coefficient of the wavelet and of the
# samples under it, from -1 to 1. A strong echo and a weak one both come near to 1.
# The threshold is the largest coefficient of the noise before the shot, and a tenth
# more. It stays the same if the record is amplified, or if a constant is added.

coefficient = pyconvolve.normalized_correlate(
    record, wavelet, "same", boundary="reflect"
)
threshold = 1.1 * abs(coefficient[before]).max()
peaks, _ = find_peaks(abs(coefficient), height=threshold, distance=10)

again = pyconvolve.normalized_correlate(
    1000 * record + 7, wavelet, "same", boundary="reflect"
)
assert np.allclose(again, coefficient)

# the coefficient at an echo, by NumPy
half = wavelet.size // 2
window = record[peaks[0] - half : peaks[0] + half + 1]
assert np.isclose(np.corrcoef(window, wavelet)[0, 1], coefficient[peaks[0]])

print(f"threshold {threshold:.2f}")
print("true (s)  found (s)  coefficient  amplitude: true, found")
for arrival, amplitude, peak in zip(arrivals, amplitudes, peaks, strict=True):
    print(
        f"{arrival:7.3f} {times[peak]:10.3f} {coefficient[peak]:11.2f} "
        f"{amplitude:15.2f} {matched[peak]:8.2f}"
    )
assert abs(times[peaks] - arrivals).max() <= 2.5 / rate

# %%
# All eight echoes are found, within two samples of their true times, with their signs,
# and nothing else is.

fig, panels = plt.subplots(3, sharex=True, figsize=(9, 7), layout="constrained")
panels[0].plot(times, record, color="C2", label="record")
panels[0].plot(times, echoes, color="C0", label="echoes without noise")
panels[0].set(title="Seismogram", ylabel="amplitude")
panels[1].plot(times, matched, color="C0")
panels[1].plot(arrivals, amplitudes, "o", color="C1", label="true amplitudes")
panels[1].set(title="Matched filter", ylabel="amplitude")
panels[2].plot(times, coefficient, color="C0")
panels[2].plot(times[peaks], coefficient[peaks], "v", color="C1", label="found")
for level in threshold, -threshold:
    panels[2].axhline(level, color="black", linestyle="--", linewidth=1)
panels[2].set(
    title=f"Normalised correlation, threshold {threshold:.2f}",
    xlabel="time after the shot (s)",
    ylabel="coefficient",
    xlim=(-0.5, 2),
    ylim=(-1, 1),
)
for axes in panels:
    axes.legend(loc="upper left")
plt.show()
