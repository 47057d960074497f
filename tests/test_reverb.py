"""The example that plays a sound in a room, block by block."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal
from scipy.io import wavfile

from examples import run_example


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4"])
def test_a_file_of_two_channels(dtype: Any, tmp_path: Path) -> None:
    """The dry sound is a click in each channel: what follows it is the room."""
    rng, loudest = np.random.default_rng(0), 1.0
    sound = np.zeros((900, 2))
    sound[100, 0], sound[200, 1] = 0.5, -0.25
    zero = 128 if dtype == "u1" else 0
    if dtype != "f4":
        loudest = np.iinfo(dtype).max - zero
    noisy = sound + 0.01 * rng.standard_normal(sound.shape)
    wavfile.write(
        tmp_path / "in.wav", 8000, (noisy * loudest + zero).round(7).astype(dtype)
    )
    _, samples = wavfile.read(tmp_path / "in.wav")
    written = (samples.astype(float) - zero) / loudest
    said = run_example(
        "reverb.py", tmp_path, "in.wav", "--seconds", "0.1", "--wet", "1",
        "--block", "50", "--output", "out.wav",
    )  # fmt: skip
    assert "a response of 800 samples, blocks of 50" in said
    assert "a block lasts 6250 microseconds" in said
    rate, played = wavfile.read(tmp_path / "out.wav")
    assert (rate, played.shape) == (8000, (900 + 800 - 1, 2))
    for channel in range(2):
        decay = 10 ** (-3 * np.arange(800) / 800)
        room = decay * np.random.default_rng(channel).standard_normal(800)
        room /= np.linalg.norm(room)
        want = scipy.signal.convolve(written[:, channel], room)
        np.testing.assert_allclose(played[:, channel], want, rtol=0, atol=1e-5)


def test_without_a_file(tmp_path: Path) -> None:
    run_example("reverb.py", tmp_path, "--seconds", "0.05")
    rate, played = wavfile.read(tmp_path / "reverb.wav")
    assert rate == 48_000
    assert played.shape == (5 * 24_000 + 2400 - 1,)
    assert 0.1 < abs(played).max() <= 1
