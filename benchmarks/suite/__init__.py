"""Time, peak memory and share of FMA peak, commit by commit, with airspeed velocity.

asv discards the stored results of a benchmark if the source of its timed function or of
its setup changes, comments included. So change these only if the measurement changes.
"""

import os
import sys
from pathlib import Path

# Set before NumPy is imported: BLAS would start threads, which take memory.
for _library in ("MKL", "OMP", "OPENBLAS"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

# timing.py is in the parent folder, for other programs use it, too.
sys.path.append(str(Path(__file__).parents[1]))
