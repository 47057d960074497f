"""The network that learns digits, its example and its command, at a small size."""

# ruff: noqa: E402

import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyconvolve import cli

for name in ("matplotlib", "rich", "sklearn"):
    pytest.importorskip(name)

from pyconvolve.demo import digits, network

EXAMPLE = Path(__file__).parents[1] / "examples" / "digits.py"


def test_gradients_equal_finite_differences() -> None:
    rng = np.random.default_rng(0)
    weights = [w.astype(float) for w in network.draw(8, 10, rng)]
    images, labels = rng.standard_normal((7, 1, 8, 8)), rng.integers(0, 10, 7)
    _, gradients = network.loss_and_gradients(network.Network(*weights), images, labels)

    def loss(step: float) -> float:
        moved = (w + step * d for w, d in zip(weights, directions, strict=True))
        return network.loss_and_gradients(network.Network(*moved), images, labels)[0]

    for chosen in range(len(weights)):
        directions = [np.zeros(w.shape) for w in weights]
        directions[chosen] = rng.standard_normal(weights[chosen].shape)
        slope = (loss(1e-6) - loss(-1e-6)) / 2e-6
        want = np.vdot(gradients[chosen], directions[chosen])
        assert slope == pytest.approx(want, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("first", digits.FIRST)
def test_it_learns(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    results = digits.train(800, 8, first)
    assert [training.name for training in results] == [
        "all trained", "filters of unit energy", f"first layer {first}",
    ]  # fmt: skip
    for training in results:
        assert training.filters.shape == (16, 3, 3)
        assert training.accuracy > 0.88, training
        assert training.losses[-1] < 0.4 * training.losses[0]
    norms = [np.linalg.norm(t.filters, axis=(1, 2)) for t in results]
    assert abs(norms[0] - 1).max() > 0.01
    np.testing.assert_allclose(norms[1], 1, rtol=1e-6)
    seen, _ = digits.load(800)
    fixed = digits.first_layer(first, seen.images)[:, 0]
    np.testing.assert_array_equal(results[2].filters, fixed)
    np.testing.assert_allclose(np.linalg.norm(fixed, axis=(1, 2)), 1, rtol=1e-6)


def test_digits_are_held_out() -> None:
    seen, held_out = digits.load()
    assert len(seen.labels) + len(held_out.labels) == 1797
    assert abs(seen.images.mean()) < 1e-6
    both = {image.tobytes() for image in seen.images} & {
        image.tobytes() for image in held_out.images
    }
    assert not both
    assert {*held_out.labels} == {*range(10)}


def test_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not EXAMPLE.exists():
        pytest.skip("the examples are not here")
    output = tmp_path / "filters.png"
    argv = ["--images", "200", "--epochs", "1", "--first", "random"]
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), *argv, "--output", str(output)])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert output.read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    assert printed.count("of the digits held out are right") == 3
    assert "first layer random" in printed


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    load: Any = digits.load
    monkeypatch.setattr(digits, "load", lambda count: load(count or 120))
    monkeypatch.setattr(digits, "EPOCHS", 1)


@pytest.mark.usefixtures("few")
def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "filters.png"
    assert cli.main(["demo", "--digits", "--output", str(output)]) == 0
    assert output.exists()
    printed = capsys.readouterr().out
    assert printed.count("of the digits held out are right") == 3
    assert str(output) in printed


@pytest.mark.usefixtures("few")
def test_wrong_use_of_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["demo", "--digits", "--output", "filters.txt"]) == 2
    assert "filters.txt" in capsys.readouterr().err
    folder = tmp_path / "filters.png"
    folder.mkdir()
    assert cli.main(["demo", "--digits", "--output", str(folder)]) == 2
    assert "can't write" in capsys.readouterr().err
    assert cli.main(["demo", "--digits", "photo.png"]) == 2
    assert "--digits can't be combined with PHOTO" in capsys.readouterr().err


def test_missing_scikit_learn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert cli.main(["demo", "--digits"]) == 1
    printed = capsys.readouterr().err
    assert "it needs sklearn" in printed
    assert 'pip install "pyconvolve[demo]"' in printed
