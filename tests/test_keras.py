"""Keras' own tests of layers, by its NumPy backend on pyconvolve.

The backend calls JAX for layers; `keras_backend` replaces these functions.
"""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Modules with tests -> tests that must pass, at least.
LAYERS = {
    "keras.src.layers.convolutional.conv_test": 30,
    "keras.src.layers.convolutional.conv_transpose_test": 180,
    "keras.src.layers.convolutional.depthwise_conv_test": 15,
    "keras.src.layers.convolutional.separable_conv_test": 12,
    "keras.src.ops.nn_test": 100,
}
POOLING = {
    "keras.src.layers.pooling.average_pooling_test": 25,
    "keras.src.layers.pooling.max_pooling_test": 25,
    "keras.src.ops.nn_test": 8,
}
# They train, which the NumPy backend does not, with or without pyconvolve.
LEFT_OUT = "enable_lora"


def run(modules: dict[str, int], chosen: str, tmp_path: Path) -> tuple[int, str]:
    """Return the number of tests that passed, and the last output of pytest."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    environment = {
        **os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": "",
        "KERAS_BACKEND": "numpy", "KERAS_HOME": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "-p", "keras_backend", "-W", "ignore"),
            *("-c", "pytest.ini", "-k", f"({chosen}) and not {LEFT_OUT}"),
            *("--pyargs", *modules),
        ],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1200,
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed, done.stdout[-3000:]
    assert not re.search(r"\d+ (failed|error)", done.stdout), done.stdout[-3000:]
    return int(passed[1]), done.stdout


@pytest.fixture(autouse=True)
def keras() -> None:
    for name in ("keras", "jax"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")


def calls_of(printed: str) -> dict[str, int]:
    counted = re.findall(r"(\w+)=(\d+)", printed.partition("calls: ")[2])
    return {name: int(count) for name, count in counted}


def test_layers(tmp_path: Path) -> None:
    passed, printed = run(LAYERS, "conv", tmp_path)
    assert passed >= sum(LAYERS.values())
    calls = calls_of(printed)
    for name in ("conv", "depthwise_conv", "conv_transpose"):
        assert calls[name] >= 50, calls


def test_pooling(tmp_path: Path) -> None:
    passed, printed = run(POOLING, "pool and not adaptive", tmp_path)
    assert passed >= sum(POOLING.values())
    calls = calls_of(printed)
    for name in ("max_pool", "average_pool"):
        assert calls[name] >= 20, calls
