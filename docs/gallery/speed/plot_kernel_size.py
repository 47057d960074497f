"""
Time against the size of the kernel
===================================

Direct sums take a time that grows with the number of taps. Transforms take nearly the
same time for all kernels. This example measures both on an image of 512x512 pixels,
beside SciPy, and shows which one pyconvolve chooses and why. All numbers are those of
the machine that ran this page.
"""

# %%
# Kernels of 3x3 to 63x63 random taps, in single precision. The best of a few calls is
# the time of a function. One thread is used, also by pyconvolve.

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import scipy.ndimage
import scipy.signal

import pyconvolve

plt.style.use("tableau-colorblind10")

rng = np.random.default_rng(0)
image = rng.standard_normal((512, 512), np.float32)
sizes = [3, 5, 7, 11, 15, 23, 31, 45, 63]


def milliseconds(function, *arguments, **rules):
    """Return the least time of a call, after one that is not counted."""
    function(*arguments, **rules)
    best, end = np.inf, perf_counter() + 0.05
    while perf_counter() < end:
        start = perf_counter()
        function(*arguments, **rules)
        best = min(best, perf_counter() - start)
    return 1000 * best


# %%
# The functions. ``scipy.ndimage`` would take seconds for large kernels, so it is
# measured up to 15x15.

functions = {
    "pyconvolve, direct": lambda h: pyconvolve.convolve(image, h, "same", "direct"),
    "pyconvolve, fft": lambda h: pyconvolve.convolve(image, h, "same", "fft"),
    "pyconvolve, auto": lambda h: pyconvolve.convolve(image, h, "same"),
    "scipy.signal.fftconvolve": lambda h: scipy.signal.fftconvolve(image, h, "same"),
    "scipy.ndimage.convolve": lambda h: scipy.ndimage.convolve(
        image, h, mode="constant"
    ),
}
largest_size = {"scipy.ndimage.convolve": 15}

times = {name: [] for name in functions}
difference = 0.0
with pyconvolve.set_workers(1):
    for size in sizes:
        h = rng.standard_normal((size, size), np.float32) / size
        expected = scipy.signal.fftconvolve(image.astype(float), h, "same")
        for name, function in functions.items():
            if size <= largest_size.get(name, np.inf):
                times[name].append(milliseconds(function, h))
                error = abs(function(h) - expected).max() / expected.std()
                difference = max(difference, error)
print(f"all agree: largest difference {difference:.0e} of the deviation of an output")
assert difference < 1e-4

fig, axes = plt.subplots(figsize=(8, 5), layout="constrained")
styles = "s--", "^--", "o-", "v:", "D:"
for style, (name, values) in zip(styles, times.items(), strict=True):
    axes.loglog(sizes[: len(values)], values, style, label=name)
axes.set_xticks(sizes, sizes)
axes.minorticks_off()
axes.set(xlabel="taps along each axis", ylabel="time of a call (ms)")
axes.set_title("512x512 pixels by a square kernel, float32, one thread")
axes.legend()

# %%
# The choice
# ----------
#
# :func:`pyconvolve.explain` tells which engine ``auto`` uses, the time that each engine
# is expected to take, and the memory beside the arrays. It computes nothing. The times
# come from a model of the processor. ``pyconvolve tune`` fits it to a machine.

random_taps = rng.standard_normal((31, 31), np.float32)
print(pyconvolve.explain(image, random_taps, "same", workers=1))

# %%
# The taps matter, too. Equal taps are summed at a cost that hardly depends on their
# number.

box = np.ones((31, 31), np.float32)
print(pyconvolve.explain(image, box, "same", workers=1))

# %%
# Expected times beside measured ones. The choice changes where expected times cross.

plans = []
for size in sizes:
    taps = rng.standard_normal((size, size), np.float32)
    plans.append(pyconvolve.explain(image, taps, "same", workers=1))

print("milliseconds:        direct               fft")
print("taps    chosen  expected measured  expected measured")
for row, (size, plan) in enumerate(zip(sizes, plans, strict=True)):
    direct, fft = (1000 * plan.seconds[engine] for engine in ("direct", "fft"))
    print(
        f"{size:2}x{size:<2} {plan.engine:>8} "
        f"{direct:9.2f} {times['pyconvolve, direct'][row]:8.2f} "
        f"{fft:9.2f} {times['pyconvolve, fft'][row]:8.2f}"
    )

fig, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
for engine, color, marker in ("direct", "C0", "s"), ("fft", "C1", "^"):
    expected = [1000 * plan.seconds[engine] for plan in plans]
    axes.loglog(sizes, expected, color=color, label=f"{engine}, expected")
    measured = times[f"pyconvolve, {engine}"]
    axes.loglog(sizes, measured, marker, color=color, label=f"{engine}, measured")
axes.set_xticks(sizes, sizes)
axes.minorticks_off()
axes.set(xlabel="taps along each axis", ylabel="time of a call (ms)")
axes.set_title("Expected and measured times")
axes.legend()
plt.show()
