"""Direct convolution of tiles, for one element type and one instruction set.

    y[n] = sum over k of  g[k] * x~[s*n + o + d*k]

in any number of dimensions, with x~ the signal continued by a boundary rule. The
output is cut into blocks. The samples that a block needs are packed into a tight
window: element type, strides, byte order and boundary end there. Strided axes are
split into their phases, widely dilated ones into the samples of each tap, so that
each tap is a constant offset into the window and neighbouring outputs are neighbouring
samples. A clean signal inside which the window lies is read where it is.

tile.pxd sums over the window. The rows of its tiles are rows of the block where the
kernel is high, and *laps*, runs of a few vectors of one row, where it is flat and long.

A complex convolution is two sums of up to two real ones over the planes of real and
imaginary parts. Kernels with more taps than fit a table take several passes over the
block, each adding to what the one before left in the output.
"""

cimport cython
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset
from pack cimport CONSTANT, SAME, fold, read_run, write_run
from simd cimport (
    LANES, SPAN, TILE_REALS, TILE_ROWS, TILE_VECTORS, finish_streams, real
)
from tile cimport MOST_SPAN, Strip, Sum, Table, compute_tiles

cdef extern from "numpy/arrayobject.h" nogil:
    ctypedef struct PyArrayObject:
        pass
    void* PyArray_DATA(const PyArrayObject*)
    Py_ssize_t* PyArray_STRIDES(const PyArrayObject*)

cdef extern from "Python.h":
    int PyErr_CheckSignals()

cdef enum:
    MOST_AXES = 64
    NONE = -1

cdef enum Outcome:
    DONE, NOT_FINITE, NO_MEMORY, INTERRUPTED

cdef struct Axis:
    Py_ssize_t samples              # of the signal
    Py_ssize_t start                # sample under tap 0 of output 0
    Py_ssize_t step                 # samples between two positions of the window
    Py_ssize_t outputs
    Py_ssize_t block                # outputs of a block
    Py_ssize_t stride               # positions between two outputs
    Py_ssize_t dilation             # positions between two taps
    Py_ssize_t boundary, period, mirror
    Py_ssize_t signal, kernel, output   # this axis in the arrays; NONE: not there
    Py_ssize_t convolved
    Py_ssize_t phases               # of the window: of a stride, or one per tap
    Py_ssize_t spread               # positions between two phases
    Py_ssize_t slots                # of a phase
    Py_ssize_t pitch                # reals between two slots
    Py_ssize_t own_pitch            # the same where the signal is read in place
    Py_ssize_t stage                # reals between two outputs in the stage

cdef struct Shape:
    Py_ssize_t head                 # first axis of the flat group of columns
    Py_ssize_t trailing             # reals per output of the head
    Py_ssize_t row_axis             # NONE: tile rows are laps
    Py_ssize_t row_step             # rows from one tile row to the next
    Py_ssize_t lap
    Py_ssize_t window               # reals of a plane, with what edge tiles overread
    Py_ssize_t packed               # reals of a plane that packing fills
    Py_ssize_t stage                # reals of a plane
    Py_ssize_t taps                 # of the longest pass
    Py_ssize_t signal_element, signal_swapped, signal_planes, signal_reversed
    Py_ssize_t kernel_element, kernel_swapped, kernel_planes, kernel_reversed
    Py_ssize_t planes               # of the output
    Py_ssize_t storing
    Py_ssize_t finite_taps          # whether taps have to be finite
    Py_ssize_t in_place             # whether the signal may be read where it is
    Py_ssize_t streams              # whether outputs may go past the caches, to memory
    Py_ssize_t overread             # reals of a row that edge tiles read beyond it
    Py_ssize_t poll                 # passes between two looks for Ctrl-C

# The fields in the order of the structs above, for the planner.
AXIS = (
    "samples", "start", "step", "outputs", "block", "stride", "dilation", "boundary",
    "period", "mirror", "signal", "kernel", "output", "convolved", "phases", "spread",
    "slots", "pitch", "own_pitch", "stage",
)
SHAPE = (
    "head", "trailing", "row_axis", "row_step", "lap", "window", "packed", "stage", "taps",
    "signal_element", "signal_swapped", "signal_planes", "signal_reversed",
    "kernel_element", "kernel_swapped", "kernel_planes", "kernel_reversed",
    "planes", "storing", "finite_taps", "in_place", "streams", "overread", "poll",
)
ELEMENTS = (
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64",
    "float16", "float32", "float64", "longdouble",
)
STORING = ("same", "truth", "byte", "half")
TILE = (TILE_ROWS, TILE_VECTORS, LANES, SPAN)

cdef struct Operands:
    const char* signal
    const char* kernel
    char* output
    const real* constant
    Py_ssize_t unit                         # see contiguous_unit, for the signal
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
    Run run                                 # of the head axis, its first phase
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
    Py_ssize_t room, Py_ssize_t lap,
) noexcept nogil:
    """Compute one tile that overhangs, and keep what lies inside.

    `rows` rows lie inside, and `room` reals from the tile's first, of which each
    row uses up `lap`.
    """
    cdef real buffer[TILE_REALS]
    cdef Strip strip = whole[0]
    strip.tiles = 1
    strip.target = buffer
    strip.target_row = vectors * LANES
    strip.target_vector = LANES
    if sum.adding:
        copy_inside(&strip, whole, vectors, rows, room, lap, whole.vector if lap else LANES)
    compute_strip(&strip, sum, vectors)
    copy_inside(whole, &strip, vectors, rows, room, lap, whole.vector if lap else LANES)


cdef void copy_inside(
    const Strip* to, const Strip* source, Py_ssize_t vectors, Py_ssize_t rows,
    Py_ssize_t room, Py_ssize_t lap, Py_ssize_t vector,
) noexcept nogil:
    cdef Py_ssize_t r, c, inside
    for r in range(min(rows, TILE_ROWS)):
        for c in range(vectors):
            inside = min(LANES, room - r * lap - c * vector)
            if inside > 0:
                memcpy(
                    to.target + r * to.target_row + c * to.target_vector,
                    source.target + r * source.target_row + c * source.target_vector,
                    inside * sizeof(real),
                )


@cython.final
cdef class Program:
    """A planned direct convolution: read-only, shared by threads.

    Parameters
    ----------
    shape : array of intp, one per name in SHAPE
    axes : array of intp, shape (axes, len(AXIS)), the window's order of axes
    passes : array of intp, shape (passes, 1 + 2 * axes)
        table, first tap per axis, taps per axis
    tables : array of intp, shape (tables, 9)
        tap columns of each span from 0 to 5, first offset, first tap, taps
    offsets : array of intp, shape (2, columns)
        Of every tap column of every table, those of the widest span first; in the
        window, and in the signal itself.
    order : array of intp
        Which tap of its pass each packed tap is.
    terms : array of intp, shape (planes, 2, 2)
        Signal plane and sort of tap (real, imaginary, and the same negated) of the
        terms that each plane of the output sums; -1: no term.
    """

    cdef Shape shape
    cdef const Axis* axis
    cdef Py_ssize_t axes
    cdef const Py_ssize_t* passes
    cdef Py_ssize_t pass_count
    cdef const Table* tables
    cdef const Py_ssize_t* offsets
    cdef Py_ssize_t offset_count
    cdef const Py_ssize_t* order
    cdef const Py_ssize_t* terms
    cdef readonly Py_ssize_t scratch    # reals that a call needs
    cdef object arrays

    def __cinit__(self, shape, axes, passes, tables, offsets, order, terms):
        self.arrays = (axes, passes, tables, offsets, order, terms)
        memcpy(&self.shape, PyArray_DATA(<PyArrayObject*>shape), sizeof(Shape))
        self.axis = <const Axis*>PyArray_DATA(<PyArrayObject*>axes)
        self.axes = len(axes)
        self.passes = <const Py_ssize_t*>PyArray_DATA(<PyArrayObject*>passes)
        self.pass_count = len(passes)
        self.tables = <const Table*>PyArray_DATA(<PyArrayObject*>tables)
        self.offsets = <const Py_ssize_t*>PyArray_DATA(<PyArrayObject*>offsets)
        self.offset_count = offsets.shape[1]
        self.order = <const Py_ssize_t*>PyArray_DATA(<PyArrayObject*>order)
        self.terms = <const Py_ssize_t*>PyArray_DATA(<PyArrayObject*>terms)
        # windows, outputs, taps; from a cache line on
        self.scratch = (
            self.shape.signal_planes * (self.shape.window + LANES)
            + self.shape.planes * self.shape.stage
            + (4 + self.shape.kernel_planes) * self.shape.taps
            + 64 // <Py_ssize_t>sizeof(real)
        )

    def run(self, signal, kernel, output, constant, Py_ssize_t first, Py_ssize_t last, stop):
        """Compute the blocks `first` to `last` - 1 of `output`.

        Parameters
        ----------
        signal, kernel, output : ndarray
            Of the element types and shapes planned for, in any memory layout.
        constant : ndarray
            What stands outside the signal; as many reals as the signal has planes.
        first, last : int
        stop : ndarray of int64 or None
            The run ends early once this holds something else than zero.

        Returns
        -------
        bool
            False if nothing was computed because a tap is not finite and the plan
            needs finite ones.
        """
        cdef Operands operands
        cdef Py_ssize_t a
        cdef const long long* stopping = NULL
        cdef int outcome
        operands.signal = <const char*>PyArray_DATA(<PyArrayObject*>signal)
        operands.kernel = <const char*>PyArray_DATA(<PyArrayObject*>kernel)
        operands.output = <char*>PyArray_DATA(<PyArrayObject*>output)
        operands.constant = <const real*>PyArray_DATA(<PyArrayObject*>constant)
        for a in range(self.axes):
            operands.signal_stride[a] = stride_of(signal, self.axis[a].signal)
            operands.kernel_stride[a] = stride_of(kernel, self.axis[a].kernel)
            operands.output_stride[a] = stride_of(output, self.axis[a].output)
        if stop is not None:
            stopping = <const long long*>PyArray_DATA(<PyArrayObject*>stop)
        with nogil:
            outcome = self.run_blocks(&operands, first, last, stopping)
        if outcome == NO_MEMORY:
            raise MemoryError("no memory for the scratch of a direct convolution")
        if outcome == INTERRUPTED:
            raise_pending()
        return outcome == DONE

    cdef int run_blocks(
        self, Operands* operands, Py_ssize_t first, Py_ssize_t last, const long long* stop
    ) noexcept nogil:
        cdef const Shape* shape = &self.shape
        cdef Py_ssize_t plane = shape.window + LANES
        cdef char* scratch = <char*>malloc(self.scratch * sizeof(real))
        if scratch == NULL:
            return NO_MEMORY
        cdef real* window = <real*>(scratch + 64 - <Py_ssize_t>scratch % 64)
        cdef real* stage = window + shape.signal_planes * plane
        cdef real* taps = stage + shape.planes * shape.stage
        cdef int outcome
        cdef Py_ssize_t p
        for p in range(shape.signal_planes):
            memset(window + p * plane + shape.packed, 0, (plane - shape.packed) * sizeof(real))
        self.reverse(operands)
        operands.unit = self.contiguous_unit(operands.signal_stride)
        outcome = self.run_with(operands, first, last, stop, window, stage, taps)
        if shape.streams:
            finish_streams()
        free(scratch)
        return outcome

    cdef void reverse(self, Operands* operands) noexcept nogil:
        """Let reversed operands begin at their last sample."""
        cdef const Axis* axis
        cdef Py_ssize_t a, taps
        for a in range(self.axes):
            axis = &self.axis[a]
            if not axis.convolved:
                continue
            if self.shape.signal_reversed:
                operands.signal += (axis.samples - 1) * operands.signal_stride[a]
                operands.signal_stride[a] = -operands.signal_stride[a]
            if self.shape.kernel_reversed:
                taps = self.last_tap(a)
                operands.kernel += taps * operands.kernel_stride[a]
                operands.kernel_stride[a] = -operands.kernel_stride[a]

    cdef Py_ssize_t last_tap(self, Py_ssize_t a) noexcept nogil:
        cdef const Py_ssize_t* final = self.passes + (self.pass_count - 1) * (1 + 2 * self.axes)
        return final[1 + a] + final[1 + self.axes + a] - 1

    cdef int run_with(
        self, const Operands* operands, Py_ssize_t first, Py_ssize_t last,
        const long long* stop, real* window, real* stage, real* taps,
    ) noexcept nogil:
        cdef const Shape* shape = &self.shape
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
                block.target_stride[a] = self.axis[a].stage
            else:
                block.target_stride[a] = operands.output_stride[a] // <Py_ssize_t>sizeof(real)
        for index in range(first, last):
            self.place(&block, index)
            kernel = operands.kernel
            output = operands.output
            for a in range(self.axes):
                if not self.axis[a].convolved:
                    kernel += block.begin[a] * operands.kernel_stride[a]
                output += block.begin[a] * operands.output_stride[a]
            for p in range(self.pass_count):
                if stop != NULL and stop[0]:
                    return DONE
                starts = self.passes + p * (1 + 2 * self.axes) + 1
                counts = starts + self.axes
                block.sum.table = &self.tables[(starts - 1)[0]]
                block.sum.adding = p > 0
                if kernel != packed or self.pass_count > 1:
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
                            operands, &block, 0, operands.signal, False,
                            window + q * (shape.window + LANES), q,
                        )
                block.offsets = self.offsets + block.sum.table.first_offset
                if samples != window:
                    block.offsets += self.offset_count
                for a in range(self.axes):
                    block.pitch[a] = self.axis[a].pitch
                    if samples != window:
                        block.pitch[a] = self.axis[a].own_pitch
                for q in range(shape.planes):
                    self.choose_terms(&block, q, samples, taps)
                    target = stage + q * shape.stage if staged else <real*>output
                    self.compute_axis(&block, 0, 0, target)
                credit -= 1
                if credit == 0:
                    credit = shape.poll
                    with gil:
                        if PyErr_CheckSignals():
                            return INTERRUPTED
            if staged:
                for q in range(shape.planes):
                    self.store_axis(operands, &block, 0, stage + q * shape.stage, output, q)
        return DONE

    cdef bint can_store(self, const Operands* operands) noexcept nogil:
        """Whether tiles go straight to the output: its type, its columns contiguous."""
        cdef Py_ssize_t a, contiguous = sizeof(real)
        if self.shape.storing != SAME or self.shape.planes > 1:
            return False
        for a in range(self.axes - 1, -1, -1):
            if a >= self.shape.head:
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
            if operands.signal_stride[a] != self.axis[a].own_pitch * <Py_ssize_t>sizeof(real):
                return False
        return True

    cdef const real* find_samples(
        self, const Operands* operands, const Block* block
    ) noexcept nogil:
        """Where the block's window lies in the signal; NULL if not wholly inside."""
        cdef const Shape* shape = &self.shape
        cdef const char* source = operands.signal
        cdef Py_ssize_t a, beyond
        for a in range(self.axes):
            beyond = block.origin[a] + block.needed[a]
            if a == shape.head:
                if shape.row_axis == NONE:
                    beyond += shape.overread
                elif block.extent[a] * shape.trailing < TILE_VECTORS * LANES:
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
        """Which samples this pass over the block needs."""
        cdef const Axis* axis
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
        """Convert the taps of a pass and put them in the order of its tap columns."""
        cdef const Shape* shape = &self.shape
        cdef const Py_ssize_t* order = self.order + table.first_tap
        cdef real* tight = taps + 4 * shape.taps
        cdef real value, worst = 0
        cdef Py_ssize_t a, i, plane
        for a in range(self.axes):
            kernel += starts[a] * operands.kernel_stride[a] * self.axis[a].convolved
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
        return sizeof(long double) if element == 11 else 8 if element == 10 else 4

    cdef void choose_terms(
        self, Block* block, Py_ssize_t plane, const real* window, const real* taps
    ) noexcept nogil:
        cdef const Py_ssize_t* term = self.terms + 4 * plane
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
        const char* source, bint outside, real* target, Py_ssize_t plane,
    ) noexcept nogil:
        """Fill the window from axis `a` on; `outside`: with the constant."""
        cdef const Axis* axis = &self.axis[a]
        cdef Py_ssize_t phase, slot, at
        if a == self.shape.head:
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
                    outside or at < 0,
                    target + (phase * axis.slots + slot) * axis.pitch, plane,
                )

    cdef void pack_columns(
        self, const Operands* operands, const Block* block,
        const char* source, bint outside, real* target, Py_ssize_t plane,
    ) noexcept nogil:
        """Fill one row of the window: the head axis and the flat ones behind it."""
        cdef const Shape* shape = &self.shape
        cdef Py_ssize_t slots = block.needed[shape.head], trailing = shape.trailing
        cdef Py_ssize_t phase, t, offset = 0
        cdef Run run = block.run
        source += plane * self.plane_size(shape.signal_element)
        for phase in range(self.axis[shape.head].phases):
            if phase:
                run = self.run_of(block, phase)
            for t from 0 <= t < trailing by operands.unit:
                if trailing > operands.unit:
                    offset = self.trailing_offset(operands, t)
                if outside:
                    self.pack_outside(
                        operands, &run, NULL, target + t, 0, slots, plane
                    )
                    continue
                if run.inside > 0:
                    self.pack_outside(
                        operands, &run, source + offset, target + t, 0, run.inside, plane
                    )
                if run.beyond > run.inside:
                    self.pack_inside(operands, &run, source + offset, target + t)
                if slots > run.beyond:
                    self.pack_outside(
                        operands, &run, source + offset, target + t, run.beyond, slots, plane
                    )
            target += self.axis[shape.head].slots * trailing

    cdef Run run_of(self, const Block* block, Py_ssize_t phase) noexcept nogil:
        """Which slots of a phase of the head axis lie inside the signal."""
        cdef const Axis* axis = &self.axis[self.shape.head]
        cdef Py_ssize_t slots = block.needed[self.shape.head]
        cdef Run run
        run.hop = axis.step * axis.stride
        run.origin = block.origin[self.shape.head] + axis.step * axis.spread * phase
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
        cdef const Shape* shape = &self.shape
        cdef Py_ssize_t stride = operands.signal_stride[shape.head], unit = operands.unit
        cdef Py_ssize_t step = operands.signal_stride[self.axes - 1], slot
        cdef Py_ssize_t count = run.beyond - run.inside
        source += (run.origin + run.hop * run.inside) * stride
        target += run.inside * shape.trailing
        stride *= run.hop
        if unit == 1:
            read_run(
                shape.signal_element, shape.signal_swapped, target, shape.trailing,
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
        Py_ssize_t first, Py_ssize_t last, Py_ssize_t plane,
    ) noexcept nogil:
        """Fill slots `first` to `last` - 1 as the boundary rule says; NULL: the constant."""
        cdef const Shape* shape = &self.shape
        cdef const Axis* axis = &self.axis[shape.head]
        cdef Py_ssize_t slot, at, i, unit = operands.unit, trailing = shape.trailing
        cdef real constant = operands.constant[plane]
        if source != NULL and axis.boundary != CONSTANT:
            for slot in range(first, last):
                at = fold(
                    run.origin + run.hop * slot, axis.samples, axis.boundary, axis.period,
                    axis.mirror,
                )
                read_run(
                    shape.signal_element, shape.signal_swapped, target + slot * trailing, 1,
                    source + at * operands.signal_stride[shape.head],
                    operands.signal_stride[self.axes - 1], unit,
                )
        elif unit == trailing:
            for i in range(first * unit, last * unit):
                target[i] = constant
        else:
            for slot in range(first, last):
                target[slot * trailing] = constant

    cdef Py_ssize_t contiguous_unit(self, const Py_ssize_t* stride) noexcept nogil:
        """How many samples of the axes behind the head lie in one run: all, or 1."""
        cdef Py_ssize_t a, run = stride[self.axes - 1]
        for a in range(self.axes - 1, self.shape.head, -1):
            if stride[a] != run:
                return 1
            run *= self.axis[a].outputs
        return self.shape.trailing

    cdef Py_ssize_t trailing_offset(self, const Operands* operands, Py_ssize_t t) noexcept nogil:
        """Bytes to number `t` of the samples behind the head."""
        cdef Py_ssize_t a, offset = 0
        for a in range(self.axes - 1, self.shape.head, -1):
            offset += t % self.axis[a].outputs * operands.signal_stride[a]
            t //= self.axis[a].outputs
        return offset

    cdef void compute_axis(
        self, const Block* block, Py_ssize_t a, Py_ssize_t at, real* target
    ) noexcept nogil:
        """Compute the block's outputs from axis `a` on."""
        cdef Py_ssize_t n
        if a == self.shape.head:
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
        cdef const Shape* shape = &self.shape
        cdef Py_ssize_t width = block.extent[shape.head] * shape.trailing
        cdef Py_ssize_t rows, classes, pitch, target_pitch, c
        cdef Strip strip
        strip.offsets = block.offsets
        strip.streams = False
        if shape.row_axis == NONE:
            strip.at = at
            strip.target = target
            strip.row = strip.target_row = shape.lap
            self.compute_laps(block, strip, width)
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

    cdef void compute_laps(self, const Block* block, Strip strip, Py_ssize_t width) noexcept nogil:
        """Compute a single row: its tile rows are laps, its vectors lie far apart."""
        cdef Py_ssize_t lap = self.shape.lap, tiles, j, n
        cdef Strip last
        strip.hop = TILE_ROWS * lap
        tiles = (width + TILE_VECTORS * strip.hop - 1) // (TILE_VECTORS * strip.hop)
        strip.vector = strip.target_vector = tiles * strip.hop
        for j from 0 <= j < lap by LANES:
            # the tiles whose last vector lies inside
            n = width - j - LANES - (TILE_ROWS - 1) * lap - (TILE_VECTORS - 1) * strip.vector
            strip.tiles = min(tiles, n // strip.hop + 1) if n >= 0 else 0
            if strip.tiles:
                compute_strip(&strip, &block.sum, TILE_VECTORS)
            for n in range(strip.tiles, tiles):
                last = strip
                last.at += n * strip.hop
                last.target += n * strip.hop
                compute_partly(
                    &last, &block.sum, TILE_VECTORS, TILE_ROWS, width - j - n * strip.hop, lap
                )
            strip.at += LANES
            strip.target += LANES

    cdef void store_axis(
        self, const Operands* operands, const Block* block, Py_ssize_t a,
        const real* stage, char* output, Py_ssize_t plane,
    ) noexcept nogil:
        """Bring the block's outputs from axis `a` on from the stage to the output."""
        cdef Py_ssize_t n, unit, step = operands.output_stride[self.axes - 1]
        if a >= self.shape.head:
            unit = self.contiguous_unit(operands.output_stride) if a == self.shape.head else 1
            if a == self.axes - 1 or unit > 1 and operands.output_stride[a] == unit * step:
                write_run(
                    self.shape.storing, output + plane * <Py_ssize_t>sizeof(real), step,
                    stage, 1, block.extent[a] * unit,
                )
                return
        for n in range(block.extent[a]):
            self.store_axis(
                operands, block, a + 1, stage + n * self.axis[a].stage,
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
