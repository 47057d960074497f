INSTRUCTION_SETS: tuple[str, ...]
WIDE: tuple[str, ...]
FLAGS: tuple[str, ...]
COMPILER: str
CYTHON: str
