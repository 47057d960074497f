INSTRUCTION_SETS: tuple[str, ...]
WIDE: tuple[str, ...]
BASES: dict[str, str]
OWN: frozenset[tuple[str, str]]
FLAGS: tuple[str, ...]
COMPILER: str
CYTHON: str
