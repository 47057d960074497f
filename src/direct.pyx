"""Direct convolution of tiles, for one element type and one instruction set.

    y[n] = sum over k of  g[k] * x~[s*n + o + d*k]

in any number of dimensions, with x~ the signal continued by a boundary rule. The
output is cut into blocks. The samples that a block needs are packed into a tight
window: element type, strides, byte order and boundary end there. Strided axes are
split into their phases, widely dilated ones into the samples of each tap, so that
each tap is a constant offset into the window and neighbouring outputs are neighbouring
samples. A clean signal inside which the window lies is read where it is.

tile.pxd sums over the window. The rows of its tiles are rows of the block where the
kernel is high, and *segments*, runs of a few vectors of one row, where it is flat and long.

A complex convolution is two sums of up to two real ones over the planes of real and
imaginary parts. Kernels with more taps than fit a table are summed in chunks over the
block, each adding to what the one before left in the output.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING
from direct_program cimport MOST_SPAN, DirectAxis, DirectProgram, Table
from elements cimport CONSTANT, FLOAT64, LONGDOUBLE, MOST_AXES, NONE, SAME
from libc.string cimport memcpy, memset
from pack cimport fold, read_run, write_run
from pages cimport CACHE_LINE
from simd cimport (
    LANES, REAL_ELEMENT, SPAN, TILE_REALS, TILE_ROWS, TILE_VECTORS, finish_streams, load,
    load_one, real, store,
)
from tile cimport Strip, Sum, compute_tiles

cdef extern from "numpy/arrayobject.h" nogil:
    ctypedef struct PyArrayObject:
        pass
    void* PyArray_DATA(const PyArrayObject*)
    Py_ssize_t* PyArray_STRIDES(const PyArrayObject*)

cdef extern from "Python.h":
    int PyErr_CheckSignals()

cdef enum Outcome:
    DONE, NOT_FINITE, INTERRUPTED

TILE = (TILE_ROWS, TILE_VECTORS, LANES, SPAN)
cdef real zeros[2 * MOST_AXES]      # what stands outside, usually

cdef struct Operands:
    const char* signal
    const char* kernel
    char* output
    const real* constants                   # outside, planes of each axis of the problem
    Py_ssize_t unit                         # see contiguous_unit, for the signal
    bint plain_rows                         # whether rows of the window lie so in the signal
    Py_ssize_t signal_stride[MOST_AXES]     # bytes
    Py_ssize_t kernel_stride[MOST_AXES]
    Py_ssize_t output_stride[MOST_AXES]

cdef struct Run:
    Py_ssize_t origin                       # sample at its first slot
    Py_ssize_t hop                          # samples between two slots
    Py_ssize_t inside, beyond               # first slot inside, and first behind it

cdef struct Block:
    Py_ssize_t begin[MOST_AXES]
    Py_ssize_t extent[MOST_AXES]
    Py_ssize_t needed[MOST_AXES]            # slots of a phase
    Py_ssize_t origin[MOST_AXES]            # sample at the window's first position
    Py_ssize_t target_stride[MOST_AXES]     # reals
    Py_ssize_t pitch[MOST_AXES]             # of the samples, packed or in place
    const Py_ssize_t* offsets               # of the taps, likewise
    Run run                                 # of the inner axis, its first phase
    Sum sum

cdef void compute_strip(const Strip* strip, const Sum* sum, Py_ssize_t vectors) noexcept nogil:
    if vectors >= TILE_VECTORS:
        compute_tiles(strip, sum, TILE_VECTORS)
    elif vectors > 1:
        compute_tiles(strip, sum, 2)
    else:
        compute_tiles(strip, sum, 1)


cdef void compute_partly(
    const Strip* whole, const Sum* sum, Py_ssize_t vectors, Py_ssize_t rows,
    Py_ssize_t room, Py_ssize_t segment,
) noexcept nogil:
    """Compute one tile that overhangs, and keep what lies inside.

    `rows` rows lie inside, and `room` reals from the tile's first, of which each
    row uses up `segment`.
    """
    cdef real buffer[TILE_REALS]
    cdef Strip strip = whole[0]
    strip.tiles = 1
    strip.target = buffer
    strip.target_row = vectors * LANES
    strip.target_vector = LANES
    if sum.adding:
        copy_inside(&strip, whole, vectors, rows, room, segment, whole.vector if segment else LANES)
    compute_strip(&strip, sum, vectors)
    copy_inside(whole, &strip, vectors, rows, room, segment, whole.vector if segment else LANES)


cdef void copy_inside(
    const Strip* to, const Strip* source, Py_ssize_t vectors, Py_ssize_t rows,
    Py_ssize_t room, Py_ssize_t segment, Py_ssize_t vector,
) noexcept nogil:
    cdef Py_ssize_t r, c, inside
    for r in range(min(rows, TILE_ROWS)):
        for c in range(vectors):
            inside = min(LANES, room - r * segment - c * vector)
            if inside > 0:
                # either may be the output, at any address
                memcpy(
                    <char*>(to.target + r * to.target_row + c * to.target_vector),
                    <char*>(source.target + r * source.target_row + c * source.target_vector),
                    inside * sizeof(real),
                )


cdef inline void pack_plain_row(
    real* target, const char* source, Py_ssize_t inside, Py_ssize_t beyond, Py_ssize_t count,
    real constant,
) noexcept nogil:
    """Copy reals `inside` to `beyond` - 1 of a row, and fill it up with a constant."""
    cdef const real* samples = <const real*>source
    cdef Py_ssize_t i
    for i in range(inside):
        target[i] = constant
    i = inside
    if beyond - inside >= LANES:
        while i + LANES <= beyond:
            store(target + i, load(samples + i))
            i += LANES
        # the last vector once more, where it isn't whole
        i = beyond - LANES
        store(target + i, load(samples + i))
        i = beyond
    while i < beyond:
        target[i] = load_one(samples + i)
        i += 1
    for i in range(beyond, count):
        target[i] = constant


@cython.final
cdef class Program:
    """A planned direct convolution: read-only, shared by threads.

    Parameters
    ----------
    program : bytes
        What `planner.direct_program` has laid out.
    """

    cdef const DirectProgram* shape
    cdef const DirectAxis* axis
    cdef Py_ssize_t axes
    cdef const Py_ssize_t* chunks
    cdef const Table* tables
    cdef const Py_ssize_t* offsets
    cdef const Py_ssize_t* order
    cdef readonly Py_ssize_t blocks
    cdef readonly Py_ssize_t scratch    # bytes that a thread needs
    cdef bytes block

    def __cinit__(self, bytes program):
        cdef const char* start = PyBytes_AS_STRING(program)
        cdef const DirectProgram* shape = <const DirectProgram*>start
        self.block = program
        self.shape = shape
        self.axes, self.blocks = shape.axes, shape.blocks
        self.axis = <const DirectAxis*>(start + shape.axis_at)
        self.chunks = <const Py_ssize_t*>(start + shape.chunk_at)
        self.tables = <const Table*>(start + shape.table_at)
        self.offsets = <const Py_ssize_t*>(start + shape.offset_at)
        self.order = <const Py_ssize_t*>(start + shape.order_at)
        # windows, outputs, taps; from a cache line on
        self.scratch = CACHE_LINE + <Py_ssize_t>sizeof(real) * (
            shape.signal_planes * (shape.window + LANES) + shape.planes * shape.buffer
            + (4 + shape.kernel_planes) * shape.taps
        )

    def run(
        self, tuple job, number, Py_ssize_t first, Py_ssize_t last, stop, scratch
    ):
        """Compute the blocks `first` to `last` - 1 of the output.

        Parameters
        ----------
        job : tuple
            signal, kernel, output : ndarray
                Of the element types and shapes planned for, in any memory layout.
            constants : ndarray or None
                What stands outside the signal along each axis of the problem; as many
                reals as the signal has planes. None: zeros.
        number : int
            Of the round, of which there is one.
        first, last : int
        stop : ndarray of int64 or None
            The run ends early once this holds something else than zero.
        scratch : ndarray of uint8
            For this call alone.

        Raises
        ------
        FloatingPointError
            If nothing was computed because a tap is not finite, where the plan needs
            finite ones.
        """
        cdef Operands operands
        cdef Py_ssize_t a
        cdef const long long* stopping = NULL
        cdef char* room = <char*>PyArray_DATA(<PyArrayObject*>scratch)
        cdef int outcome
        signal, kernel, output, constants = job
        operands.signal = <const char*>PyArray_DATA(<PyArrayObject*>signal)
        operands.kernel = <const char*>PyArray_DATA(<PyArrayObject*>kernel)
        operands.output = <char*>PyArray_DATA(<PyArrayObject*>output)
        operands.constants = zeros
        if constants is not None:
            operands.constants = <const real*>PyArray_DATA(<PyArrayObject*>constants)
        for a in range(self.axes):
            operands.signal_stride[a] = stride_of(signal, self.axis[a].signal)
            operands.kernel_stride[a] = stride_of(kernel, self.axis[a].kernel)
            operands.output_stride[a] = stride_of(output, self.axis[a].output)
        if stop is not None:
            stopping = <const long long*>PyArray_DATA(<PyArrayObject*>stop)
        with nogil:
            outcome = self.run_blocks(&operands, first, last, stopping, room)
        if outcome == INTERRUPTED:
            raise_pending()
        if outcome == NOT_FINITE:
            raise FloatingPointError("a tap is not finite")

    cdef int run_blocks(
        self, Operands* operands, Py_ssize_t first, Py_ssize_t last, const long long* stop,
        char* scratch,
    ) noexcept nogil:
        cdef const DirectProgram* shape = self.shape
        cdef Py_ssize_t plane = shape.window + LANES
        cdef real* window = <real*>(scratch + CACHE_LINE - <Py_ssize_t>scratch % CACHE_LINE)
        cdef real* buffer = window + shape.signal_planes * plane
        cdef real* taps = buffer + shape.planes * shape.buffer
        cdef int outcome
        cdef Py_ssize_t p
        for p in range(shape.signal_planes):
            memset(window + p * plane + shape.packed, 0, (plane - shape.packed) * sizeof(real))
        self.reverse(operands)
        operands.unit = self.contiguous_unit(operands.signal_stride)
        operands.plain_rows = self.has_plain_rows(operands)
        outcome = self.run_with(operands, first, last, stop, window, buffer, taps)
        if shape.streams:
            finish_streams()
        return outcome

    cdef void reverse(self, Operands* operands) noexcept nogil:
        """Let a reversed kernel begin at its last tap."""
        cdef Py_ssize_t a
        for a in range(self.axes):
            if self.axis[a].reversed:
                operands.kernel += self.last_tap(a) * operands.kernel_stride[a]
                operands.kernel_stride[a] = -operands.kernel_stride[a]

    cdef Py_ssize_t last_tap(self, Py_ssize_t a) noexcept nogil:
        cdef const Py_ssize_t* final = self.chunks + (self.shape.chunks - 1) * (1 + 2 * self.axes)
        return final[1 + a] + final[1 + self.axes + a] - 1

    cdef int run_with(
        self, const Operands* operands, Py_ssize_t first, Py_ssize_t last,
        const long long* stop, real* window, real* buffer, real* taps,
    ) noexcept nogil:
        cdef const DirectProgram* shape = self.shape
        cdef const Py_ssize_t* starts
        cdef const Py_ssize_t* counts
        cdef const char* kernel
        cdef const char* packed = NULL
        cdef char* output
        cdef Block block
        cdef real* target
        cdef bint staged = not self.can_store(operands)
        cdef bint clean = shape.in_place and self.is_clean(operands)
        cdef const real* samples
        cdef Py_ssize_t index, a, p, q, credit = shape.poll
        for a in range(self.axes):
            if staged:
                block.target_stride[a] = self.axis[a].buffer_pitch
            else:
                block.target_stride[a] = operands.output_stride[a] // <Py_ssize_t>sizeof(real)
        for index in range(first, last):
            self.place(&block, index)
            kernel = operands.kernel
            output = operands.output
            for a in range(self.axes):
                if not self.axis[a].is_window:
                    kernel += block.begin[a] * operands.kernel_stride[a]
                output += block.begin[a] * operands.output_stride[a]
            for p in range(self.shape.chunks):
                if stop != NULL and stop[0]:
                    return DONE
                starts = self.chunks + p * (1 + 2 * self.axes) + 1
                counts = starts + self.axes
                block.sum.table = &self.tables[(starts - 1)[0]]
                block.sum.adding = p > 0
                if kernel != packed or self.shape.chunks > 1:
                    if not self.pack_taps(operands, kernel, starts, counts, block.sum.table, taps):
                        return NOT_FINITE
                    packed = kernel
                self.frame(&block, starts, counts)
                samples = NULL
                if clean:
                    samples = self.find_samples(operands, &block)
                if samples == NULL:
                    samples = window
                    for q in range(shape.signal_planes):
                        self.pack_axis(
                            operands, &block, 0, operands.signal, NONE,
                            window + q * (shape.window + LANES), q,
                        )
                block.offsets = self.offsets + block.sum.table.first_offset
                if samples != window:
                    block.offsets += self.shape.columns
                for a in range(self.axes):
                    block.pitch[a] = self.axis[a].pitch
                    if samples != window:
                        block.pitch[a] = self.axis[a].signal_pitch
                for q in range(shape.planes):
                    self.choose_terms(&block, q, samples, taps)
                    target = buffer + q * shape.buffer if staged else <real*>output
                    self.compute_axis(&block, 0, 0, target)
                credit -= 1
                if credit == 0:
                    credit = shape.poll
                    with gil:
                        if PyErr_CheckSignals():
                            return INTERRUPTED
            if staged:
                for q in range(shape.planes):
                    self.store_axis(operands, &block, 0, buffer + q * shape.buffer, output, q)
        return DONE

    cdef bint can_store(self, const Operands* operands) noexcept nogil:
        """Whether tiles go straight to the output: its type, its columns contiguous."""
        cdef Py_ssize_t a, contiguous = sizeof(real)
        if self.shape.storing != SAME or self.shape.planes > 1:
            return False
        for a in range(self.axes - 1, -1, -1):
            if a >= self.shape.inner:
                if operands.output_stride[a] != contiguous:
                    return False
                contiguous *= self.axis[a].outputs
            elif operands.output_stride[a] % <Py_ssize_t>sizeof(real):
                return False
        return True

    cdef bint is_clean(self, const Operands* operands) noexcept nogil:
        """Whether the signal lies in memory as planned for reading it in place."""
        cdef Py_ssize_t a
        for a in range(self.axes):
            if operands.signal_stride[a] != self.axis[a].signal_pitch * <Py_ssize_t>sizeof(real):
                return False
        return True

    cdef const real* find_samples(
        self, const Operands* operands, const Block* block
    ) noexcept nogil:
        """Where the block's window lies in the signal; NULL if not wholly inside."""
        cdef const DirectProgram* shape = self.shape
        cdef const char* source = operands.signal
        cdef Py_ssize_t a, beyond
        for a in range(self.axes):
            beyond = block.origin[a] + block.needed[a]
            if a == shape.inner:
                if shape.row_axis == NONE:
                    beyond += shape.overread
                elif block.extent[a] * shape.channels < TILE_VECTORS * LANES:
                    return NULL
            elif a == shape.row_axis and block.extent[a] < TILE_ROWS * shape.row_step:
                return NULL
            if block.origin[a] < 0 or beyond > self.axis[a].samples:
                return NULL
            source += block.origin[a] * operands.signal_stride[a]
        return <const real*>source

    cdef void place(self, Block* block, Py_ssize_t index) noexcept nogil:
        """Where block number `index` lies in the output."""
        cdef Py_ssize_t a, blocks
        for a in range(self.axes - 1, -1, -1):
            blocks = (self.axis[a].outputs + self.axis[a].block - 1) // self.axis[a].block
            block.begin[a] = index % blocks * self.axis[a].block
            block.extent[a] = min(self.axis[a].block, self.axis[a].outputs - block.begin[a])
            index //= blocks

    cdef void frame(
        self, Block* block, const Py_ssize_t* starts, const Py_ssize_t* counts
    ) noexcept nogil:
        """Which samples this chunk of taps needs."""
        cdef const DirectAxis* axis
        cdef Py_ssize_t a
        for a in range(self.axes):
            axis = &self.axis[a]
            block.needed[a] = block.extent[a]
            if axis.slots > axis.block:
                block.needed[a] += axis.dilation * (counts[a] - 1) // axis.stride
            block.origin[a] = axis.start + axis.step * (
                axis.stride * block.begin[a] + axis.dilation * starts[a]
            )
        block.run = self.run_of(block, 0)

    cdef bint pack_taps(
        self, const Operands* operands, const char* kernel, const Py_ssize_t* starts,
        const Py_ssize_t* counts, const Table* table, real* taps,
    ) noexcept nogil:
        """Convert the taps of a chunk and put them in the order of its tap columns."""
        cdef const DirectProgram* shape = self.shape
        cdef const Py_ssize_t* order = self.order + table.first_tap
        cdef real* tight = taps + 4 * shape.taps
        cdef real value, worst = 0
        cdef Py_ssize_t a, i, plane
        for a in range(self.axes):
            kernel += starts[a] * operands.kernel_stride[a] * self.axis[a].is_window
        for plane in range(shape.kernel_planes):
            self.read_taps(operands, 0, kernel, counts, tight, plane)
            for i in range(table.taps):
                value = tight[order[i]]
                worst += value - value
                taps[plane * shape.taps + i] = value
                taps[(plane + 2) * shape.taps + i] = -value
        return worst == 0 or not shape.finite_taps

    cdef real* read_taps(
        self, const Operands* operands, Py_ssize_t a, const char* kernel,
        const Py_ssize_t* counts, real* tight, Py_ssize_t plane,
    ) noexcept nogil:
        cdef Py_ssize_t k
        if a == self.axes - 1:
            read_run(
                self.shape.kernel_element, self.shape.kernel_swapped, tight, 1,
                kernel + plane * self.plane_size(self.shape.kernel_element),
                operands.kernel_stride[a], counts[a],
            )
            return tight + counts[a]
        for k in range(counts[a]):
            tight = self.read_taps(
                operands, a + 1, kernel + k * operands.kernel_stride[a], counts, tight, plane
            )
        return tight

    cdef Py_ssize_t plane_size(self, Py_ssize_t element) noexcept nogil:
        """Bytes from the real to the imaginary part of a sample."""
        if element == LONGDOUBLE:
            return sizeof(long double)
        return sizeof(double) if element == FLOAT64 else sizeof(float)

    cdef void choose_terms(
        self, Block* block, Py_ssize_t plane, const real* window, const real* taps
    ) noexcept nogil:
        cdef const Py_ssize_t* term = &self.shape.terms[plane][0][0]
        cdef int span
        block.sum.count = 0
        while block.sum.count < 2 and term[0] != NONE:
            block.sum.terms[block.sum.count].window = window + term[0] * (self.shape.window + LANES)
            block.sum.terms[block.sum.count].taps = taps + term[1] * self.shape.taps
            block.sum.count += 1
            term += 2
        block.sum.simple = 0
        if block.sum.count == 1 and not block.sum.adding:
            for span in range(1, MOST_SPAN + 1):
                if block.sum.table.columns[span]:
                    block.sum.simple = span if block.sum.simple == 0 else -1

    cdef void pack_axis(
        self, const Operands* operands, const Block* block, Py_ssize_t a,
        const char* source, Py_ssize_t outside, real* target, Py_ssize_t plane,
    ) noexcept nogil:
        """Fill the window from axis `a` on; `outside`: by the constant of such a rank."""
        cdef const DirectAxis* axis = &self.axis[a]
        cdef Py_ssize_t phase, slot, at
        if a == self.shape.inner:
            self.pack_columns(operands, block, source, outside, target, plane)
            return
        for phase in range(axis.phases):
            for slot in range(block.needed[a]):
                at = fold(
                    block.origin[a] + axis.step * (axis.spread * phase + axis.stride * slot),
                    axis.samples, axis.boundary, axis.period, axis.mirror,
                )
                self.pack_axis(
                    operands, block, a + 1, source + at * operands.signal_stride[a],
                    max(outside, axis.rank if at < 0 else NONE),
                    target + (phase * axis.slots + slot) * axis.pitch, plane,
                )

    cdef void pack_columns(
        self, const Operands* operands, const Block* block,
        const char* source, Py_ssize_t outside, real* target, Py_ssize_t plane,
    ) noexcept nogil:
        """Fill one row of the window: the inner axis and the flat ones behind it."""
        cdef const DirectProgram* shape = self.shape
        cdef const DirectAxis* axis = &self.axis[shape.inner]
        cdef Py_ssize_t slots = block.needed[shape.inner], channels = shape.channels
        cdef Py_ssize_t phase, t, offset = 0, beyond = outside
        cdef Run run = block.run
        if axis.boundary == CONSTANT:
            beyond = max(outside, axis.rank)
        if operands.plain_rows and outside == NONE and beyond != NONE:
            pack_plain_row(
                target, source + run.origin * operands.signal_stride[shape.inner],
                run.inside * channels, run.beyond * channels, slots * channels,
                operands.constants[beyond],
            )
            return
        source += plane * self.plane_size(shape.signal_element)
        for phase in range(axis.phases):
            if phase:
                run = self.run_of(block, phase)
            for t from 0 <= t < channels by operands.unit:
                if channels > operands.unit:
                    offset = self.channel_offset(operands, t)
                if run.inside > 0:
                    self.pack_outside(
                        operands, &run, source + offset, target + t, 0, run.inside, plane, beyond
                    )
                if run.beyond > run.inside and outside == NONE:
                    self.pack_inside(operands, &run, source + offset, target + t)
                elif run.beyond > run.inside:
                    self.pack_outside(
                        operands, &run, NULL, target + t, run.inside, run.beyond, plane, outside
                    )
                if slots > run.beyond:
                    self.pack_outside(
                        operands, &run, source + offset, target + t, run.beyond, slots, plane,
                        beyond,
                    )
            target += axis.slots * channels

    cdef bint has_plain_rows(self, const Operands* operands) noexcept nogil:
        """Whether a row of the window is a run of the signal, with a constant around it."""
        cdef const DirectProgram* shape = self.shape
        cdef const DirectAxis* axis = &self.axis[shape.inner]
        cdef Py_ssize_t size = sizeof(real), stride = operands.signal_stride[shape.inner]
        return (
            shape.signal_element == REAL_ELEMENT and not shape.signal_swapped
            and shape.signal_planes == 1 and axis.phases == 1 and operands.unit == shape.channels
            and axis.step * axis.stride == 1 and stride == shape.channels * size
            and operands.signal_stride[self.axes - 1] == size
        )

    cdef Run run_of(self, const Block* block, Py_ssize_t phase) noexcept nogil:
        """Which slots of a phase of the inner axis lie inside the signal."""
        cdef const DirectAxis* axis = &self.axis[self.shape.inner]
        cdef Py_ssize_t slots = block.needed[self.shape.inner]
        cdef Run run
        run.hop = axis.step * axis.stride
        run.origin = block.origin[self.shape.inner] + axis.step * axis.spread * phase
        run.inside = 0
        if run.origin < 0:
            run.inside = min(slots, (-run.origin + run.hop - 1) // run.hop)
        run.beyond = run.inside
        if run.origin < axis.samples:
            run.beyond = min(slots, (axis.samples - 1 - run.origin) // run.hop + 1)
            run.beyond = max(run.beyond, run.inside)
        return run

    cdef void pack_inside(
        self, const Operands* operands, const Run* run, const char* source, real* target
    ) noexcept nogil:
        """Fill the slots of a run that lie inside with samples of the signal."""
        cdef const DirectProgram* shape = self.shape
        cdef Py_ssize_t stride = operands.signal_stride[shape.inner], unit = operands.unit
        cdef Py_ssize_t step = operands.signal_stride[self.axes - 1], slot
        cdef Py_ssize_t count = run.beyond - run.inside
        source += (run.origin + run.hop * run.inside) * stride
        target += run.inside * shape.channels
        stride *= run.hop
        if unit == 1:
            read_run(
                shape.signal_element, shape.signal_swapped, target, shape.channels,
                source, stride, count,
            )
        elif stride == unit * step:
            read_run(
                shape.signal_element, shape.signal_swapped, target, 1, source, step, count * unit
            )
        else:
            for slot in range(count):
                read_run(
                    shape.signal_element, shape.signal_swapped, target + slot * unit, 1,
                    source + slot * stride, step, unit,
                )

    cdef void pack_outside(
        self, const Operands* operands, const Run* run, const char* source, real* target,
        Py_ssize_t first, Py_ssize_t last, Py_ssize_t plane, Py_ssize_t outside,
    ) noexcept nogil:
        """Fill slots `first` to `last` - 1 by the boundary rule, or by a constant."""
        cdef const DirectProgram* shape = self.shape
        cdef const DirectAxis* axis = &self.axis[shape.inner]
        cdef Py_ssize_t slot, at, i, unit = operands.unit, channels = shape.channels
        cdef real constant
        if outside == NONE:
            for slot in range(first, last):
                at = fold(
                    run.origin + run.hop * slot, axis.samples, axis.boundary, axis.period,
                    axis.mirror,
                )
                read_run(
                    shape.signal_element, shape.signal_swapped, target + slot * channels, 1,
                    source + at * operands.signal_stride[shape.inner],
                    operands.signal_stride[self.axes - 1], unit,
                )
            return
        constant = operands.constants[outside * shape.signal_planes + plane]
        if unit == channels:
            for i in range(first * unit, last * unit):
                target[i] = constant
        else:
            for slot in range(first, last):
                target[slot * channels] = constant

    cdef Py_ssize_t contiguous_unit(self, const Py_ssize_t* stride) noexcept nogil:
        """How many samples of the axes behind the inner axis lie in one run: all, or 1."""
        cdef Py_ssize_t a, run = stride[self.axes - 1]
        for a in range(self.axes - 1, self.shape.inner, -1):
            if stride[a] != run:
                return 1
            run *= self.axis[a].outputs
        return self.shape.channels

    cdef Py_ssize_t channel_offset(self, const Operands* operands, Py_ssize_t t) noexcept nogil:
        """Bytes to number `t` of the samples behind the inner axis."""
        cdef Py_ssize_t a, offset = 0
        for a in range(self.axes - 1, self.shape.inner, -1):
            offset += t % self.axis[a].outputs * operands.signal_stride[a]
            t //= self.axis[a].outputs
        return offset

    cdef void compute_axis(
        self, const Block* block, Py_ssize_t a, Py_ssize_t at, real* target
    ) noexcept nogil:
        """Compute the block's outputs from axis `a` on."""
        cdef Py_ssize_t n
        if a == self.shape.inner:
            self.compute_panel(block, at, target)
        elif a == self.shape.row_axis:
            self.compute_axis(block, a + 1, at, target)
        else:
            for n in range(block.extent[a]):
                self.compute_axis(
                    block, a + 1, at + n * block.pitch[a], target + n * block.target_stride[a]
                )

    cdef void compute_panel(self, const Block* block, Py_ssize_t at, real* target) noexcept nogil:
        """Compute the rows and columns of one panel, tile by tile."""
        cdef const DirectProgram* shape = self.shape
        cdef Py_ssize_t width = block.extent[shape.inner] * shape.channels
        cdef Py_ssize_t rows, classes, pitch, target_pitch, c
        cdef Strip strip
        strip.offsets = block.offsets
        strip.streams = False
        if shape.row_axis == NONE:
            strip.at = at
            strip.target = target
            strip.row = strip.target_row = shape.segment
            self.compute_segments(block, strip, width)
            return
        classes = shape.row_step
        pitch = block.pitch[shape.row_axis]
        target_pitch = block.target_stride[shape.row_axis]
        strip.row = classes * pitch
        strip.target_row = classes * target_pitch
        strip.vector = strip.target_vector = LANES
        rows = block.extent[shape.row_axis]
        for c in range(min(classes, rows)):
            strip.at = at + c * pitch
            strip.target = target + c * target_pitch
            self.compute_rows(block, strip, (rows - c + classes - 1) // classes, width)

    cdef void compute_rows(
        self, const Block* block, Strip first, Py_ssize_t rows, Py_ssize_t width
    ) noexcept nogil:
        """Compute a panel whose tile rows are its rows.

        The last tiles are moved back over outputs that are there already; where
        there is no room for that, or outputs are added to, they go by a buffer.
        """
        cdef Py_ssize_t r = 0, j, left, vectors
        cdef bint movable = not block.sum.adding
        cdef Strip strip
        while r < rows:
            if movable and r + TILE_ROWS > rows >= TILE_ROWS:
                r = rows - TILE_ROWS
            strip = first
            strip.at += r * first.row
            strip.target += r * first.target_row
            strip.hop = TILE_VECTORS * LANES
            strip.tiles = 0
            if r + TILE_ROWS <= rows:
                strip.tiles = width // strip.hop
            left = (width - strip.tiles * strip.hop + LANES - 1) // LANES
            if left == 1 and TILE_VECTORS > 2 and strip.tiles:
                strip.tiles -= 1    # 2 + 2 vectors rather than 3 + 1
            if strip.tiles:
                strip.streams = self.shape.streams and is_aligned(&strip)
                compute_strip(&strip, &block.sum, TILE_VECTORS)
                strip.streams = False
            j = strip.tiles * strip.hop
            strip.tiles = 1
            while j < width:
                left = (width - j + LANES - 1) // LANES
                vectors = min(left, TILE_VECTORS)
                if left == TILE_VECTORS + 1 and TILE_VECTORS > 2:
                    vectors = 2
                if movable and j + vectors * LANES > width >= vectors * LANES:
                    j = width - vectors * LANES
                strip.at = first.at + r * first.row + j
                strip.target = first.target + r * first.target_row + j
                if r + TILE_ROWS <= rows and j + vectors * LANES <= width:
                    compute_strip(&strip, &block.sum, vectors)
                else:
                    compute_partly(&strip, &block.sum, vectors, rows - r, width - j, 0)
                j += vectors * LANES
            r += TILE_ROWS

    cdef void compute_segments(
        self, const Block* block, Strip strip, Py_ssize_t width
    ) noexcept nogil:
        """Compute a single row: its tile rows are segments, its vectors lie far apart."""
        cdef Py_ssize_t segment = self.shape.segment, tiles, j, n
        cdef Strip last
        strip.hop = TILE_ROWS * segment
        tiles = (width + TILE_VECTORS * strip.hop - 1) // (TILE_VECTORS * strip.hop)
        strip.vector = strip.target_vector = tiles * strip.hop
        for j from 0 <= j < segment by LANES:
            # the tiles whose last vector lies inside
            n = width - j - LANES - (TILE_ROWS - 1) * segment - (TILE_VECTORS - 1) * strip.vector
            strip.tiles = min(tiles, n // strip.hop + 1) if n >= 0 else 0
            if strip.tiles:
                compute_strip(&strip, &block.sum, TILE_VECTORS)
            for n in range(strip.tiles, tiles):
                last = strip
                last.at += n * strip.hop
                last.target += n * strip.hop
                compute_partly(
                    &last, &block.sum, TILE_VECTORS, TILE_ROWS, width - j - n * strip.hop, segment
                )
            strip.at += LANES
            strip.target += LANES

    cdef void store_axis(
        self, const Operands* operands, const Block* block, Py_ssize_t a,
        const real* buffer, char* output, Py_ssize_t plane,
    ) noexcept nogil:
        """Bring the block's outputs from axis `a` on from the buffer to the output."""
        cdef Py_ssize_t n, unit, step = operands.output_stride[self.axes - 1]
        if a >= self.shape.inner:
            unit = self.contiguous_unit(operands.output_stride) if a == self.shape.inner else 1
            if a == self.axes - 1 or unit > 1 and operands.output_stride[a] == unit * step:
                write_run(
                    self.shape.storing, output + plane * <Py_ssize_t>sizeof(real), step,
                    buffer, 1, block.extent[a] * unit,
                )
                return
        for n in range(block.extent[a]):
            self.store_axis(
                operands, block, a + 1, buffer + n * self.axis[a].buffer_pitch,
                output + n * operands.output_stride[a], plane,
            )


cdef bint is_aligned(const Strip* strip) noexcept nogil:
    """Whether the target's vectors begin where one can be streamed to."""
    cdef Py_ssize_t size = LANES * sizeof(real)
    return <Py_ssize_t>strip.target % size == 0 and strip.target_row % LANES == 0


cdef Py_ssize_t stride_of(object array, Py_ssize_t axis):
    return 0 if axis == NONE else PyArray_STRIDES(<PyArrayObject*>array)[axis]


cdef int raise_pending() except -1:
    return -1
