"""Separable filters: correlations along several axes, one after another.

    y_a[n] = sum over k of  h_a[k] * x~[n + o + k]      along each axis a

with x~ the numbers that the passes before have left, continued by the boundary rule of the
axis. The output is cut into tiles. In a tile, nothing between two passes is larger than
the planes under the taps of the next one, and these stay in the L2 cache:

- rows (rows.pxi): samples are packed, by the packer in common/pack.pxd, or read in place.
  The pass along rows reads a row and writes a row.
- levels (levels.pxi): the pass along any other axis sums rows number by number. A level
  holds so many planes as its taps reach, and a few more: it computes a few outputs at
  once. A plane is a row for the level that is filtered first, and has a row for each
  output of the levels before for another one.

The caller chooses the order of the levels, and when rows are filtered. Rows should be
contiguous in memory. If they are filtered later, the level that is filtered first reads
rows of the signal in place, and samples outside are added to a row just before it is
filtered.

This module knows addresses and bytes only. Functions of a table compute with the numbers
of lines: lines.pxd has the table, and lines.pyx the functions, for each element type and
instruction set.
"""

cimport cython
from common.array cimport aligned_data_of, data_of, stride_of
from common.boundary cimport CONSTANT, FOLD, fold
from common.elements cimport (
    ELEMENT_BYTES, ELEMENT_NAMES, ELEMENTS as _ELEMENTS, MOST_AXES, NONE, SAME, STORING_NAMES,
    STORINGS
)
from common.odometer cimport Odometer, advance, start
from common.pack cimport Channels, Source, Span, find_span, set_source, set_source_axis
from common.pages cimport CACHE_LINE
from common.poll cimport DONE, Poll, count_work, is_stopped, raise_outcome, start_poll
from common.simd cimport prefetch_to_write
from cpython.bytes cimport PyBytes_AS_STRING
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memmove
from lines cimport Ahead, Lines, Taps
from program cimport FilterAxis, FilterProgram

cdef enum:
    # Reals of outputs that go through a buffer together: some lines of them stay in the L1
    # cache.
    CHUNK = 512
    MANY = 64                       # outputs from which on they may be streamed
    MOST_ROWS = 16                  # lines that are computed together, at most
    PIECES = 3                      # of a row: either end, and the middle

# Names -> numbers in common/elements.h.
ELEMENTS = {ELEMENT_NAMES[i].decode(): i for i in range(_ELEMENTS)}
STORING = {STORING_NAMES[i].decode(): i for i in range(STORINGS)}

cdef struct Layout:                 # of scratch memory: bytes
    Py_ssize_t wide                 # of a row of samples under the taps of a row
    Py_ssize_t narrow               # of a row of outputs
    Py_ssize_t pitch[MOST_AXES]     # between two rows that a level reads
    Py_ssize_t inner[MOST_AXES]     # rows of a plane for each output along a level
    Py_ssize_t plane[MOST_AXES]     # of a plane that a level reads
    Py_ssize_t lines                # of a row between the levels and the pass along rows
    Py_ssize_t buffer               # of a row of outputs that are stored
    Py_ssize_t outside              # positions of pieces outside
    Py_ssize_t total

cdef struct Extent:                 # of an axis in a tile
    Py_ssize_t first                # output
    Py_ssize_t count                # of outputs
    Py_ssize_t position             # under tap 0 of the first output

cdef struct Piece:                  # of a row: outputs whose samples are packed or in place
    Py_ssize_t output               # first
    Py_ssize_t count                # of outputs
    Span span                       # of their samples
    Py_ssize_t* outside             # samples at positions outside; NULL: a constant
    bint holds_outside              # whether these samples are among those inside
    bint packed

cdef struct Work:                   # a run, and its current tile
    const FilterProgram* program
    const FilterAxis* axis
    const Layout* layout
    const Lines* table
    Py_ssize_t size                 # bytes of a real
    Source signal
    const char* end                 # behind the last sample
    const char* constants
    Taps taps[MOST_AXES]
    const double* roundings
    double rounding                 # of the pass that gives outputs
    char* output
    Py_ssize_t output_stride[MOST_AXES]
    Channels channels
    Poll poll
    bint in_place                   # whether rows of the signal are runs of reals
    bint contiguous                 # whether those of the output are
    bint prefetches                 # rows of the signal
    # of the tile
    Extent extent[MOST_AXES]
    Piece pieces[PIECES]
    int number_of_pieces
    Piece whole                     # the row
    Piece held                      # what rows have before they are filtered along themselves
    bint is_bare                    # whether that is samples inside only
    bint reads_rows                 # whether the first level reads the signal in place
    Py_ssize_t wide, narrow         # reals of a row that levels read, and of outputs
    # scratch memory
    char* ring[MOST_AXES]           # planes of a level
    Py_ssize_t* keys[MOST_AXES]     # which sample each of them belongs to
    const char** planes[MOST_AXES]  # under the taps of the next outputs
    char* constant[MOST_AXES]       # row outside of a level
    const char** rows               # of the planes
    Ahead ahead                     # rows of the signal
    char* lines                     # rows between a level and the pass along rows
    char* packed                    # a row
    char* buffer                    # outputs
    Py_ssize_t* outside

include "scratch.pxi"
include "rows.pxi"
include "levels.pxi"


@cython.final
cdef class Separable:
    """A planned separable filter: read-only, shared by threads.

    Parameters
    ----------
    program : bytes
        FilterProgram, and behind it the axes.
    table : PyCapsule
        `TABLE` of the module lines.
    """

    cdef const FilterProgram* program
    cdef const Lines* table
    cdef Layout layout
    cdef bytes memory                   # of the program
    cdef readonly Py_ssize_t tiles
    cdef readonly Py_ssize_t scratch    # bytes that a thread needs

    def __cinit__(self, bytes program, table):
        self.memory = program
        self.program = <const FilterProgram*>PyBytes_AS_STRING(program)
        self.table = <const Lines*>PyCapsule_GetPointer(table, "pyconvolve.lines")
        lay_out(self.program, self.table, &self.layout)
        self.tiles, self.scratch = self.program.tiles, self.layout.total

    def run(self, tuple job, number, Py_ssize_t first, Py_ssize_t last, stop, scratch):
        """Compute the tiles `first` to `last` - 1 of the output.

        Parameters
        ----------
        job : tuple
            signal, output : ndarray
                Of the element types and shapes planned for.
            constants : ndarray of real, of shape (axes, 2)
                The number outside of each axis of the problem; behind each of them one
                that is not read.
            taps : ndarray of real
                Of all axes.
            folds : ndarray of int64
                For each axis of the problem: 1 if its taps are symmetric, -1 if they
                are antisymmetric, 0 if they are neither.
            roundings : ndarray of float64
                Of each axis of the problem: see lines.pxd.
        number : int
            Of the round: there is one.
        first, last : int
        stop : ndarray of int64 or None
            The run ends early once its number is not zero.
        scratch : ndarray of uint8
            For this call alone.
        """
        cdef Work work
        work.program, work.layout, work.table = self.program, &self.layout, self.table
        start_poll(&work.poll, stop, self.program.poll)
        describe_job(&work, job)
        divide_scratch(&work, aligned_data_of(scratch))
        with nogil:
            run_tiles(&work, first, last)
        raise_outcome(&work.poll)


cdef int describe_job(Work* work, tuple job) except -1:
    cdef const FilterProgram* program = work.program
    cdef const FilterAxis* axis = NULL
    cdef Py_ssize_t a, last = program.axes - 1, size = ELEMENT_BYTES[program.element]
    signal, output, constants, taps, folds, roundings = job
    work.axis = <const FilterAxis*>(<const char*>program + program.axis_at)
    work.size = work.table.size
    set_source(&work.signal, signal, constants, program.element, program.swapped, 1, False)
    work.constants = data_of(constants)
    work.roundings = <const double*>data_of(roundings)
    work.output = data_of(output)
    work.end = work.signal.data + program.unit * size
    for a in range(program.axes):
        axis = &work.axis[a]
        work.end += max(0, (axis.samples - 1) * stride_of(signal, axis.signal))
        set_source_axis(
            &work.signal.axis[a], stride_of(signal, axis.signal), 1, axis.boundary,
            axis.period, axis.mirror, axis.rank,
        )
        work.output_stride[a] = stride_of(output, axis.output)
        work.taps[a].data = data_of(taps) + axis.first_tap * work.size
        work.taps[a].count = axis.taps
        work.taps[a].fold = <int>(<const Py_ssize_t*>data_of(folds))[axis.rank]
    a = last if program.row_stage == last - program.loops else program.loops
    work.rounding = work.roundings[work.axis[a].rank]
    work.channels.count = work.channels.pitch = program.unit
    work.channels.stride = size
    work.in_place = (
        program.element == work.table.element and not program.swapped
        and work.signal.axis[last].stride == program.unit * size
    )
    work.channels.contiguous = work.in_place
    # of contiguous rows only
    work.prefetches = (
        program.prefetches and work.signal.axis[last].stride == program.unit * size
    )
    work.ahead.size = size
    work.contiguous = (
        program.storing == SAME
        and work.output_stride[last] == program.unit * work.size
    )
    return 0


cdef void run_tiles(Work* work, Py_ssize_t first, Py_ssize_t last) noexcept nogil:
    cdef Py_ssize_t a
    for a in range(work.program.loops, work.program.axes - 1):
        work.table.fill(
            work.constant[a], constant_of(work, a), work.layout.pitch[a] // work.size
        )
    # no row is known
    work.extent[work.program.axes - 1].count = NONE
    while first < last and not is_stopped(&work.poll):
        first += locate_tiles(work, first, last)
        run_tile(work)
    if work.program.streams:
        work.table.finish_stores()


cdef Py_ssize_t locate_tiles(Work* work, Py_ssize_t number, Py_ssize_t end) noexcept nogil:
    """Find the outputs of a tile, and of those that follow it along the first level.

    These go on with the planes that the level holds. Return how many tiles there are.
    """
    cdef const FilterProgram* program = work.program
    cdef Py_ssize_t last = program.axes - 1, tiles = 1, blocks, a
    cdef Extent* row = &work.extent[last]
    cdef Py_ssize_t known = row.first, outputs = row.count
    if program.loops < last:
        blocks = blocks_of(&work.axis[program.loops])
        tiles = min(end - number, blocks - number % blocks)
        number = locate(work, program.loops, number, tiles)
    number = locate(work, last, number, 1)
    for a in range(last - 1, program.loops, -1):
        number = locate(work, a, number, 1)
    for a in range(program.loops - 1, -1, -1):
        number = locate(work, a, number, 1)
    if row.first != known or row.count != outputs:
        find_pieces(work)
    return tiles


cdef Py_ssize_t blocks_of(const FilterAxis* axis) noexcept nogil:
    return (axis.outputs + axis.block - 1) // axis.block


cdef Py_ssize_t locate(
    Work* work, Py_ssize_t a, Py_ssize_t number, Py_ssize_t tiles
) noexcept nogil:
    """Find the outputs of tiles along an axis; return their number along the others."""
    cdef const FilterAxis* axis = &work.axis[a]
    cdef Py_ssize_t blocks = blocks_of(axis)
    cdef Extent* extent = &work.extent[a]
    extent.first = number % blocks * axis.block
    extent.count = min(tiles * axis.block, axis.outputs - extent.first)
    extent.position = extent.first + axis.offset
    return number // blocks


cdef void run_tile(Work* work) noexcept nogil:
    """Filter a tile for each output of the loops."""
    cdef const FilterProgram* program = work.program
    cdef Py_ssize_t loops = program.loops, last = program.axes - 1, changed = 0, a
    cdef Odometer odometer
    # up to each axis
    cdef const char* samples[MOST_AXES + 1]
    cdef char* target[MOST_AXES + 1]
    samples[0], target[0] = work.signal.data, work.output
    for a in range(program.axes):
        target[0] += work.extent[a].first * work.output_stride[a]
    for a in range(loops):
        samples[0] += work.extent[a].position * work.signal.axis[a].stride
    start(&odometer, loops)
    for a in range(loops):
        odometer.count[a] = work.extent[a].count
    while changed != NONE and work.poll.outcome == DONE:
        for a in range(changed, loops):
            samples[a + 1] = samples[a] + odometer.index[a] * work.signal.axis[a].stride
            target[a + 1] = target[a] + odometer.index[a] * work.output_stride[a]
        if loops < last:
            run_level(work, loops, samples[loops], target[loops])
        else:
            make_row(work, samples[loops], target[loops], True)
        changed = advance(&odometer)
