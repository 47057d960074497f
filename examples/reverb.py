"""Plays a sound in a room, block by block, from a wav file to a wav file.

The room's impulse response is noise that decays exponentially. Each channel of a file
has noise of its own. Without a file, the program makes a plucked string.

    python examples/reverb.py
    python examples/reverb.py speech.wav --output hall.wav --seconds 3 --wet 0.5

It prints the microseconds that blocks took, beside those that their samples last.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from pyconvolve import Stream


def main() -> None:
    """Read a sound, play it in a room, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, nargs="?", help="a wav file")
    parser.add_argument("--output", type=Path, default=Path("reverb.wav"))
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="for the echo to fall by 60 dB"
    )
    parser.add_argument("--wet", type=float, default=0.3, help="share of the echo")
    parser.add_argument("--block", type=int, default=64, help="samples of a block")
    given = parser.parse_args()
    if given.seconds <= 0 or not 0 <= given.wet <= 1 or given.block < 1:
        parser.error("--seconds and --block must be above 0, --wet from 0 to 1")
    if given.file is None:
        rate, sound = 48_000, plucked_string(48_000)
    else:
        rate, sound = read(given.file)
    rooms = [room(given.seconds, rate, seed) for seed in range(len(sound))]
    streams = [Stream(response, block=given.block) for response in rooms]
    # the echo lasts as long as the room's response behind the last sample
    padded = np.pad(sound, ((0, 0), (0, len(rooms[0]) - 1)))
    played, times = np.empty_like(padded), []
    for block in blocks(padded.shape[1], given.block):
        begin = time.perf_counter()
        for stream, samples, echo in zip(streams, padded, played, strict=True):
            stream(samples[block], out=echo[block])
        times.append(time.perf_counter() - begin)
    mixed = (1 - given.wet) * padded + given.wet * played
    wavfile.write(given.output, rate, (mixed / max(abs(mixed).max(), 1)).T)
    mean, late = 1e6 * np.mean(times), 1e6 * np.percentile(times, 99)
    print(f"a response of {len(rooms[0]):,} samples, blocks of {given.block}")
    print(f"a block lasts {1e6 * given.block / rate:.0f} microseconds")
    print(f"its convolution took {mean:.0f}, in 99 of 100 blocks less than {late:.0f}")
    print(f"saved as {given.output}")


def room(seconds: float, rate: int, seed: int) -> np.ndarray:
    """Return noise that falls by 60 dB in so many seconds, of unit energy."""
    count = max(round(seconds * rate), 1)
    decay = 10 ** (-3 * np.arange(count) / count)
    response = decay * np.random.default_rng(seed).standard_normal(count)
    return (response / np.linalg.norm(response)).astype(np.float32)


def plucked_string(rate: int) -> np.ndarray:
    """Return five notes of a string: harmonics, the higher the sooner they fade."""
    t = np.arange(rate // 2) / rate
    harmonics = np.arange(1, 12)[:, None]
    notes = [
        np.sum(np.sin(2 * np.pi * f * harmonics * t) * np.exp(-4 * harmonics * t), 0)
        for f in 220 * 2 ** (np.array([0, 3, 7, 10, 12]) / 12)
    ]
    return 0.1 * np.concatenate(notes, dtype=np.float32)[None]


def read(path: Path) -> tuple[int, np.ndarray]:
    """Read the samples of each channel, from -1 to 1."""
    rate, samples = wavfile.read(path)
    # samples of 8 bits have no sign
    middle = 128 if samples.dtype == np.uint8 else 0
    largest = 1.0
    if samples.dtype.kind in "iu":
        largest = np.iinfo(samples.dtype).max - middle
    channels = np.atleast_2d(samples.T).astype(np.float32)
    return rate, (channels - middle) / np.float32(largest)


def blocks(samples: int, length: int) -> Iterator[slice]:
    """Cut samples into blocks; the last may be shorter."""
    for first in range(0, samples, length):
        yield slice(first, min(first + length, samples))


if __name__ == "__main__":
    main()
