from typing import Any

# Names -> numbers, as compiled code has them.
ELEMENTS: dict[str, int]
STORING: dict[str, int]

class Separable:
    tiles: int
    scratch: int
    def __init__(self, program: bytes, table: object) -> None: ...
    def run(
        self,
        job: Any,
        number: int,
        first: int,
        last: int,
        stop: Any,
        scratch: Any,
        phase: int = ...,
        tile: int = ...,
        shared: Any = ...,
    ) -> None: ...
