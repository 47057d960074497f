"""Direct convolution of blocks, for one element type and one instruction set.

    y[n] = sum over k of  g[k] * x~[s*n + o + d*k]

in any number of dimensions, with x~ the signal continued by a boundary rule. The output
is cut into blocks. For each block:

- pack: the samples that the block needs are copied into a window without gaps
  (window.pxi, by the packer in common/pack.pxd). Element type, strides, byte order and
  boundary end there. Axes with a stride are split into phases, axes with a large
  dilation into the samples of each tap, so that each tap is a constant offset into the
  window, and neighbouring outputs are neighbouring samples. A window of contiguous
  samples inside the signal is read in place.
- compute: register tiles (rows.pxd) sum over the window. Tile rows are rows of the block
  where the kernel is high. They are segments, runs of a few vectors of one row, where the
  kernel is flat and long (strips.pxi). They are filters where several kernels share a
  signal (filters.pxi). Where outputs are few and taps many, outputs and taps change places:
  blocks are of taps, and each output is an inner product (dots.pxi).
- store: outputs of another type than the computing one, or with gaps, are converted
  from a buffer (outputs.pxi, by the storer in common/store.pxd).

A complex convolution is two sums of up to two real ones over the planes of real and
imaginary parts. A kernel with more taps than a table holds is summed in chunks. Each chunk
adds to the sums that the chunks before it left in the output.
"""

cimport cython
from common.array cimport aligned_data_of, data_of, stride_of
from common.boundary cimport fold
from common.convert cimport read_samples
from common.elements cimport MOST_AXES, NONE, SAME
from common.odometer cimport Odometer, advance, start
from common.pack cimport (
    Channels, Source, SourceAxis, Span, find_span, pack_row, set_source, set_source_axis
)
from common.pages cimport CACHE_LINE
from common.poll cimport (
    DONE, NOT_FINITE, Poll, count_work, is_stopped, raise_outcome, start_poll
)
from common.simd cimport (
    FILTER_ROWS, FILTER_VECTORS, LANES, REAL_ELEMENT, SPAN, TILE_REALS, TILE_ROWS,
    TILE_VECTORS, broadcast, finish_streams, load, load_one, load_pairs, prefetch_to_read,
    prefetch_to_write, real, reverse, store, transpose, vec
)
from common.store cimport Destination, store_samples, store_some
from cpython.bytes cimport PyBytes_AS_STRING
from direct.dots cimport DOT_FILTERS, DOT_OUTPUTS, SHARED_DOT_OUTPUTS, DotRows, compute_dots
from direct.program cimport MOST_SPAN, DirectAxis, DirectProgram, Table
from direct.rows cimport Strip, Sum, compute_tiles, sum_filters
from libc.string cimport memcpy, memset

import numpy as np

TILE = (TILE_ROWS, TILE_VECTORS, LANES, SPAN, FILTER_ROWS, FILTER_VECTORS)

include "block.pxi"
include "window.pxi"
include "strips.pxi"
include "outputs.pxi"
include "filters.pxi"
include "dots.pxi"
include "chunks.pxi"


@cython.final
cdef class Program:
    """A planned direct convolution: read-only, shared by threads.

    Parameters
    ----------
    program : bytes
        The result of `planner.direct_program`.
    """

    cdef Plan plan
    cdef readonly Py_ssize_t blocks     # of outputs, which threads share
    cdef readonly Py_ssize_t scratch    # bytes that a thread needs
    # reals of the kernel, packed before runs; 0: each run packs the kernel
    cdef readonly Py_ssize_t packed_kernel
    cdef readonly bint leaves_gaps      # whether some outputs sum no tap, and are not stored
    cdef bytes memory                   # of the program

    def __cinit__(self, bytes program):
        cdef const char* first = PyBytes_AS_STRING(program)
        cdef const DirectProgram* head = <const DirectProgram*>first
        self.memory = program
        self.plan.program, self.plan.axes = head, head.axes
        self.plan.axis = <const DirectAxis*>(first + head.axis_at)
        self.plan.chunks = <const Py_ssize_t*>(first + head.chunk_at)
        self.plan.tables = <const Table*>(first + head.table_at)
        self.plan.offsets = <const Py_ssize_t*>(first + head.offset_at)
        self.plan.order = <const Py_ssize_t*>(first + head.order_at)
        self.blocks, self.leaves_gaps = head.units, head.leaves_gaps
        self.packed_kernel = 0
        if head.filter_axis != NONE and not head.packs_chunks:
            self.packed_kernel = (
                kernels_of(&self.plan) * sorts_of(head) * packed_reals(&self.plan)
            )
        # windows, outputs and taps, from a cache line on
        cdef Py_ssize_t reals = head.signal_planes * (head.window + LANES)
        if head.exchanged:
            reals += head.kernel_planes * head.buffer + reals_of_sums(&self.plan)
        else:
            reals += head.planes * head.buffer + reals_of_taps(head)
        reals += reals_of_row(&self.plan)
        self.scratch = CACHE_LINE + reals * <Py_ssize_t>sizeof(real)

    def pack(self, kernel, packed):
        """Pack a kernel of filters that share tiles.

        Parameters
        ----------
        kernel : ndarray
        packed : ndarray of real, of `packed_kernel` numbers

        Returns
        -------
        bool
            False if a tap is not finite where the plan needs finite taps.
        """
        cdef Source source
        cdef real* target = <real*>data_of(packed)
        cdef bint finite
        unordered = np.empty(FILTER_ROWS * self.plan.program.taps, packed.dtype)
        cdef real* taps = <real*>data_of(unordered)
        describe_kernel(&self.plan, kernel, &source)
        with nogil:
            finite = pack_filters(&self.plan, &source, target, taps)
        return finite

    def run(
        self, tuple job, number, Py_ssize_t first, Py_ssize_t last, stop, scratch
    ):
        """Compute the blocks `first` to `last` - 1 of the output.

        Parameters
        ----------
        job : tuple
            signal, kernel, output : ndarray
                Of the element types and shapes planned for, in any memory layout. The
                kernel may be packed: see `pack`.
            constants : ndarray of real or None
                Real and imaginary part of the constant outside the signal along each
                axis of the problem. None: zeros.
            misfits : list or None
                The number of sums that the output's type doesn't hold is appended, if
                there are any. None: they are not counted.
        number : int
            Of the round: there is one.
        first, last : int
        stop : ndarray of int64 or None
            The run ends early once its number is not zero.
        scratch : ndarray of uint8
            For this call alone.

        Raises
        ------
        FloatingPointError
            If nothing was computed because a tap is not finite, where the plan needs
            finite taps.
        """
        cdef Job task
        cdef Poll poll
        cdef Py_ssize_t misfits = 0
        cdef real* memory = <real*>aligned_data_of(scratch)
        describe_job(&self.plan, job, &task)
        task.output.misfits = NULL if job[4] is None else &misfits
        start_poll(&poll, stop, self.plan.program.poll)
        with nogil:
            if self.plan.program.exchanged:
                run_units(&self.plan, &task, first, last, memory, &poll)
            else:
                run_blocks(&self.plan, &task, first, last, memory, &poll)
        raise_outcome(&poll)
        if misfits:
            job[4].append(misfits)


cdef Py_ssize_t reals_of_taps(const DirectProgram* program) noexcept nogil:
    """Reals of the taps that a thread packs."""
    if program.packs_chunks:
        return sorts_of(program) * program.packed_taps + FILTER_ROWS * program.taps
    return 4 * program.packed_taps + program.taps


cdef Py_ssize_t reals_of_row(const Plan* plan) noexcept nogil:
    """Reals of a row of the window that is read whole."""
    cdef const DirectAxis* axis = &plan.axis[plan.program.inner_axis]
    return axis.phases * axis.slots if has_whole_rows(plan) else 0


cdef int describe_job(const Plan* plan, tuple job, Job* task) except -1:
    cdef const DirectProgram* program = plan.program
    cdef const DirectAxis* axis
    cdef Py_ssize_t stride[MOST_AXES]
    cdef Py_ssize_t a
    signal, kernel, output, constants = job[:4]
    set_source(
        &task.signal, signal, constants, program.signal_element, program.signal_swapped,
        program.signal_planes, False,
    )
    if program.filter_axis == NONE or program.packs_chunks:
        describe_kernel(plan, kernel, &task.kernel)
    else:
        task.packed = <const real*>data_of(kernel)
    task.output.data, task.output.storing = data_of(output), program.storing
    task.output.rounding = program.rounding
    task.output.integer = task.output.shift = 0
    task.output.adding = False
    for a in range(plan.axes):
        axis = &plan.axis[a]
        stride[a] = stride_of(signal, axis.signal)
        set_source_axis(
            &task.signal.axis[a], stride[a], axis.step * axis.stride, axis.boundary,
            axis.period, axis.mirror, axis.rank,
        )
        task.branch_stride[a] = stride_of(output, axis.output)
        task.output.stride[a] = axis.output_step * task.branch_stride[a]
    task.channels.count = channels_in_run(plan, stride)
    task.channels.stride, task.channels.pitch = stride[plan.axes - 1], program.channels
    task.channels.contiguous = has_contiguous_rows(plan, &task.signal, task.channels)
    task.buffered = (
        program.line_axis < program.inner_axis or not can_store_directly(plan, &task.output)
    )
    task.in_place = program.in_place and is_contiguous(plan, &task.signal)
    task.kernel_in_place = program.exchanged and can_read_kernel(plan, &task.kernel)
    return 0


cdef int describe_kernel(const Plan* plan, object kernel, Source* source) except -1:
    cdef const DirectAxis* axis
    cdef Py_ssize_t a, taps
    # find_terms of the planner has negated the imaginary taps of conjugated arrays
    set_source(
        source, kernel, None, plan.program.kernel_element, plan.program.kernel_swapped,
        plan.program.kernel_planes, False,
    )
    for a in range(plan.axes):
        axis = &plan.axis[a]
        source.axis[a].stride = stride_of(kernel, axis.kernel)
        if axis.reversed:
            # it begins at its last tap
            taps = axis.outputs if plan.program.exchanged else axis.taps
            source.data += (taps - 1) * source.axis[a].stride
            source.axis[a].stride = -source.axis[a].stride
    return 0


cdef bint has_contiguous_rows(
    const Plan* plan, const Source* signal, Channels channels
) noexcept nogil:
    """Whether rows of the window are runs of reals in the signal."""
    cdef Py_ssize_t size = sizeof(real)
    cdef const SourceAxis* axis = &signal.axis[plan.program.inner_axis]
    return (
        signal.element == REAL_ELEMENT and not signal.swapped and signal.planes == 1
        and channels.count == channels.pitch and channels.stride == size
        and axis.step == 1 and axis.stride == channels.count * size
    )


cdef bint is_contiguous(const Plan* plan, const Source* signal) noexcept nogil:
    """Whether the signal lies in memory as planned for reading it in place."""
    cdef Py_ssize_t a
    for a in range(plan.axes):
        if signal.axis[a].stride != plan.axis[a].signal_pitch * <Py_ssize_t>sizeof(real):
            return False
    return True


cdef void run_blocks(
    const Plan* plan, const Job* job, Py_ssize_t first, Py_ssize_t last, real* window, Poll* poll
) noexcept nogil:
    cdef const DirectProgram* program = plan.program
    cdef Py_ssize_t plane = program.window + LANES, number, changed, part, a
    cdef real* buffer = window + program.signal_planes * plane
    cdef real* taps = buffer + program.planes * program.buffer
    cdef const char* kernel
    cdef const char* packed = NULL      # first tap of the kernel in `taps`
    cdef char* output
    cdef Block block, whole
    cdef Parts parts
    cdef Odometer odometer
    cdef int p
    block.row = taps + reals_of_taps(program)
    for p in range(<int>program.signal_planes):
        memset(window + p * plane + program.packed, 0, (plane - program.packed) * sizeof(real))
    for a in range(plan.axes):
        block.target_pitch[a] = plan.axis[a].buffer_pitch
        if not job.buffered:
            block.target_pitch[a] = job.output.stride[a] // <Py_ssize_t>sizeof(real)
    for number in range(first, last):
        if is_stopped(poll):
            break
        locate_block(plan, number, &block)
        kernel = NULL
        if program.filter_axis == NONE or program.packs_chunks:
            kernel = first_tap(plan, job, &block)
        whole, changed = block, 0
        divide_block(plan, job, &whole, &parts)
        start(&odometer, plan.axes)
        for a in range(plan.axes):
            odometer.count[a] = parts.count[a]
        while changed != NONE and poll.outcome == DONE:
            output = job.output.data
            for a in range(plan.axes):
                part = odometer.index[a]
                block.begin[a] = parts.ends[a][part - 1] if part else whole.begin[a]
                block.extent[a] = block.most[a] = parts.ends[a][part] - block.begin[a]
                output += block.begin[a] * job.output.stride[a]
            sum_chunks(plan, job, kernel, &packed, window, buffer, taps, output, &block, poll)
            changed = advance(&odometer)
        if poll.outcome != DONE:
            break
    if program.streams:
        finish_streams()
