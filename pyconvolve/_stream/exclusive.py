"""Keeps all threads but one from using a stream."""

from __future__ import annotations


class Exclusive:
    """A context that one thread at a time may be in: others get an error.

    Raises
    ------
    RuntimeError
        If another thread is in it.
    """

    __slots__ = ("_free",)

    def __init__(self) -> None:
        # Lists need no lock: who takes the item may go on.
        self._free = [True]

    def __enter__(self) -> None:
        try:
            self._free.pop()
        except IndexError:
            raise RuntimeError("another thread is using this stream") from None

    def __exit__(self, *_: object) -> None:
        self._free.append(True)
