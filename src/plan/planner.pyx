"""Plans of convolutions, in microseconds: from arguments to programs that kernels follow.

One file per decision: describe.pxi makes the problem, blocks.pxi and taps.pxi lay out
direct sums, tiles.pxi chooses tiles of transforms, program.pxi lays them out, radices.pxi
and twiddles.pxi have the tables of transforms. Each decision can be called from Python. A
program is a block of bytes, a struct with arrays behind it, that compiled engines read as
it is: direct/program.pxd and fft/program.pxd.
"""

cimport cython
from common.boundary cimport CONSTANT
from common.elements cimport (
    ELEMENT_NAMES, ELEMENTS, INT64, MOST_AXES, NONE, STORING_NAMES, STORINGS
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from direct.program cimport MOST_SPAN, DirectAxis, DirectProgram, Table
from fft.program cimport Blocks as RoundBlocks, Pass, Round, TileAxis, TileProgram
from libc.math cimport INFINITY, atan, ceil, cos, floor, log2, rint, sin, sqrt
from libc.string cimport memcpy, memset

import numpy as np

from pyconvolve._core import problem as problems
from pyconvolve._core.arguments import axes_of, check_type
from pyconvolve._core.boundary import CONTINUATIONS
from pyconvolve._core.dtypes import element_name, real_type

cdef extern from "math.h" nogil:
    long double atanl(long double x)
    long double cosl(long double x)
    long double sinl(long double x)

cdef extern from "Python.h":
    Py_ssize_t PY_SSIZE_T_MAX

cdef enum:
    CACHE_LINE_BYTES = 64
    L1_WAYS = 8                     # lines of a set of the L1 cache

include "problem.pxi"
include "describe.pxi"
include "blocks.pxi"
include "taps.pxi"
include "radices.pxi"
include "tiles.pxi"
include "program.pxi"
include "twiddles.pxi"
