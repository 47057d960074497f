"""Maxima, minima and sums over taps that need not be a box, and where extrema stand.

    y[n] = all of x~[s*n + o + d*k] + h[k] over the taps k of a footprint, combined

The heights h are those of a structuring function, or all are zero. The output is cut into
tiles. The samples that a tile reads are packed into a window of rows, by the packer in
common/pack.pxd; with a stride along the rows, samples are sorted into phases. Then each tap
of a row of outputs is a run of the window, and the runs of all taps are combined number by
number. With indices, the number of the first tap that has the extremum is found, too, and
from it the index of its sample (indices.pxi).

Two classes serve indices otherwise: Search looks for extrema that are known (search.pxi),
and Scatter adds numbers at indices.

This module knows addresses and bytes only, as boxes.pyx does.
"""

cimport cython
from common.array cimport aligned_data_of, data_of, stride_of
from common.elements cimport ELEMENT_BYTES, MOST_AXES, NONE, SAME
from common.odometer cimport Odometer, advance, start
from common.pack cimport (
    Channels, Source, Span, find_span, set_source, set_source_axis
)
from common.pages cimport CACHE_LINE
from common.poll cimport DONE, Poll, count_work, is_stopped, raise_outcome, start_poll
from cpython.bytes cimport PyBytes_AS_STRING
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int64_t
from program cimport BoxAxis, FootprintProgram
from rows cimport Rows
from tiles cimport Extent, find_outputs, find_slots, sample_at

cdef enum:
    # Taps whose numbers fit vectors of bytes.
    MOST_TAPS = 127
    # Numbers that are added between two polls for Ctrl-C.
    POLL = 1 << 20

cdef struct Layout:                 # of scratch memory: bytes
    Py_ssize_t phase                # reals between two phases of a row
    Py_ssize_t pitch[MOST_AXES]     # between two rows of the window along each axis
    Py_ssize_t window
    Py_ssize_t row                  # of a row before it is sorted
    Py_ssize_t outputs              # of a row of outputs
    Py_ssize_t total

cdef struct Work:                   # a run, and its current tile
    const FootprintProgram* program
    const BoxAxis* axis
    const Py_ssize_t* slots         # of each tap, along the axes behind the loops
    const Py_ssize_t* index_step
    Layout* layout
    const Rows* table
    Py_ssize_t size                 # bytes of a real
    Source signal
    const char* end                 # behind the last sample
    Channels channels
    char* output
    char* indices                   # NULL: not wanted
    const char* heights             # of taps; NULL: all are zero
    Py_ssize_t output_stride[MOST_AXES]
    Py_ssize_t indices_stride[MOST_AXES]
    bint contiguous                 # whether outputs of a row are contiguous reals
    Poll poll
    # of the tile
    Extent extent[MOST_AXES]
    Span span
    Py_ssize_t first_index          # of sample 0 for the current outputs of the loops
    bint inside                     # whether all samples are inside the signal
    # scratch memory
    const char** rows
    Py_ssize_t* offset              # bytes from the first tap to each tap in the window
    Py_ssize_t* index               # of each tap's sample, from that of the first tap on
    int* taps                       # of outputs
    int* some_taps                  # the same of a part of the taps
    char* window
    char* row
    char* outputs
    char* some_outputs

include "window.pxi"
include "indices.pxi"
include "search.pxi"


@cython.final
cdef class Footprint:
    """A planned reduction over a footprint: read-only, shared by threads.

    Parameters
    ----------
    program : bytes
        FootprintProgram, and arrays behind it.
    table : PyCapsule
        `TABLE` of the module rows.
    """

    cdef const FootprintProgram* program
    cdef const Rows* table
    cdef Layout layout
    cdef bytes memory                   # of the program
    cdef readonly Py_ssize_t tiles
    cdef readonly Py_ssize_t scratch    # bytes that a thread needs

    def __cinit__(self, bytes program, table):
        self.memory = program
        self.program = <const FootprintProgram*>PyBytes_AS_STRING(program)
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
            constants : ndarray of real, of shape (axes, 2)
                The constant outside of each axis, by rank; behind each of them a number
                that is not read.
            indices : ndarray of int64, or None
                Of the shape of the output: for the index of the first sample that is the
                extremum; -1: there is no sample.
            heights : ndarray of real, or None
                Of each tap: is added to the sample before samples are combined. Without
                indices only.
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
        start_poll(&work.poll, stop, self.program.poll)
        describe_job(&work, job)
        divide_scratch(&work, aligned_data_of(scratch))
        with nogil:
            run_tiles(&work, first, last)
        raise_outcome(&work.poll)


@cython.final
cdef class Scatter:
    """Adds numbers to those that indices name: the adjoint of finding extrema.

    Parameters
    ----------
    table : PyCapsule
        `TABLE` of the module rows.
    """

    cdef const Rows* table

    def __cinit__(self, table):
        self.table = <const Rows*>PyCapsule_GetPointer(table, "pyconvolve.rows")

    def run(self, tuple job, number, Py_ssize_t first, Py_ssize_t last, stop, scratch):
        """Add to the planes `first` to `last` - 1.

        Parameters
        ----------
        job : tuple
            sums, indices, numbers : ndarray of real, int64 and real
                Contiguous, of as many planes each.
            samples, count : int
                Numbers of a plane of sums, and of a plane of the other arrays.
            wrong : ndarray of int64
                Its number grows by the number of indices that are below -1 or beyond a
                plane. -1 is left out.
        number : int
            Of the round: there is one.
        first, last : int
        stop : ndarray of int64 or None
            The run ends early once its number is not zero.
        scratch : ndarray of uint8
            Is not used.
        """
        cdef Py_ssize_t samples, count, plane, i, n, size = self.table.size, failed = 0
        cdef Poll poll
        cdef char* sums
        cdef const char* numbers
        cdef const int64_t* indices
        samples, count = job[3], job[4]
        sums, indices, numbers = data_of(job[0]), <const int64_t*>data_of(job[1]), data_of(job[2])
        start_poll(&poll, stop, POLL)
        with nogil:
            for plane in range(first, last):
                i = 0
                while i < count and not is_stopped(&poll):
                    n = min(count - i, <Py_ssize_t>POLL)
                    failed += self.table.add_at(
                        sums + plane * samples * size, samples, indices + plane * count + i,
                        numbers + (plane * count + i) * size, n,
                    )
                    count_work(&poll, n)
                    i += n
        raise_outcome(&poll)
        if failed:
            job[5][0] += failed


cdef int describe_job(Work* work, tuple job) except -1:
    cdef const FootprintProgram* program = work.program
    cdef const BoxAxis* axis = NULL
    cdef Py_ssize_t a, last = program.axes - 1, size = ELEMENT_BYTES[program.element]
    signal, output, constants, indices, heights = job
    work.axis = <const BoxAxis*>(<const char*>program + program.axis_at)
    work.slots = <const Py_ssize_t*>(<const char*>program + program.tap_at)
    work.index_step = <const Py_ssize_t*>(<const char*>program + program.index_at)
    work.size = work.table.size
    set_source(&work.signal, signal, constants, program.element, program.swapped, 1, False)
    work.output, work.indices, work.heights = data_of(output), NULL, NULL
    if heights is not None:
        work.heights = data_of(heights)
    if indices is not None:
        work.indices = data_of(indices)
    work.end = work.signal.data + size
    for a in range(program.axes):
        axis = &work.axis[a]
        work.end += max(0, (axis.samples - 1) * stride_of(signal, axis.signal))
        set_source_axis(
            &work.signal.axis[a], stride_of(signal, axis.signal), axis.step, axis.boundary,
            axis.period, axis.mirror, axis.rank,
        )
        work.output_stride[a] = stride_of(output, axis.output)
        if indices is not None:
            work.indices_stride[a] = stride_of(indices, axis.output)
    work.channels.count = work.channels.pitch = 1
    work.channels.stride = size
    work.channels.contiguous = (
        program.element == work.table.element and not program.swapped and axis.step == 1
        and work.signal.axis[last].stride == size
    )
    work.contiguous = (
        program.storing == SAME and axis.classes == 1 and work.output_stride[last] == work.size
    )
    return 0


cdef void run_tiles(Work* work, Py_ssize_t first, Py_ssize_t last) noexcept nogil:
    cdef const Extent* extent
    cdef Py_ssize_t number, place, a
    for number in range(first, last):
        if is_stopped(&work.poll):
            break
        place = number
        work.inside = True
        for a in range(work.program.axes - 1, -1, -1):
            extent = &work.extent[a]
            place = find_outputs(&work.axis[a], place, &work.extent[a])
            if extent.count <= 0:
                # the last classes may have one output less
                break
            find_slots(&work.axis[a], &work.extent[a])
            if extent.rows < extent.slots:
                work.inside = False
        else:
            run_tile(work)


cdef void run_tile(Work* work) noexcept nogil:
    """Compute a tile for each output of the loops."""
    cdef const FootprintProgram* program = work.program
    cdef Py_ssize_t a, sample, output, changed = 0, loops = program.loops
    cdef Py_ssize_t last = program.axes - 1
    cdef const Extent* extent = &work.extent[last]
    cdef Odometer odometer
    # up to each axis
    cdef const char* samples[MOST_AXES + 1]
    cdef char* target[MOST_AXES + 1]
    cdef char* indices[MOST_AXES + 1]
    cdef Py_ssize_t index[MOST_AXES + 1]
    work.span = find_span(
        extent.position, work.axis[last].step, extent.slots, work.axis[last].samples
    )
    samples[0], target[0], indices[0] = work.signal.data, work.output, work.indices
    index[0] = 0
    for a in range(loops, program.axes):
        target[0] += work.extent[a].first * work.output_stride[a]
        if work.indices != NULL:
            indices[0] += work.extent[a].first * work.indices_stride[a]
    start(&odometer, loops)
    for a in range(loops):
        odometer.count[a] = work.extent[a].count
    while changed != NONE and work.poll.outcome == DONE:
        for a in range(changed, loops):
            extent = &work.extent[a]
            output = extent.first + odometer.index[a]
            sample = extent.position + odometer.index[a] * work.axis[a].stride
            samples[a + 1] = samples[a] + sample * work.signal.axis[a].stride
            index[a + 1] = index[a] + sample * work.index_step[a]
            target[a + 1] = target[a] + output * work.output_stride[a]
            indices[a + 1] = indices[a]
            if work.indices != NULL:
                indices[a + 1] += output * work.indices_stride[a]
        work.first_index = index[loops]
        pack_window(work, samples[loops])
        reduce_window(work, target[loops], indices[loops])
        changed = advance(&odometer)


cdef void reduce_window(Work* work, char* output, char* indices) noexcept nogil:
    """Compute the outputs of a window, row by row."""
    cdef const FootprintProgram* program = work.program
    cdef Py_ssize_t loops = program.loops, last = program.axes - 1, changed = loops, a, t
    cdef Odometer odometer
    # up to each axis
    cdef const char* window[MOST_AXES + 1]
    cdef char* target[MOST_AXES + 1]
    cdef char* target_indices[MOST_AXES + 1]
    start(&odometer, last)
    for a in range(loops):
        odometer.count[a] = 1
    for a in range(loops, last):
        odometer.count[a] = work.extent[a].count
    window[loops], target[loops], target_indices[loops] = work.window, output, indices
    while changed != NONE and work.poll.outcome == DONE:
        for a in range(changed, last):
            window[a + 1] = window[a] + (
                odometer.index[a] * work.axis[a].shift * work.layout.pitch[a]
            )
            target[a + 1] = target[a] + (
                odometer.index[a] * work.axis[a].classes * work.output_stride[a]
            )
            target_indices[a + 1] = target_indices[a]
            if work.indices != NULL:
                target_indices[a + 1] += (
                    odometer.index[a] * work.axis[a].classes * work.indices_stride[a]
                )
        for t in range(program.taps):
            work.rows[t] = window[last] + work.offset[t]
        count_work(&work.poll, work.extent[last].count * (program.taps + 1))
        if work.indices == NULL:
            combine_row(work, target[last])
        else:
            find_row(work, &odometer, target[last], target_indices[last])
        changed = advance(&odometer)


cdef void combine_row(Work* work, char* target) noexcept nogil:
    """Combine the taps of a row of outputs."""
    cdef const FootprintProgram* program = work.program
    cdef Py_ssize_t n = work.extent[program.axes - 1].count
    cdef char* out = target
    if not work.contiguous or n < work.table.lanes:
        out, n = work.outputs, in_whole_vectors(work, n)
    if work.heights == NULL:
        work.table.combine[program.reduction](out, work.rows, program.taps, n)
    else:
        work.table.combine_raised[program.reduction](
            out, work.rows, work.heights, program.taps, n
        )
    if out != target:
        store_row(work, out, target)


cdef void store_row(Work* work, const char* outputs, char* target) noexcept nogil:
    cdef Py_ssize_t last = work.program.axes - 1
    work.table.store(
        <int>work.program.storing, target, work.axis[last].classes * work.output_stride[last],
        outputs, 1, work.extent[last].count,
    )
