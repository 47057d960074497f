INSTRUCTION_SETS: tuple[str, ...]
FLAGS: tuple[str, ...]
COMPILER: str
CYTHON: str
