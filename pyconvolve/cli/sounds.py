"""Reads and writes .wav files: integers of 8, 16, 24 and 32 bits, and floats."""

from __future__ import annotations

import struct
import warnings
import wave
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile

from .contents import Content


def read(file: BinaryIO) -> Content:
    """Read a sound, of shape (samples,) or (samples, channels)."""
    try:
        bits = _bits(file)
        file.seek(0)
        with warnings.catch_warnings():
            # about chunks that hold no samples, such as names of songs
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            rate, samples = wavfile.read(file)
    except (OSError, MemoryError):
        raise
    except Exception as error:
        # SciPy uses sizes and chunks before it checks that they are there
        raise ValueError(f"it is a broken wav file: {error}") from None
    if samples.dtype == np.uint8:
        # silence is 128
        samples = (samples ^ 0x80).view(np.int8)
    save = partial(_save, rate, bits == 24)
    return Content("wav", samples, (0,), "constant", samples.dtype, "saturate", save)


def _bits(file: BinaryIO) -> int:
    """Return the number of bits of a sample; 0 if the file does not say it."""
    order = ">" if file.read(12).startswith(b"RIFX") else "<"
    while len(header := file.read(8)) == 8:
        name, size = struct.unpack(f"{order}4sI", header)
        if name == b"fmt ":
            found: int = struct.unpack_from(f"{order}H", file.read(size), 14)[0]
            return found
        file.seek(size + size % 2, 1)
    return 0


def _save(
    rate: int, is_24_bits: bool, result: NDArray[Any], file: BinaryIO, format: str
) -> None:
    if format == "npy":
        np.save(file, result)
        return
    if format != "wav":
        raise ValueError(f"a sound can be saved as wav or npy only, not as {format}")
    if is_24_bits and result.dtype == np.int32:
        _save_24_bits(rate, result, file)
        return
    if result.dtype == np.int8:
        result = result.view(np.uint8) ^ 0x80
    elif result.dtype.name not in ("int16", "int32", "float32", "float64"):
        raise ValueError(
            "samples of a wav file must be int8, int16, int32, float32 or float64, "
            f"not {result.dtype.name}"
        )
    wavfile.write(file, rate, np.ascontiguousarray(result))


def _save_24_bits(rate: int, result: NDArray[Any], file: BinaryIO) -> None:
    # SciPy multiplies samples of 24 bits by 256, so that they overflow as 32 bits do
    rounded = (np.minimum(result, np.iinfo(np.int32).max - 128) + 128) >> 8
    little = np.ascontiguousarray(rounded, "<i4")
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1 if result.ndim == 1 else result.shape[1])
        sound.setsampwidth(3)
        sound.setframerate(rate)
        sound.writeframes(little.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
