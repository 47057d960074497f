"""Plans of convolutions, in microseconds: from arguments to programs that modules read.

There is one file for each decision. Python can call each decision.

problem         problems as structs
arguments       checks of arguments that depend on shapes
describe        from arguments to a problem
polyphase       branches of an up-sampled axis
memory          share of an array that no cache holds
direct_model    costs of a module that sums directly
blocks          the sort of tiles, chunks of taps and blocks of outputs
order           order and steps of axes
window          size and layout of the samples that a block needs
direct_work     counts of a direct convolution, and its seconds
dots            few outputs of many taps, as inner products
taps            columns of taps, and their offsets in the window
direct_program  a direct convolution, written down
radices         lengths of transforms, and their passes
fft_model       costs of a module that transforms
tiling          how many tiles of a length cover an axis
tile_work       work of tiles, and their cycles
tile_search     the fastest points of a tile
tile_choice     form and vectors of tiles, counts and seconds
tile_layout     axes of a tile, and their pitches
early_passes    passes that are run on rows just packed
tile_program    tiles, and the transforms of kernels, written down
twiddles        tables of roots of unity

A program is a block of bytes: a struct, with arrays behind it. The compiled modules of
the engines read it as it is: direct/program.pxd and fft/program.pxd.
"""

cimport cython
from common.boundary cimport CONSTANT
from common.elements cimport (
    ELEMENT_NAMES, ELEMENTS, INT64, MOST_AXES, NONE, SAME, STORING_NAMES, STORINGS
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from common.odometer cimport Odometer, advance, skip, start
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
include "arguments.pxi"
include "describe.pxi"
include "polyphase.pxi"
include "memory.pxi"
include "direct_model.pxi"
include "blocks.pxi"
include "order.pxi"
include "window.pxi"
include "direct_work.pxi"
include "dots.pxi"
include "taps.pxi"
include "direct_program.pxi"
include "radices.pxi"
include "fft_model.pxi"
include "tiling.pxi"
include "tile_work.pxi"
include "tile_search.pxi"
include "tile_choice.pxi"
include "tile_layout.pxi"
include "early_passes.pxi"
include "tile_program.pxi"
include "twiddles.pxi"
