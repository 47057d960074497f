"""Time, peak memory and share of FMA peak, commit by commit, with airspeed velocity."""

import os
import sys
from pathlib import Path

# Before NumPy is imported: the threads and their memory would be BLAS's, not ours.
for _library in ("MKL", "OMP", "OPENBLAS"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

# timing.py is there for the programs beside this folder as well.
sys.path.append(str(Path(__file__).parents[1]))
