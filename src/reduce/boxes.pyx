"""Maxima, minima and sums over boxes.

    y[n] = all of x~[(s*n + o + d*k) / u] over the taps k of a box, combined

in any number of dimensions, with x~ the signal continued by a boundary rule. The output
is cut into tiles. In a tile, a box is combined axis by axis, at a cost that hardly depends
on its size, and scratch memory stays in the L2 cache:

- levels (levels.pxi): along each axis but the last one, rows of samples are combined
  number by number, the first axis first. Each row of a level goes on to the next level
  as soon as it is complete. Long windows share suffixes and prefixes of blocks of rows.
- windows (windows.pxi): along the last axis, a row is combined with itself at other
  places. Long windows are combined of shorter ones. With a stride, samples are sorted into
  phases first.
- long rows (long_rows.pxi): windows along the last axis that are too long for scratch
  memory share suffixes and prefixes, too, number by number.
- samples (samples.pxi): rows of the signal are read in place where they can be. Others
  are packed first, by the packer in common/pack.pxd.

The caller chooses the order of the axes: rows should be contiguous in memory.

This module knows addresses and bytes only. Functions of a table compute with the numbers
of rows: rows.pxd has the table, and rows.pyx the functions, for each element type and
instruction set.

References: M. van Herk, "A fast algorithm for local minimum and maximum filters on
rectangular and octagonal kernels", Pattern Recognition Letters 13 (1992); J. Gil and
M. Werman, "Computing 2-D min, median, and max filters", IEEE Trans. PAMI 15 (1993).
"""

cimport cython
from common.array cimport aligned_data_of, data_of, stride_of
from common.boundary cimport CONSTANT, fold
from common.elements cimport (
    ELEMENT_BYTES, ELEMENT_NAMES, ELEMENTS as _ELEMENTS, MOST_AXES, NONE, SAME, STORING_NAMES,
    STORINGS
)
from common.odometer cimport Odometer, advance, start
from common.pack cimport (
    Channels, Source, SourceAxis, Span, find_span, set_source, set_source_axis
)
from common.pages cimport CACHE_LINE
from common.poll cimport DONE, Poll, count_work, is_stopped, raise_outcome, start_poll
from common.simd cimport prefetch_to_read
from cpython.bytes cimport PyBytes_AS_STRING
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int64_t
from program cimport BoxAxis, BoxProgram, Step
from rows cimport MAX, MIN, SIGNED_MAX, SIGNED_MIN, SUM, Rows
from tiles cimport Extent, find_outputs, find_slots, sample_at

cdef enum:
    # Planes that are combined at once, at most, where their number is free.
    MOST_ROWS = 8
    # Rows that are collected, at most. Rows of less than FLAT_BYTES are computed together,
    # up to COLLECTED_BYTES, which stay in the L1 cache.
    MOST_COLLECTED = 64
    FLAT_BYTES = 768
    COLLECTED_BYTES = 4096

# Names -> numbers in rows.pxd and common/elements.h.
ELEMENTS = {ELEMENT_NAMES[i].decode(): i for i in range(_ELEMENTS)}
STORING = {STORING_NAMES[i].decode(): i for i in range(STORINGS)}
REDUCTIONS = {
    "sum": SUM, "max": MAX, "min": MIN, "signed max": SIGNED_MAX, "signed min": SIGNED_MIN
}

cdef struct Layout:                 # of scratch memory: bytes
    Py_ssize_t row                  # of a row
    Py_ssize_t pitch[MOST_AXES]     # between two rows of a plane along each axis
    Py_ssize_t plane[MOST_AXES]     # of a plane of outputs of each level
    Py_ssize_t rows                 # that are collected
    bint flat                       # whether they are computed together
    Py_ssize_t phase                # reals between two phases
    Py_ssize_t ring                 # packed planes
    Py_ssize_t planes               # that are combined at once
    Py_ssize_t total

cdef struct Work:                   # a run, and its current tile
    const BoxProgram* program
    const BoxAxis* axis
    const Step* steps
    const Py_ssize_t* offsets       # of the steps
    Layout* layout
    const Rows* table
    Py_ssize_t size                 # bytes of a real
    Source signal
    const char* end                 # behind the last sample
    const char* constants
    char* output
    Py_ssize_t output_stride[MOST_AXES]
    Py_ssize_t unit_stride          # bytes between two outputs of a position
    # first counted position along each axis, and the first one behind those; NULL: outputs
    # are not divided
    const int64_t* counted
    Channels channels
    Poll poll
    bint in_place                   # whether the signal may be read in place
    bint contiguous                 # whether outputs of a row are contiguous reals
    bint direct                     # whether the last level stores outputs
    # of the tile
    Extent extent[MOST_AXES]
    bint packed                     # whether rows are packed
    const char* origin              # of the signal, for the current outputs of the loops
    Py_ssize_t origin_stride[MOST_AXES]     # bytes between two rows along each axis
    Py_ssize_t row_stride[MOST_AXES]        # the same in the planes that a level reads
    Span span                       # of packed rows
    Py_ssize_t length               # reals of the rows of planes
    Py_ssize_t padded               # the same in whole vectors
    Py_ssize_t lead                 # reals in front of them in a row with all slots
    bint folds                      # whether a row of samples has one output
    Py_ssize_t collected            # rows whose outputs are still to be computed
    char* target[MOST_COLLECTED]    # their first output
    double factor[MOST_COLLECTED]   # by which their outputs are divided
    # scratch memory
    const char** rows
    const char** planes
    Py_ssize_t** strides            # bytes between the rows of each plane along each axis
    const char** phase_rows         # of each tap
    Py_ssize_t* in_ring             # slot of each packed plane of the ring
    int* halo                       # row's number at each slot outside the signal
    char* ring
    char* constant[MOST_AXES]       # row outside of each axis
    char* suffix[MOST_AXES]
    char* prefix[MOST_AXES]         # two planes
    char* plane[MOST_AXES]          # two planes of outputs
    char* row_memory
    char* row                       # collected rows of the last level
    char* windows                   # a row of windows
    char* spread                    # a row with constants between samples
    char* phases                    # of a row
    char* buffer                    # outputs of a row
    char* counts                    # of taps along a row

include "scratch.pxi"
include "samples.pxi"
include "levels.pxi"
include "windows.pxi"
include "long_rows.pxi"


@cython.final
cdef class Boxes:
    """A planned reduction over boxes: read-only, shared by threads.

    Parameters
    ----------
    program : bytes
        BoxProgram, and behind it the steps along a row.
    table : PyCapsule
        `TABLE` of the module rows.
    """

    cdef const BoxProgram* program
    cdef const Rows* table
    cdef Layout layout
    cdef bytes memory                   # of the program
    cdef readonly Py_ssize_t tiles
    cdef readonly Py_ssize_t scratch    # bytes that a thread needs

    def __cinit__(self, bytes program, table):
        self.memory = program
        self.program = <const BoxProgram*>PyBytes_AS_STRING(program)
        self.table = <const Rows*>PyCapsule_GetPointer(table, "pyconvolve.rows")
        lay_out(self.program, self.table, &self.layout)
        self.tiles, self.scratch = self.program.tiles, self.layout.total

    def run(self, tuple job, number, Py_ssize_t first, Py_ssize_t last, stop, scratch):
        """Compute the tiles `first` to `last` - 1 of the output.

        Parameters
        ----------
        job : tuple
            signal, output : ndarray
                Of the element types and shapes planned for.
            constants : ndarray of real, of shape (ranks + axes, 2)
                The constant outside of each axis, by rank; behind each of them a number
                that is not read. Then, for each axis of the program, the constant outside,
                reduced along the levels before, and the same for positions that are
                outside of the last axis, too.
            counted : bytes, or None
                Outputs are divided by the number of their taps at these positions: along
                each axis of the program, from the first int64 to before the second one.
        number : int
            Of the round: there is one.
        first, last : int
        stop : ndarray of int64 or None
            The run ends early once its number is not zero.
        scratch : ndarray of uint8
            For this call alone.
        """
        cdef Work work
        work.program = self.program
        work.layout = &self.layout
        work.table = self.table
        work.collected = 0
        start_poll(&work.poll, stop, self.program.poll)
        describe_job(&work, job)
        divide_scratch(&work, aligned_data_of(scratch))
        with nogil:
            run_tiles(&work, first, last)
        raise_outcome(&work.poll)


cdef int describe_job(Work* work, tuple job) except -1:
    cdef const BoxProgram* program = work.program
    cdef const BoxAxis* axis = NULL
    cdef Py_ssize_t a, last = program.axes - 1, size = ELEMENT_BYTES[program.element]
    signal, output, constants, counted = job
    work.counted = NULL
    if counted is not None:
        work.counted = <const int64_t*>PyBytes_AS_STRING(counted)
    work.axis = <const BoxAxis*>(<const char*>program + program.axis_at)
    work.size = work.table.size
    work.steps = <const Step*>(<const char*>program + program.step_at)
    work.offsets = <const Py_ssize_t*>(<const char*>program + program.offset_at)
    set_source(&work.signal, signal, constants, program.element, program.swapped, 1, False)
    work.constants, work.output = data_of(constants), data_of(output)
    work.end = work.signal.data + program.unit * size
    for a in range(program.axes):
        axis = &work.axis[a]
        work.end += max(0, (axis.samples - 1) * stride_of(signal, axis.signal))
        set_source_axis(
            &work.signal.axis[a], stride_of(signal, axis.signal), axis.step, axis.boundary,
            axis.period, axis.mirror, axis.rank,
        )
        work.output_stride[a] = stride_of(output, axis.output)
    work.channels.count = work.channels.pitch = program.unit
    work.channels.stride, work.unit_stride = size, program.output_bytes
    work.in_place = (
        program.element == work.table.element and not program.swapped and axis.step == 1
        and work.signal.axis[last].stride == program.unit * size
    )
    work.channels.contiguous = work.in_place
    work.contiguous = (
        program.storing == SAME and axis.classes == 1
        and (axis.outputs == 1 or work.output_stride[last] == program.unit * work.size)
    )
    work.direct = (
        work.contiguous and work.counted == NULL and not program.streams
        and program.axes > program.loops + 1 and is_plain(axis)
    )
    return 0


cdef bint is_plain(const BoxAxis* axis) noexcept nogil:
    """Whether each output of a row is the sample at its place."""
    return (
        axis.taps == 1 and axis.stride == 1 and axis.upsampling == 1 and axis.offset == 0
        and axis.outputs == axis.samples
    )


cdef void run_tiles(Work* work, Py_ssize_t first, Py_ssize_t last) noexcept nogil:
    cdef Py_ssize_t number
    for number in range(first, last):
        if is_stopped(&work.poll):
            break
        if locate_tile(work, number):
            run_tile(work)
    if work.program.streams:
        work.table.finish_stores()


cdef bint locate_tile(Work* work, Py_ssize_t number) noexcept nogil:
    """Find the outputs of a tile, and the slots that they read; tell whether it has any."""
    cdef Py_ssize_t a
    for a in range(work.program.axes - 1, -1, -1):
        number = find_outputs(&work.axis[a], number, &work.extent[a])
        if work.extent[a].count <= 0:
            # the last classes may have one output less
            return False
        find_slots(&work.axis[a], &work.extent[a])
    find_rows(work)
    if work.counted != NULL:
        find_counts(work)
    return True


cdef void run_tile(Work* work) noexcept nogil:
    """Compute the boxes of a tile for each output of the loops."""
    cdef const BoxProgram* program = work.program
    cdef Py_ssize_t a, output, changed = 0, loops = program.loops
    cdef const Extent* extent
    cdef Odometer odometer
    # up to each axis
    cdef const char* origin[MOST_AXES + 1]
    cdef char* target[MOST_AXES + 1]
    cdef double factor[MOST_AXES + 1]
    origin[0], target[0], factor[0] = work.origin, work.output, 1
    for a in range(loops, program.axes):
        target[0] += work.extent[a].first * work.output_stride[a]
    start(&odometer, loops)
    for a in range(loops):
        odometer.count[a] = work.extent[a].count
    while changed != NONE and work.poll.outcome == DONE:
        for a in range(changed, loops):
            extent = &work.extent[a]
            output = extent.first + odometer.index[a]
            origin[a + 1] = origin[a] + (
                extent.position + odometer.index[a] * work.axis[a].stride
            ) * work.signal.axis[a].stride
            target[a + 1] = target[a] + output * work.output_stride[a]
            factor[a + 1] = factor[a]
            if work.counted != NULL:
                factor[a + 1] *= count_taps(work, a, output)
        work.origin = origin[loops]
        run_levels(work, target[loops], factor[loops])
        changed = advance(&odometer)
    finish_rows(work)
