from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST: int

def empty(shape: tuple[int, ...], dtype: np.dtype) -> NDArray[Any]: ...
def clear_pool() -> None: ...
def same_bytes(first: NDArray[Any], second: NDArray[Any]) -> bool: ...
