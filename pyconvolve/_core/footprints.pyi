from typing import Any

class Footprint:
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

class Search:
    tiles: int
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

class Scatter:
    def __init__(self, table: object) -> None: ...
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
