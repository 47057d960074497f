"""Where the memory of results comes from."""

from .._kernels._memory import empty

__all__ = ["empty"]
