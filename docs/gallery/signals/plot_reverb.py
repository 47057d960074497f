"""
Reverb in blocks of 64 samples
==============================

A program that plays sound gets a short block of samples at a time, and has to return as
many before the next block comes. This example adds the reverb of a room to a plucked
melody by :class:`pyconvolve.Stream`, without latency. It shows that the result is that
of the whole convolution, how long blocks take, and how to change the room.
"""

# %%
# The melody: each string is a burst of noise in a delay line as long as a period, which
# loses high frequencies in each turn (Karplus and Strong, 1983). This is a recursive
# filter, :func:`pyconvolve.signal.lfilter`.

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

import pyconvolve
from pyconvolve import signal

plt.style.use("tableau-colorblind10")

rate, block = 48_000, 64
rng = np.random.default_rng(0)
melody = np.zeros(3 * rate, np.float32)
for number, pitch in enumerate([220, 262, 330, 440, 392, 330, 294, 220]):
    period = round(rate / pitch)
    feedback = np.zeros(period + 2)
    feedback[[0, period, period + 1]] = 1, -0.498, -0.498
    start = number * rate * 3 // 10
    burst = np.zeros(melody.size - start)
    burst[:period] = rng.uniform(-0.5, 0.5, period)
    melody[start:] += signal.lfilter([1], feedback, burst)

# %%
# The response of a room is the direct sound and noise that decays exponentially: its
# amplitude falls by 60 dB in the reverberation time.


def room(seconds):
    """Return the response of a room with a reverberation time in seconds."""
    times = np.arange(int(seconds * rate)) / rate
    response = 0.02 * rng.standard_normal(times.size) * 10 ** (-3 * times / seconds)
    response[0] = 1
    return response.astype(np.float32)


hall, studio = room(1.5), room(0.2)

# %%
# Each call takes 64 samples and returns 64. The first call prepares the kernel for the
# type of the samples. A block without samples does this before the sound begins.

stream = pyconvolve.Stream(hall, block=block)
stream(melody[:0])
wet = np.empty_like(melody)
taken = []
for first in range(0, melody.size, block):
    last = first + block
    start = perf_counter()
    stream(melody[first:last], out=wet[first:last])
    taken.append(perf_counter() - start)

whole = pyconvolve.convolve(melody, hall)[: melody.size]
print(f"taps of the room: {hall.size}, blocks: {len(taken)}")
print(f"largest difference from the whole convolution: {abs(wet - whole).max():.1e}")
print(f"largest sample: {abs(whole).max():.2f}")
assert np.allclose(wet, whole, atol=1e-5)

fig, panels = plt.subplots(
    2, 2, sharex=True, sharey="row", figsize=(10, 6), layout="constrained"
)
seconds = np.arange(melody.size) / rate
for (top, bottom), sound, title in zip(
    panels.T, (melody, wet), ("Melody", "Melody in a hall"), strict=True
):
    top.plot(seconds, sound, linewidth=0.3)
    top.set_title(title)
    _, _, _, picture = bottom.specgram(
        sound, NFFT=2048, Fs=rate, noverlap=1536, vmin=-140
    )
    bottom.set(xlabel="time (s)", ylim=(0, 8000))
panels[0, 0].set_ylabel("amplitude")
panels[1, 0].set_ylabel("frequency (Hz)")
fig.colorbar(picture, ax=panels[1], label="power density (dB)")

# %%
# Microseconds for a block
# ------------------------
#
# At 48 kHz a block of 64 samples lasts 1333 microseconds. A call that takes longer than
# this would be heard as a click. A stream spreads the work on the long tail of the room
# over the blocks. The numbers are those of the machine that ran this page. A call
# during which the system ran another program takes longer.

taken = 1e6 * np.array(taken)
lasts = 1e6 * block / rate
print(f"median {np.median(taken):.0f}, 99 % below {np.percentile(taken, 99):.0f} μs")
print(f"{(taken > lasts).sum()} of {taken.size} blocks took longer than they last")

fig, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
axes.hist(taken, bins=np.geomspace(taken.min(), max(taken.max(), 2 * lasts), 80))
axes.axvline(lasts, color="C1", linewidth=2, label="a block lasts this long")
axes.set(xscale="log", yscale="log", xlabel="time of a call (μs)", ylabel="blocks")
axes.set_title(f"Blocks of {block} samples, room of {hall.size} taps")
axes.legend()

# %%
# Another room
# ------------
#
# ``set_kernel`` changes the room while sound goes on. A fade of 0.1 s has no click: its
# outputs go in equal steps from those of the hall to those of the studio.

stream = pyconvolve.Stream(hall, block=block)
middle, fade = 750 * block, rate // 10
moved = []
for first in range(0, melody.size, block):
    if first == middle:
        stream.set_kernel(studio, fade=fade)
    moved.append(stream(melody[first : first + block]))
moved = np.concatenate(moved)

small = pyconvolve.convolve(melody, studio)[: melody.size]
weight = np.clip((np.arange(melody.size) - middle + 1) / (fade + 1), 0, 1)
expected = (1 - weight) * whole + weight * small
print(f"largest difference from two convolutions: {abs(moved - expected).max():.1e}")
assert np.allclose(moved, expected, atol=1e-5)

fig, axes = plt.subplots(figsize=(9, 3.5), layout="constrained")
axes.plot(seconds, whole, color="C2", linewidth=0.3, label="hall")
axes.plot(seconds, moved, color="C0", linewidth=0.3, label="hall, then studio")
axes.axvspan(middle / rate, (middle + fade) / rate, color="C1", alpha=0.5, label="fade")
axes.set(xlabel="time (s)", ylabel="amplitude", xlim=(0.5, 2))
axes.set_title("From the hall to the studio")
for line in axes.legend(loc="lower left").get_lines():
    line.set_linewidth(2)
plt.show()
