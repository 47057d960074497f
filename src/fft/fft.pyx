"""Convolution by transforms of tiles, for one element type and one instruction set.

    y[n] = sum over k of  h[k] * x~[p + n - k]

in any number of dimensions, with x~ the signal continued by a boundary rule. The output is
cut into tiles. A tile of the signal, with the halo that its outputs need, is packed into
scratch memory (samples.pxi, by the packer in common/pack.pxd). Element type, strides, byte
order and boundary end there. The tile is transformed, multiplied by the spectrum of the
kernel and transformed back. The outputs that nothing has wrapped around into are stored
(*overlap-save*; outputs.pxi, by the storer in common/store.pxd). Where nothing lies outside
the signal and it takes fewer tiles, a tile holds a block of samples with zeros behind it
instead, and outputs that it shares with its neighbours are summed (*overlap-add*): outputs of
even blocks are stored first, then those of odd blocks are added.

Points of a tile lie in its rows as vectors of LANES real parts, then LANES imaginary ones.
The two halves of an axis of real samples are the real and imaginary parts of its points, see
butterflies.pxd. Along all axes but the last, neighbouring columns are transformed at once,
in place (columns.pxi). LANES rows at a time are then transposed into a *panel*, which stays
in the L1 cache while it is transformed, multiplied and transformed back (rows.pxi). The rows
may be lanes of a batch: blocks of one long signal, or of several signals. They may be pieces
of a single long signal, whose transform is that of columns, a product with *four-step
twiddles*, and that of rows [1]_. Where the last axis isn't convolved, there are columns only.

Outer passes along the first axis are run on rows just packed, and on rows about to be stored.
They split a tile into blocks that stay in the L2 cache. These are computed one by one, or by
one thread each.

Where several kernels share a signal, each tile of it is transformed once (filters.pxi).

The mean of a tile is subtracted before the transform (mean.pxi).

.. [1] D. H. Bailey, "FFTs in external or hierarchical memory", J. Supercomputing 4,
   1990, pages 23-35.
"""

cimport cython
from common.array cimport aligned_data_of, data_of, stride_of
from common.boundary cimport CONSTANT, fold
from common.convert cimport read_samples, set_digit
from common.elements cimport MOST_AXES, NONE, SAME, SINGLE, TRUTH
from common.odometer cimport Odometer, advance, skip, start
from common.pack cimport (
    Channels, Source, SourceAxis, Span, find_span, pack_row, set_source, set_source_axis
)
from common.pages cimport CACHE_LINE
from common.poll cimport DONE, Poll, count_work, is_stopped, raise_outcome, start_poll
from common.simd cimport (
    LANES, REAL_ELEMENT, VECTOR_REGISTERS, broadcast, finish_streams, load, load_pairs,
    prefetch_for_later, prefetch_to_read, prefetch_to_write, real, store, vec,
)
from common.store cimport Destination, is_finite, store_samples
from cpython.bytes cimport PyBytes_AS_STRING
from fft.butterflies cimport LEAF_RADIX, Run, multiply_blocks
from fft.panel cimport (
    FINE, Sums, add_to_points, transpose_into_panel, transpose_into_rows, multiply_points
)
from fft.program cimport Blocks, Pass, Round, TileAxis, TileProgram
from fft.step_response cimport Compensated, add_exactly, add_taps, sum_taps
from fft.vectors cimport part_of_row, store_complex, store_vectors
from libc.math cimport rint
from libc.stdint cimport uint8_t
from libc.string cimport memset

cdef extern from "Python.h":
    char* PyByteArray_AS_STRING(object)
    Py_ssize_t PY_SSIZE_T_MAX

cdef enum Phase:                    # of a tile that threads share, or all of one
    PACK, COMPUTE, STORE, ALL

# Lanes of a vector, registers for vectors, fine steps of a coarse one in four-step twiddles.
SHAPE = (LANES, VECTOR_REGISTERS, FINE)

include "passes.pxi"
include "products.pxi"
include "tile.pxi"
include "prefetch.pxi"
include "samples.pxi"
include "mean.pxi"
include "rows.pxi"
include "columns.pxi"
include "spectra.pxi"
include "outputs.pxi"
include "filters.pxi"


def transform(x, tuple radices, bytes twiddles, bint inverse):
    """Transform LANES signals at once, or transform back times the number of points.

    Parameters
    ----------
    x : ndarray of real, C-contiguous, shape (points, 2, LANES)
        Real and imaginary parts, which are replaced.
    radices : tuple of int
        Of all passes.
    twiddles : bytes
        The result of `planner.twiddles` for them.
    inverse : bool
    """
    cdef Pass each[32]
    cdef Passes passes
    cdef real* data = <real*>data_of(x)
    set_passes(&passes, each, radices, twiddles, len(x))
    with nogil:
        transform_block(&passes, 0, 0, data, 2 * LANES, 1, inverse, 0)


@cython.final
cdef class Program:
    """A planned convolution by tiles: read-only, shared by threads.

    Parameters
    ----------
    program : bytes
        The result of `planner.tile_program`.
    twiddles : tuple of bytes or None
        Of each axis of a tile that is transformed.
    four_step_twiddles : bytes or None
        The result of `planner.four_step_twiddles`, of a single long transform.
    """

    cdef Plan plan
    cdef readonly Py_ssize_t tile       # bytes of a tile
    cdef readonly Py_ssize_t scratch    # bytes that a thread needs, its own tile included
    cdef tuple memory                   # of the program

    def __cinit__(self, bytes program, tuple twiddles, four_step_twiddles):
        cdef const char* first = PyBytes_AS_STRING(program)
        cdef const TileProgram* head = <const TileProgram*>first
        cdef Plan* plan = &self.plan
        cdef const TileAxis* axis
        cdef Py_ssize_t a, responses
        self.memory = program, twiddles, four_step_twiddles
        plan.program, plan.axes = head, head.axes
        plan.axis = <const TileAxis*>(first + head.axis_at)
        plan.order = <const Py_ssize_t*>(first + head.order_at)
        plan.round = <const Round*>(first + head.round_at)
        plan.four_step_twiddles = NULL
        if four_step_twiddles is not None:
            plan.four_step_twiddles = <const real*>PyBytes_AS_STRING(four_step_twiddles)
        plan.means = LANES if head.lanes > 1 else head.line
        plan.scale = 1
        for a in range(plan.axes):
            axis = &plan.axis[a]
            if axis.transformed:
                plan.passes[a].count = axis.passes
                plan.passes[a].of = <const Pass*>(first + axis.pass_at)
                plan.passes[a].twiddles = <const real*>PyBytes_AS_STRING(twiddles[a])
                plan.scale /= axis.points
        # each begins a cache line
        self.tile = head.tile * <Py_ssize_t>sizeof(real) + CACHE_LINE
        self.scratch = scratch_reals(plan) * <Py_ssize_t>sizeof(real) + CACHE_LINE + self.tile
        if not head.tiles:
            # a kernel's step responses are computed where its tile has been
            responses = response_reals(plan) * <Py_ssize_t>sizeof(real) + CACHE_LINE
            self.scratch = max(self.scratch, responses)

    @property
    def tiles(self):
        """Tiles of the output, each of which has a flag."""
        return self.plan.program.tiles

    @property
    def rounds(self):
        """Batches of tiles that may be computed at the same time, round after round."""
        return tuple([self.plan.round[i].batches for i in range(self.plan.program.rounds)])

    @property
    def parts(self):
        """Blocks of a tile after early passes, or 1."""
        return self.plan.program.parts

    @property
    def steps(self):
        """Points of each of these blocks along the early axis."""
        return self.plan.program.steps

    @property
    def spectra(self):
        """Shape of the spectra of a kernel, with a step response behind each."""
        return self.plan.program.items, self.plan.program.spectrum + self.plan.program.responses

    @property
    def transformed(self):
        """Reals of a tile of the signal that several kernels share; 0: each has its own."""
        return self.plan.program.transformed

    @property
    def responses(self):
        """Numbers of a step response."""
        return self.plan.program.responses

    def transform_kernel(self, kernel, spectra, digit, scratch):
        """Compute the spectra of all items of `kernel`, or of one digit of it.

        Parameters
        ----------
        kernel : ndarray
        spectra : ndarray of real, of the shape `spectra`
            Of single precision, and zeros, if planned so.
        digit : tuple of int
            bits, shift, whether it is the topmost, bias, of a `Digit`.
        scratch : ndarray of uint8
            For this call alone.
        """
        cdef Signal source
        cdef Work work
        cdef char* target = data_of(spectra)
        cdef Py_ssize_t items = len(spectra)
        describe_kernel(&self.plan, kernel, &source)
        set_digit(&source.source.digit, digit)
        share_out(&self.plan, scratch, None, &work)
        start_poll(&work.poll, None, self.plan.program.poll)
        with nogil:
            transform_items(&self.plan, &source, target, items, &work)
        raise_outcome(&work.poll)

    def run(
        self, tuple job, Py_ssize_t number, Py_ssize_t first, Py_ssize_t last, stop, scratch,
        int phase=ALL, Py_ssize_t tile=0, shared=None,
    ):
        """Compute batches of a round, or pieces of a phase of one tile.

        Parameters
        ----------
        job : tuple
            signal, spectra, output : ndarray
                Signal and output have the element types and shapes planned for, in any
                memory layout; spectra are those that `transform_kernel` has computed.
            constants : ndarray of real or None
                Real and imaginary part of the constant outside the signal along each axis
                of the problem. None: zeros.
            digit : tuple of int
                Which digit of the signal, as for `transform_kernel`.
            shift : int
                Bits that integers are shifted left by before they are stored.
            adding : bool
                Whether outputs are added to the samples that `output` holds.
            flags : bytearray
                One for every tile of `output`: set to 1 where outputs are not finite.
                Threads that share a tile agree.
            misfits : list or None
                The number of sums that the output's type doesn't hold is appended, if
                there are any. None: they are not counted.
        number : int
            Of the round.
        first, last : int
            Which batches: `first` to `last` - 1; of computing, which of a tile's `parts`;
            of packing and storing, which of its `steps`.
        stop : ndarray of int64 or None
            The run ends early once its number is not zero.
        scratch : ndarray of uint8
            For this call alone.
        phase : int, optional
            Packing, computing or storing a tile; each must have ended before the next
            begins. By default all of them.
        tile : int, optional
            The tile that a phase belongs to.
        shared : ndarray of uint8, optional
            The memory of that tile.
        """
        cdef Job task
        cdef Work work
        cdef Py_ssize_t misfits = 0
        describe_job(&self.plan, number, job, &task)
        task.output.misfits = NULL if job[8] is None else &misfits
        share_out(&self.plan, scratch, shared, &work)
        start_poll(&work.poll, stop, self.plan.program.poll)
        with nogil:
            if phase == ALL:
                clear_padding(&self.plan, &work)
                for tile in range(first, last):
                    run_batch(
                        &self.plan, &task, ALL, tile, 0, self.plan.program.steps,
                        tile + 1 < last, &work,
                    )
            else:
                run_batch(&self.plan, &task, phase, tile, first, last, False, &work)
            if self.plan.program.streams:
                finish_streams()
        raise_outcome(&work.poll)
        if misfits:
            job[8].append(misfits)


cdef int describe_job(const Plan* plan, Py_ssize_t number, tuple job, Job* task) except -1:
    cdef const Round* round = &plan.round[number]
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t a
    cdef bytearray flags
    signal, spectra, output, constants, digit, shift, adding, flags = job[:8]
    describe_signal(plan, signal, constants, &task.signal)
    set_digit(&task.signal.source.digit, digit)
    task.spectra = <const real*>data_of(spectra)
    task.output.data = data_of(output)
    task.output.storing, task.output.integer = program.storing, program.integer
    task.output.rounding = program.rounding
    task.output.shift, task.output.adding = shift, adding
    for a in range(plan.axes):
        task.output.stride[a] = stride_of(output, plan.axis[a].output)
    task.next_row = 0
    if plan.axes > 1:
        a = plan.axes - 2
        task.next_row = ROWS_AHEAD * plan.axis[a].phases * task.output.stride[a]
    task.blocks = <const Blocks*>(<const char*>program + round.blocks_at)
    task.nonfinite = <uint8_t*>PyByteArray_AS_STRING(flags) + round.first_tile
    return 0


cdef void run_batch(
    const Plan* plan, const Job* job, int phase, Py_ssize_t batch, Py_ssize_t first,
    Py_ssize_t last, bint more, Work* work,
) noexcept nogil:
    """Compute a batch of tiles, a lane each, or one tile, or pieces of a phase of one.

    `more`: whether the next batch follows.
    """
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t number = first_tile(program, batch), lane
    cdef Py_ssize_t lanes = min(program.lanes, program.period - number % program.period)
    cdef TileExtent extents[LANES]
    if is_stopped(&work.poll):
        return
    work.begin, work.end = first, last
    if program.transformed:
        filter_batch(plan, job, batch, number, lanes, extents, work)
        return
    choose_spectrum(plan, job, batch, number, work)
    if phase == COMPUTE:
        compute_tile(plan, first, last, CONVOLVE, work)
        return
    clear_means(plan, work)
    for lane in range(lanes):
        locate_tile(plan, job, number + lane, &extents[lane])
        if phase != STORE:
            pack_tile(plan, &job.signal, &extents[lane], lane, work)
        else:
            find_means(plan, &job.signal, &extents[lane], work)
    if phase == PACK:
        return
    if phase == ALL:
        for lane in range(lanes, program.lanes):
            clear_lane(plan, lane, work)
        find_direct(plan, job, extents, lanes, work)
        if program.prefetches_samples and more:
            prefetch_batch(plan, job, batch + 1, &extents[0], work)
        compute_tile(plan, 0, program.parts, CONVOLVE, work)
        work.lanes.next_samples = 0
        if work.poll.outcome != DONE:
            return
    for lane in range(lanes):
        store_tile(plan, job, &extents[lane], lane, work)
        if not extents[lane].finite:
            job.nonfinite[number + lane] = 1
