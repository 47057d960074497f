"""Convolution by transforms of tiles, for one element type and one instruction set.

    y[n] = sum over k of  h[k] * x~[p + n - k]

in any number of dimensions, with x~ the signal continued by a boundary rule. The
output is cut into tiles. A tile of the signal, with the halo that its outputs need, is
packed into scratch: element type, strides, byte order and boundary end there. It is
transformed, multiplied by the spectrum of the kernel, transformed back, and the outputs
that nothing has wrapped around into are stored (*overlap-save*). Where nothing lies
outside the signal and it takes fewer tiles, a tile holds a block of samples with zeros
behind it instead, and outputs that it shares with its neighbours are summed
(*overlap-add*): first those of even blocks are stored, then those of odd ones added.

Points of a tile lie in its rows as vectors of LANES real parts, then LANES imaginary
ones. The two halves of an axis of real samples ride as real and imaginary part, see
transform.pxd. Along all axes but the last, neighbouring columns are transformed at
once, in place. LANES rows at a time are then transposed into a *panel*, which stays in
the L1 cache while it is transformed, multiplied and transformed back. The rows may be
signals of their own (blocks of one long signal, or of a batch of them), or pieces of a
single long one: its transform is that of columns, a *twist* by roots of unity, and that
of rows [1]_. Where the last axis isn't convolved, there are columns only.

Outer passes along the first axis are run on rows just packed, and those about to be
stored. They split a tile into blocks that stay in the L2 cache, which are computed one by
one, or by one thread each.

A transform spreads the rounding of a constant over all that it covers. So the *level*
of a tile, the mean of its samples or zero, is subtracted while they are packed, and what
the kernel makes of ones (*sums*), times the level, is added while outputs are stored.
Riders have a level each, columns too.

.. [1] D. H. Bailey, "FFTs in external or hierarchical memory", J. Supercomputing 4,
   1990, pages 23-35.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING
from elements cimport (
    CONSTANT, FLOAT64, LONGDOUBLE, MOST_AXES, NONE, SAME, SINGLE, TRUTH,
)
from fft_program cimport Blocks, Pass, Round, TileAxis, TileProgram
from libc.math cimport rint
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset
from pack cimport Digit, fold, read_digit, read_run, write_integers, write_run
from pages cimport CACHE_LINE
from panel cimport FINE, Sums, enter_square, leave_square, lift_points, turn_points
from simd cimport (
    LANES, REAL_ELEMENT, VECTOR_REGISTERS, broadcast, finish_streams, load, load_pairs,
    prefetch_for_later, prefetch_to_read, prefetch_to_write, real, store, vec,
)
from step_response cimport Compensated, add_exactly, add_taps, sum_taps
from storing cimport is_finite, raised_part, store_complex, store_vectors
from transform cimport LEAF_RADIX, Run, multiply_blocks, pass_blocks

cdef extern from "numpy/arrayobject.h" nogil:
    ctypedef struct PyArrayObject:
        pass
    void* PyArray_DATA(const PyArrayObject*)
    Py_ssize_t* PyArray_STRIDES(const PyArrayObject*)

cdef extern from "Python.h":
    char* PyByteArray_AS_STRING(object)
    Py_ssize_t PY_SSIZE_T_MAX
    int PyErr_CheckSignals()

cdef enum:
    RESIDENT = 256          # points of a block that stays in the L1 cache
    WIDE = 384              # points of columns that are transformed side by side
    SAMPLED = 8             # rows of a tile that its level is taken from
    SAMPLES = 16            # and samples of each, about
    AHEAD = 3               # rows from one that is packed or stored to one fetched

cdef enum Outcome:
    DONE, INTERRUPTED, STOPPED, NO_MEMORY

cdef enum Action:
    FORWARD, INVERSE, CONVOLVE, ANALYSE

cdef enum Phase:                    # of a tile that threads share, or all of one
    PACK, COMPUTE, STORE, ALL

cdef struct Passes:
    Py_ssize_t levels
    const Pass* level
    const real* twiddles

# Lanes of a vector, registers for vectors, fine steps of a coarse one in four-step twiddles.
SHAPE = (LANES, VECTOR_REGISTERS, FINE)
cdef real zeros[2 * MOST_AXES]      # what stands outside, usually

cdef struct Line:
    Py_ssize_t step, boundary, period, mirror

cdef struct Source:
    const char* data
    int element, planes
    bint swapped, conjugated
    Py_ssize_t part                 # bytes from the real to the imaginary part
    Digit digit
    const real* constants           # what stands outside each axis of the problem: two parts
    Py_ssize_t ahead                # bytes to a row that is needed soon, from row to row
    bint clean                      # of the type that is computed in, one after another
    bint paired                     # clean, but complex
    Py_ssize_t stride[MOST_AXES]    # bytes
    Line line[MOST_AXES]

cdef struct Place:                  # in the signal, of a tile's rows
    const char* re                  # what real and imaginary parts are read from
    const char* im
    Py_ssize_t re_outside, im_outside   # by the constant of such a rank; NONE: inside
    Py_ssize_t along                # positions of the last axis from a tile's first

cdef struct Sink:
    char* data
    int shift                       # of integers
    bint adding                     # to what the output holds
    Py_ssize_t ahead                # bytes to a row that is stored soon, from row to row
    Py_ssize_t stride[MOST_AXES]    # bytes between outputs of a tile

cdef struct Frame:
    char* output
    Py_ssize_t origin[MOST_AXES]    # sample at the first position
    Py_ssize_t samples[MOST_AXES]   # that there are, or that belong to earlier blocks and this
    Py_ssize_t keep[MOST_AXES]      # position of the first output
    Py_ssize_t count[MOST_AXES]     # outputs
    Py_ssize_t head[MOST_AXES]      # positions in front of here and from there on hold sums
    Py_ssize_t tail[MOST_AXES]      # that outputs are added to
    bint finite

cdef struct Coming:                 # rows of the next tile's samples, yet to be fetched
    const char* row
    Py_ssize_t bytes                # of a row
    Py_ssize_t hop, leap            # to the next row, and more to that of the next plane
    Py_ssize_t rows, left           # of a plane, and of this one
    Py_ssize_t planes               # from this one on
    Py_ssize_t cost, credit         # points to compute for each, and computed already

cdef struct Work:
    real* tile
    real* panel
    real* line
    real* level                     # taken from samples, of each rider or column
    real* imaginary_level           # the same one, unless samples are complex
    real* response                  # what the kernel makes of columns' levels in a row,
    real* imaginary_response        # and of complex ones
    bint imaginary                  # whether that of imaginary parts is stored
    bint levelled                   # whether a level isn't zero
    const real* sums                # what the kernel makes of ones, at each position
    real* spectrum
    Py_ssize_t kept                 # panels of it, where they are kept in single precision
    const real* rider[LANES]        # samples of each rider: real parts, imaginary ones
    real* output[LANES]             # and where its first output belongs
    Py_ssize_t inner, outer         # positions of outputs that all riders store, in vectors
    real worst[LANES]               # zero for each rider if those are finite
    uint8_t* nonfinite              # flags of places: outputs are not finite, and so wrong
    Py_ssize_t ahead                # bytes from a row to the one that is fetched with it
    Py_ssize_t block                # of the axis with early passes
    Py_ssize_t points               # of that block
    Py_ssize_t begin, end           # those of each block that are packed, or stored
    Coming coming
    Py_ssize_t leap                 # bytes from a rider's samples to one's of the next tile
    const long long* stop
    Py_ssize_t credit               # points until the next look for Ctrl-C
    Outcome outcome


cdef inline void run_radix(
    Py_ssize_t radix, real* x, Run run, Py_ssize_t blocks, const real* twiddles,
    bint inverse, bint fetching,
) noexcept nogil:
    if radix == 2:
        pass_blocks(x, run, blocks, twiddles, 2, inverse, fetching)
    elif radix == 3:
        pass_blocks(x, run, blocks, twiddles, 3, inverse, fetching)
    elif radix == 4:
        pass_blocks(x, run, blocks, twiddles, 4, inverse, fetching)
    elif radix == 5:
        pass_blocks(x, run, blocks, twiddles, 5, inverse, fetching)
    elif radix == 6:
        pass_blocks(x, run, blocks, twiddles, 6, inverse, fetching)
    elif radix == 8:
        pass_blocks(x, run, blocks, twiddles, 8, inverse, fetching)
    elif radix == 10:
        pass_blocks(x, run, blocks, twiddles, 10, inverse, fetching)
    else:
        pass_blocks(x, run, blocks, twiddles, 12, inverse, fetching)


cdef void run_passes(
    Py_ssize_t radix, real* x, Run run, Py_ssize_t blocks, const real* twiddles, bint inverse
) noexcept nogil:
    if run.ahead:
        if inverse:
            run_radix(radix, x, run, blocks, twiddles, True, True)
        else:
            run_radix(radix, x, run, blocks, twiddles, False, True)
    elif inverse:
        run_radix(radix, x, run, blocks, twiddles, True, False)
    else:
        run_radix(radix, x, run, blocks, twiddles, False, False)


cdef void run_level(
    const Passes* passes, Py_ssize_t number, Py_ssize_t block, Py_ssize_t blocks,
    real* x, Py_ssize_t pitch, Py_ssize_t width, bint inverse, Py_ssize_t ahead,
    Py_ssize_t every,
) noexcept nogil:
    """One pass over `blocks` blocks of a level, of which the first has number `block`.

    `width` columns that lie side by side are transformed at once, at every `every`-th of
    their points.
    """
    cdef const Pass* level = &passes.level[number]
    cdef Py_ssize_t count = level.points // level.radix
    cdef Run run
    run.apart, run.ahead = count * pitch, ahead
    count //= every
    pitch *= every
    run.rows, run.pitch, run.width, run.step = count, pitch, width, 2 * LANES
    if width == 1:
        # one column: let the inner loop run along it
        run.rows, run.pitch, run.width, run.step = 1, count * pitch, count, pitch
    run_passes(
        level.radix, x, run, blocks,
        passes.twiddles + level.twiddle + 2 * (level.radix - 1) * block, inverse,
    )


cdef void transform_block(
    const Passes* passes, Py_ssize_t number, Py_ssize_t block, real* x, Py_ssize_t pitch,
    Py_ssize_t width, bint inverse, Py_ssize_t ahead,
) noexcept nogil:
    """All passes from level `number` on over one of its blocks."""
    cdef const Pass* level = &passes.level[number]
    cdef Py_ssize_t n, l, c, split = level.points // level.radix
    if level.points > RESIDENT and number < passes.levels - 1:
        if not inverse:
            run_level(passes, number, block, 1, x, pitch, width, False, ahead, 1)
        for c in range(level.radix):
            transform_block(
                passes, number + 1, block * level.radix + c, x + c * split * pitch, pitch,
                width, inverse, ahead if inverse else 0,
            )
        if inverse:
            run_level(passes, number, block, 1, x, pitch, width, True, 0, 1)
        return
    for n in range(number, passes.levels):
        l = passes.levels - 1 - (n - number) if inverse else n
        c = level.points // passes.level[l].points
        run_level(
            passes, l, block * c, c, x, pitch, width, inverse,
            ahead if n == number else 0, 1,
        )


cdef void convolve_block(
    const Passes* passes, Py_ssize_t number, Py_ssize_t block, real* x, Py_ssize_t pitch,
    const real* spectrum, bint own, Py_ssize_t ahead,
) noexcept nogil:
    """The same, then a product with the block's spectrum, and all passes back."""
    cdef const Pass* level = &passes.level[number]
    cdef const Pass* leaf = &passes.level[passes.levels - 1]
    cdef const real* w
    cdef Py_ssize_t l, c, split = level.points // level.radix
    cdef Py_ssize_t each = (2 * LANES if own else 2) * split
    if level.points > RESIDENT and number < passes.levels - 1:
        run_level(passes, number, block, 1, x, pitch, 1, False, ahead, 1)
        for c in range(level.radix):
            convolve_block(
                passes, number + 1, block * level.radix + c, x + c * split * pitch, pitch,
                spectrum + c * each, own, 0,
            )
        run_level(passes, number, block, 1, x, pitch, 1, True, 0, 1)
        return
    for l in range(number, passes.levels - 1):
        c = level.points // passes.level[l].points
        run_level(
            passes, l, block * c, c, x, pitch, 1, False, ahead if l == number else 0, 1
        )
    c = level.points // LEAF_RADIX
    w = passes.twiddles + leaf.twiddle + 2 * (LEAF_RADIX - 1) * block * c
    if own:
        multiply_blocks(x, pitch, c, w, spectrum, False)
    else:
        multiply_blocks(x, pitch, c, w, spectrum, True)
    for l in range(passes.levels - 2, number - 1, -1):
        c = level.points // passes.level[l].points
        run_level(passes, l, block * c, c, x, pitch, 1, True, 0, 1)


def transform(x, tuple radices, bytes twiddles, bint inverse):
    """Transform LANES signals at once, or transform back times the number of points.

    Parameters
    ----------
    x : ndarray of real, C-contiguous, shape (points, 2, LANES)
        Real and imaginary parts, which are replaced.
    radices : tuple of int
        Of all passes.
    twiddles : bytes
        What `planner.twiddles` makes of them.
    inverse : bool
    """
    cdef Pass levels[32]
    cdef Passes passes
    cdef real* data = <real*>PyArray_DATA(<PyArrayObject*>x)
    cdef Py_ssize_t points = len(x), blocks = 1, i
    passes.levels, passes.level = len(radices), levels
    passes.twiddles = <const real*>PyBytes_AS_STRING(twiddles)
    for i in range(passes.levels):
        levels[i].radix, levels[i].points = radices[i], points // blocks
        levels[i].twiddle = 0
        if i:
            levels[i].twiddle = levels[i - 1].twiddle
            levels[i].twiddle += 2 * (levels[i - 1].radix - 1) * (blocks // levels[i - 1].radix)
        blocks *= levels[i].radix
    with nogil:
        transform_block(&passes, 0, 0, data, 2 * LANES, 1, inverse, 0)


@cython.final
cdef class Program:
    """A planned convolution by tiles: read-only, shared by threads.

    Parameters
    ----------
    program : bytes
        What `planner.tile_program` has laid out.
    twiddles : tuple of bytes or None
        Those of each axis of a tile that is transformed.
    joining : bytes or None
        What `planner.four_step_twiddles` makes, of a single long transform.
    """

    cdef const TileProgram* shape
    cdef const TileAxis* axis
    cdef Py_ssize_t axes
    cdef const Py_ssize_t* order
    cdef const Round* round
    cdef Passes passes[MOST_AXES]
    cdef real scale
    cdef Py_ssize_t levels              # of lanes, or columns
    cdef const real* twists
    cdef readonly Py_ssize_t tile       # bytes of one
    cdef readonly Py_ssize_t scratch    # bytes that a thread needs, its own tile included
    cdef bytes block
    cdef object tables

    def __cinit__(self, bytes program, tuple twiddles, joining):
        cdef const char* start = PyBytes_AS_STRING(program)
        cdef const TileProgram* shape = <const TileProgram*>start
        cdef const TileAxis* axis
        cdef Py_ssize_t a
        self.block, self.tables = program, (twiddles, joining)
        self.shape, self.axes = shape, shape.axes
        self.axis = <const TileAxis*>(start + shape.axis_at)
        self.order = <const Py_ssize_t*>(start + shape.order_at)
        self.round = <const Round*>(start + shape.round_at)
        self.twists = NULL
        if joining is not None:
            self.twists = <const real*>PyBytes_AS_STRING(joining)
        # a panel, two lines of samples, levels, from a cache line on; a tile, likewise
        self.levels = LANES if shape.lanes > 1 else shape.line
        self.tile = shape.tile * <Py_ssize_t>sizeof(real) + CACHE_LINE
        self.scratch = shape.panel + 2 * shape.line + 2 * shape.planes * self.levels
        self.scratch = self.scratch * <Py_ssize_t>sizeof(real) + CACHE_LINE + self.tile
        self.scale = 1
        for a in range(self.axes):
            axis = &self.axis[a]
            if axis.transformed:
                self.passes[a].levels = axis.passes
                self.passes[a].level = <const Pass*>(start + axis.pass_at)
                self.passes[a].twiddles = <const real*>PyBytes_AS_STRING(twiddles[a])
                self.scale /= axis.points

    @property
    def places(self):
        """Places of the output, each of which has a flag."""
        return self.shape.places

    @property
    def rounds(self):
        """Tiles that may be computed at the same time, round after round."""
        return tuple([self.round[i].tiles for i in range(self.shape.rounds)])

    @property
    def parts(self):
        """Blocks of a tile after early passes, or 1."""
        return self.shape.parts

    @property
    def steps(self):
        """Points of each of them."""
        return self.shape.steps

    @property
    def spectra(self):
        """Shape of the spectra of a kernel, with its step responses behind each."""
        return self.shape.items, self.shape.spectrum + self.shape.responses

    @property
    def responses(self):
        """Numbers of those."""
        return self.shape.responses

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
        cdef Source source
        cdef Work work
        cdef Frame frame
        cdef Py_ssize_t item, rider, part, parts = 1, items = len(spectra)
        cdef const TileProgram* shape = self.shape
        cdef Py_ssize_t riders = shape.lanes if shape.per_lane else 1
        if shape.narrow and riders > 1:
            parts = shape.narrow
        cdef char* target = <char*>PyArray_DATA(<PyArrayObject*>spectra)
        cdef Py_ssize_t size = shape.spectrum + shape.responses
        size *= sizeof(float) if shape.narrow else sizeof(real)
        self.describe_kernel(&source, kernel)
        set_digit(&source.digit, digit)
        self.begin(scratch, None, NULL, &work)
        work.begin, work.end = 0, self.shape.steps
        work.sums = NULL
        with nogil:
            self.clear_beyond(&work)
            for part in range(items * parts):
                item = part // parts
                self.clear_levels(&work)
                for rider in range(shape.lanes):
                    if rider < riders and self.find_taps(&frame, part * riders + rider):
                        self.pack(&source, &frame, rider, &work)
                    else:
                        self.clear(rider, &work)
                work.spectrum = <real*>(target + item * size)
                work.kept = part % parts
                self.compute(&work, 0, self.shape.parts, ANALYSE)
                if work.outcome != DONE:
                    break
            if work.outcome == DONE and shape.responses:
                work.outcome = self.respond_to_ones(&source, target, size)
        finish(&work)

    cdef Outcome respond_to_ones(
        self, const Source* source, char* target, Py_ssize_t size
    ) noexcept nogil:
        """Store what each item of a kernel makes of a tile of ones, by position."""
        cdef const TileProgram* shape = self.shape
        cdef Py_ssize_t taps = self.axis[shape.last].taps, item, lane
        # a row of taps, sums of all rows, and the errors of those
        cdef real* row = <real*>malloc(3 * taps * sizeof(real))
        if row == NULL:
            return NO_MEMORY
        target += shape.spectrum * (sizeof(float) if shape.narrow else sizeof(real))
        for item in range(shape.items):
            for lane in range(shape.response_lanes):
                self.respond_lane(source, item, lane, target, row)
            target += size
        free(row)
        return DONE

    cdef void respond_lane(
        self, const Source* source, Py_ssize_t item, Py_ssize_t lane, char* target, real* row
    ) noexcept nogil:
        cdef const TileProgram* shape = self.shape
        cdef Py_ssize_t taps = self.axis[shape.last].taps, n
        cdef Py_ssize_t positions = shape.responses // shape.response_lanes
        cdef real* sums = row + taps
        cdef real* errors = sums + taps
        cdef const char* at = NULL
        cdef Compensated total, running
        cdef int plane
        cdef bint found = self.find_lane(source, item, lane, &at)
        for plane in range(shape.planes):
            memset(sums, 0, 2 * taps * sizeof(real))
            if found and plane < source.planes:
                self.add_rows(source, 0, at + plane * source.part, row)
            total = sum_taps(sums, errors, taps)
            if shape.planes == 2:
                # a tile's end meets its beginning: it is the same everywhere
                running.sum = total.sum + total.error
                if plane and source.conjugated:
                    running.sum = -running.sum
                self.keep_response(target, plane, lane, running.sum)
                continue
            running.sum = running.error = 0
            for n in range(positions):
                if n < taps:
                    running = add_exactly(running, sums[n])
                    running.error += errors[n]
                    row[n] = (2 * running.sum - total.sum) + (2 * running.error - total.error)
                    self.keep_response(target, n, lane, row[n])
                else:
                    self.keep_response(target, n, lane, total.sum + total.error)

    cdef void keep_response(
        self, char* target, Py_ssize_t position, Py_ssize_t lane, real value
    ) noexcept nogil:
        cdef Py_ssize_t i = position * self.shape.response_lanes + lane
        if self.shape.narrow:
            (<float*>target)[i] = <float>value
        else:
            (<real*>target)[i] = value

    cdef bint find_lane(
        self, const Source* source, Py_ssize_t item, Py_ssize_t lane, const char** at
    ) noexcept nogil:
        """Where the kernel of a lane begins; false if there is none of this number."""
        cdef const TileProgram* shape = self.shape
        cdef const TileAxis* axis = &self.axis[self.axes - 1]
        cdef Frame frame
        cdef Py_ssize_t a
        cdef bint columns = not shape.panels
        at[0] = source.data
        if not self.find_taps(
            &frame, item if columns else item * shape.response_lanes + lane
        ):
            return False
        for a in range(self.axes):
            at[0] += frame.origin[a] * source.stride[a]
        if columns and shape.response_lanes > 1:
            at[0] += lane * source.stride[self.axes - 1]
            return frame.origin[self.axes - 1] + lane < axis.taps
        return True

    cdef void add_rows(
        self, const Source* source, Py_ssize_t a, const char* at, real* row
    ) noexcept nogil:
        """Add up the rows of taps along all axes from `a` on, but the last transformed."""
        cdef Py_ssize_t last = self.shape.last, taps = self.axis[last].taps, k
        if a == self.axes:
            read_digit(
                source.digit, source.element, source.swapped, row, at, source.stride[last], taps
            )
            add_taps(row + taps, row + 2 * taps, row, taps)
        elif a == last or not self.axis[a].is_window or self.axis[a].kernel == NONE:
            self.add_rows(source, a + 1, at, row)
        else:
            for k in range(self.axis[a].taps):
                self.add_rows(source, a + 1, at + k * source.stride[a], row)

    def run(
        self, tuple job, Py_ssize_t number, Py_ssize_t first, Py_ssize_t last, stop, scratch,
        int phase=ALL, Py_ssize_t tile=0, shared=None,
    ):
        """Compute tiles of a round, or pieces of a phase of one.

        Parameters
        ----------
        job : tuple
            signal, output : ndarray
                Of the element types and shapes planned for, in any memory layout.
            spectra : ndarray of real
                What `transform_kernel` has computed.
            constants : ndarray of real or None
                Real and imaginary part of what stands outside the signal along each axis
                of the problem. None: zeros.
            digit : tuple of int
                Which digit of the signal, as for `transform_kernel`.
            shift : int
                Bits that integers are shifted left by before they are stored.
            adding : bool
                Whether all is added to what `output` holds.
            flags : bytearray
                One for every place of `output`: set to 1 where numbers are not finite;
                threads that share a place agree.
        number : int
            Of the round.
        first, last : int
            Which tiles: `first` to `last` - 1; of computing, which of a tile's `parts`; of
            packing and storing, which of its `steps`.
        stop : ndarray of int64 or None
            The run ends early once this holds something else than zero.
        scratch : ndarray of uint8
            For this call alone.
        phase : int, optional
            Packing, computing or storing a tile; each must have ended before the next
            begins. By default all of them.
        tile : int, optional
            The one that a phase belongs to.
        shared : ndarray of uint8, optional
            Where it lies.
        """
        cdef Source source
        cdef Sink sink
        cdef Work work
        cdef Py_ssize_t a
        cdef bytearray flags
        signal, spectra, output, constants, digit, shift, adding, flags = job
        cdef const Round* round = &self.round[number]
        cdef const Blocks* chosen = <const Blocks*>(
            PyBytes_AS_STRING(self.block) + round.blocks_at
        )
        cdef const real* spectrum = <const real*>PyArray_DATA(<PyArrayObject*>spectra)
        self.describe_signal(&source, signal, constants)
        set_digit(&source.digit, digit)
        sink.data = <char*>PyArray_DATA(<PyArrayObject*>output)
        sink.shift = shift
        sink.adding = adding
        for a in range(self.axes):
            sink.stride[a] = stride_of(output, self.axis[a].output)
        sink.ahead = 0
        if self.axes > 1:
            a = self.axes - 2
            sink.ahead = AHEAD * self.axis[a].phases * sink.stride[a]
        cdef const long long* stopping = NULL
        if stop is not None:
            stopping = <const long long*>PyArray_DATA(<PyArrayObject*>stop)
        self.begin(scratch, shared, stopping, &work)
        work.nonfinite = <uint8_t*>PyByteArray_AS_STRING(flags) + round.before
        with nogil:
            if phase == ALL:
                self.clear_beyond(&work)
                for tile in range(first, last):
                    self.run_tile(
                        &source, spectrum, &sink, chosen, ALL, tile, 0, self.shape.steps,
                        tile + 1 < last, &work,
                    )
            else:
                self.run_tile(
                    &source, spectrum, &sink, chosen, phase, tile, first, last,
                    False, &work,
                )
            if self.shape.streams:
                finish_streams()
        finish(&work)

    cdef void describe_kernel(self, Source* source, object kernel):
        cdef const TileProgram* shape = self.shape
        cdef const TileAxis* axis
        cdef Line* line
        cdef Py_ssize_t a
        source.data = <const char*>PyArray_DATA(<PyArrayObject*>kernel)
        source.element = shape.kernel_element
        source.swapped = shape.kernel_swapped
        source.planes = shape.kernel_planes
        source.conjugated = shape.kernel_conjugated
        source.part = bytes_of(source.element)
        source.constants = zeros
        source.ahead = 0
        source.clean = source.paired = False
        for a in range(self.axes):
            axis = &self.axis[a]
            source.stride[a] = stride_of(kernel, axis.kernel)
            line = &source.line[a]
            line.boundary = CONSTANT
            line.period = 1
            line.mirror = 0
            line.step = 1
            # the sum runs over positions from the last to the first tap
            if axis.reversed:
                source.data += (axis.taps - 1) * source.stride[a]
                source.stride[a] = -source.stride[a]

    cdef void describe_signal(self, Source* source, object signal, object constants):
        cdef const TileProgram* shape = self.shape
        cdef const TileAxis* axis
        cdef Line* line
        cdef Py_ssize_t a
        source.data = <const char*>PyArray_DATA(<PyArrayObject*>signal)
        source.element = shape.signal_element
        source.swapped = shape.signal_swapped
        source.planes = shape.signal_planes
        source.conjugated = shape.signal_conjugated
        source.part = bytes_of(source.element)
        source.constants = zeros
        if constants is not None:
            source.constants = <const real*>PyArray_DATA(<PyArrayObject*>constants)
        for a in range(self.axes):
            axis = &self.axis[a]
            source.stride[a] = stride_of(signal, axis.signal)
            line = &source.line[a]
            line.boundary = axis.boundary
            line.period = axis.period
            line.mirror = axis.mirror
            line.step = axis.step
        source.ahead = 0
        if self.axes > 1:
            a = self.axes - 2
            source.ahead = AHEAD * source.line[a].step * source.stride[a]
        a = self.axes - 1
        source.clean = source.paired = (
            source.element == REAL_ELEMENT and not source.swapped
            and shape.planes == source.planes
            and source.line[a].step == 1
            and source.stride[a] == source.planes * source.part
        )
        source.clean &= source.planes == 1
        source.paired &= source.planes == 2

    cdef void begin(
        self, object scratch, object shared, const long long* stop, Work* work
    ):
        """Share out scratch."""
        cdef const TileProgram* shape = self.shape
        work.tile = work.panel = first_line(scratch)
        if shared is None:
            work.panel += shape.tile
        else:
            work.tile = first_line(shared)
        work.line = work.panel + shape.panel
        work.level = work.imaginary_level = work.line + 2 * shape.line
        work.imaginary = work.levelled = False
        work.inner = work.outer = 0
        if shape.planes == 2:
            work.imaginary_level = work.level + self.levels
        work.response = work.imaginary_level + self.levels
        work.imaginary_response = work.response + self.levels
        work.coming.planes = work.leap = 0
        work.stop = stop
        work.credit = shape.poll
        work.outcome = DONE

    cdef void clear_beyond(self, Work* work) noexcept nogil:
        """A row beyond the last one is computed, too, and must hold numbers."""
        cdef const TileProgram* shape = self.shape
        if shape.lanes == 1:
            memset(work.tile + shape.row, 0, (shape.tile - shape.row) * sizeof(real))

    cdef void run_tile(
        self, const Source* source, const real* spectra, const Sink* sink,
        const Blocks* blocks, int phase, Py_ssize_t index,
        Py_ssize_t first, Py_ssize_t last, bint foreseeing, Work* work,
    ) noexcept nogil:
        """Compute a tile, or some part of a phase of it, as `run` has it."""
        cdef const TileProgram* shape = self.shape
        cdef Py_ssize_t groups = (shape.period + shape.lanes - 1) // shape.lanes
        cdef Py_ssize_t group = index % groups, rider, riders, item, a, places = 1
        cdef Py_ssize_t place = self.first_place(index)
        cdef Frame frames[LANES]
        cdef Frame following
        if work.outcome != DONE or work.stop != NULL and work.stop[0]:
            return
        for a in range(self.axes):
            if self.axis[a].kernel == NONE or self.axis[a].is_window:
                places *= blocks[a].number * self.axis[a].phases
        riders = min(shape.lanes, shape.period - group * shape.lanes)
        item = group if shape.per_lane and shape.lanes > 1 else place // places
        work.spectrum = <real*>spectra + item * (shape.spectrum + shape.responses)
        work.sums = work.spectrum + shape.spectrum if shape.responses else NULL
        work.begin, work.end = first, last
        if phase == COMPUTE:
            self.compute(work, first, last, CONVOLVE)
            return
        self.clear_levels(work)
        for rider in range(riders):
            self.find_place(sink, blocks, &frames[rider], place + rider)
            if phase != STORE:
                self.pack(source, &frames[rider], rider, work)
            else:
                self.find_levels(source, &frames[rider], work)
        if phase == PACK:
            return
        if phase == ALL:
            for rider in range(riders, shape.lanes):
                self.clear(rider, work)
            self.find_inner(sink, frames, riders, work)
            if shape.prefetches_samples and foreseeing:
                self.find_place(sink, blocks, &following, self.first_place(index + 1))
                if shape.lanes == 1:
                    self.foresee(source, &following, &work.coming)
                elif source.clean:
                    for a in range(self.axes):
                        following.origin[a] -= frames[0].origin[a]
                        work.leap += following.origin[a] * source.stride[a]
            self.compute(work, 0, self.shape.parts, CONVOLVE)
            work.leap = 0
            if work.outcome != DONE:
                return
        for rider in range(riders):
            work.ahead = sink.ahead
            if work.inner < work.outer:
                self.store_ends(sink, &frames[rider], rider, work)
            else:
                self.store_axis(
                    sink, &frames[rider], 0, frames[rider].output, 0, 0, sink.adding,
                    work.tile + rider * shape.row, work,
                )
            if not frames[rider].finite:
                work.nonfinite[place + rider] = 1

    cdef Py_ssize_t first_place(self, Py_ssize_t index) noexcept nogil:
        """The place of a tile, or of the first of its riders."""
        cdef const TileProgram* shape = self.shape
        cdef Py_ssize_t groups = (shape.period + shape.lanes - 1) // shape.lanes
        return index // groups * shape.period + index % groups * shape.lanes

    cdef void foresee(
        self, const Source* source, const Frame* frame, Coming* coming
    ) noexcept nogil:
        """Find the rows that a tile reads; panels of the one before it fetch them."""
        cdef const TileAxis* axis
        cdef Py_ssize_t a, step, first, beyond, number, points = 1
        coming.row = source.data
        coming.rows = coming.planes = 1
        coming.hop = coming.leap = 0
        for a in range(self.axes):
            axis = &self.axis[a]
            step = source.line[a].step
            first = max(0, frame.origin[a])
            beyond = min(frame.samples[a], frame.origin[a] + step * (axis.points + axis.half))
            number = max(0, (beyond - first + step - 1) // step)
            coming.row += first * source.stride[a]
            points *= axis.points
            if a == self.axes - 1:
                coming.bytes = number * source.stride[a]
            elif a == self.axes - 2:
                coming.rows, coming.hop = number, step * source.stride[a]
            elif a == self.axes - 3:
                coming.planes, coming.leap = number, step * source.stride[a]
        coming.leap -= coming.rows * coming.hop
        coming.left = coming.rows
        coming.credit = 0
        if not (source.clean or source.paired) or coming.rows * coming.planes == 0:
            coming.planes = 0
            return
        # a panel holds LANES times the points that it counts
        coming.cost = max(1, points // LANES // (coming.rows * coming.planes))

    cdef void fetch(self, Coming* coming, Py_ssize_t points) noexcept nogil:
        """Fetch what is due after so many more points."""
        cdef Py_ssize_t i
        coming.credit += points
        while coming.planes > 0 and coming.credit > 0:
            coming.credit -= coming.cost
            for i from 0 <= i < coming.bytes + CACHE_LINE - 1 by CACHE_LINE:
                prefetch_for_later(coming.row + i)
            coming.row += coming.hop
            coming.left -= 1
            if coming.left == 0:
                coming.row += coming.leap
                coming.left = coming.rows
                coming.planes -= 1

    cdef void find_inner(
        self, const Sink* sink, const Frame* frames, Py_ssize_t riders, Work* work
    ) noexcept nogil:
        """Which outputs of riders can be stored without going through their rows."""
        cdef Py_ssize_t a = self.axes - 1, keep = frames[0].keep[a], rider
        work.inner = work.outer = 0
        if (
            riders < LANES or self.shape.lanes == 1 or self.shape.planes == 2
            or self.shape.storing != SAME or self.shape.integer or self.axis[a].stride > 1
            or self.axis[a].phases * sink.stride[a] != <Py_ssize_t>sizeof(real)
        ):
            return
        work.outer = keep + frames[0].count[a]
        for rider in range(riders):
            work.output[rider] = <real*>frames[rider].output
            work.outer = min(work.outer, keep + frames[rider].count[a])
        work.inner = (keep + LANES - 1) // LANES * LANES
        work.outer = work.outer // LANES * LANES

    cdef void store_ends(
        self, const Sink* sink, Frame* frame, Py_ssize_t rider, Work* work
    ) noexcept nogil:
        """Store what a rider has beside the outputs that are stored already."""
        cdef const TileAxis* axis = &self.axis[self.axes - 1]
        cdef Py_ssize_t keep = axis.first_output, count = frame.count[self.axes - 1]
        cdef Py_ssize_t start, first, last
        cdef const real* x = work.tile + rider * self.shape.row
        frame.finite = work.worst[rider] == 0
        for start from 0 <= start < 2 * axis.points by axis.points:
            first, last = max(0, start - keep), min(start + axis.points - keep, count)
            self.store_outputs(
                sink, frame, frame.output, start, x, work, first,
                min(last, work.inner - keep), False,
            )
            self.store_outputs(
                sink, frame, frame.output, start, x, work, max(first, work.outer - keep),
                last, False,
            )
            x += LANES

    cdef void find_place(
        self, const Sink* sink, const Blocks* blocks, Frame* frame, Py_ssize_t place
    ) noexcept nogil:
        """Which samples a tile reads and which outputs it stores."""
        cdef const TileAxis* axis
        cdef Py_ssize_t i, a, block, phase, first, beyond
        frame.output = sink.data
        frame.finite = True
        for i in range(self.axes - 1, -1, -1):
            a = self.order[i]
            axis = &self.axis[a]
            phase = place % axis.phases
            place //= axis.phases
            block = blocks[a].first + blocks[a].step * (place % blocks[a].number)
            place //= blocks[a].number
            frame.origin[a] = axis.origin + axis.phase_stride * phase + axis.block_stride * block
            frame.samples[a] = axis.samples
            frame.keep[a] = axis.first_output
            frame.head[a], frame.tail[a] = 0, PY_SSIZE_T_MAX
            if axis.adds:
                first = axis.block_outputs * block - axis.first_output
                beyond = min(first + axis.block_outputs + axis.taps - 1, axis.outputs)
                frame.samples[a] = min(axis.block_outputs * (block + 1), axis.samples)
                frame.keep[a] = max(0, -first)
                first = max(0, first)
                frame.count[a] = beyond - first
                frame.output += first * sink.stride[a]
                if block % 2:
                    frame.head[a] = axis.taps - 1
                    if block + 1 < axis.blocks:
                        frame.tail[a] = axis.block_outputs
                continue
            frame.count[a] = (axis.outputs - phase + axis.phases - 1) // axis.phases
            frame.count[a] = min(axis.block_outputs, frame.count[a] - axis.block_outputs * block)
            frame.output += (phase + axis.phases * axis.block_outputs * block) * sink.stride[a]

    cdef bint find_taps(self, Frame* frame, Py_ssize_t item) noexcept nogil:
        """Where an item of the kernel begins; false if there is none of this number."""
        cdef const TileAxis* axis
        cdef Py_ssize_t i, a
        for i in range(self.axes - 1, -1, -1):
            a = self.order[i]
            axis = &self.axis[a]
            frame.origin[a] = 0
            frame.samples[a] = axis.taps
            if axis.kernel != NONE and not axis.is_window:
                frame.origin[a] = item % axis.blocks * axis.block_outputs
                item //= axis.blocks
        return item == 0

    cdef void pack(
        self, const Source* source, const Frame* frame, Py_ssize_t rider, Work* work
    ) noexcept nogil:
        """Fill the tile, or the row of one rider, which is read in place if it can be."""
        cdef Py_ssize_t a, last = self.axes - 1, position = frame.origin[last]
        cdef Py_ssize_t points = self.axis[last].points
        cdef const char* at = source.data
        cdef real* row = work.tile + rider * self.shape.row
        if self.shape.lanes == 1:
            work.ahead = source.ahead
            self.find_levels(source, frame, work)
            self.pack_axis(source, frame, 0, start_of(source), work.tile, work)
            return
        for a in range(last):
            at += frame.origin[a] * source.stride[a]
        work.rider[rider] = row
        if source.clean and 0 <= position <= frame.samples[last] - 2 * points:
            work.rider[rider] = <const real*>at + position
        elif self.shape.planes == 1:
            self.read_line(source, frame, position, at, NONE, 0, row)
            position += source.line[last].step * points
            self.read_line(source, frame, position, at, NONE, 0, row + points)
        else:
            self.read_complex(source, frame, position, at, NONE, row, row + points)

    cdef void clear_levels(self, Work* work) noexcept nogil:
        """Before anything is packed, nothing is subtracted."""
        work.levelled = False
        memset(work.level, 0, self.levels * sizeof(real))
        memset(work.imaginary_level, 0, self.levels * sizeof(real))

    cdef void find_levels(
        self, const Source* source, const Frame* frame, Work* work
    ) noexcept nogil:
        """What the samples of a tile have in common: all, or those of each column.

        It is found from a few rows, and subtracted while all are packed. A transform
        would spread the rounding of such a constant over everything.
        """
        cdef Py_ssize_t last = self.axes - 1, count = self.axis[last].points
        # a tile of one row has more samples of that
        cdef Py_ssize_t a, i, s, p, position, step, rows = SAMPLED if last else 1
        cdef Py_ssize_t seen = rows
        cdef Place place
        cdef real* real_part = work.line
        cdef real* imaginary_part = real_part + self.shape.line
        cdef double total = 0, other = 0, squares = 0, explained = 0, number = 0
        if work.sums == NULL:
            return
        if self.shape.planes == 1:
            seen *= 2
        step = 1
        if self.shape.panels:
            step = max(1, count * rows // (SAMPLES * SAMPLED))
        for s in range(rows):
            place = start_of(source)
            for a in range(last):
                # a different order along each axis
                p = (2 * (s * (2 * a + 1) % SAMPLED) + 1) * self.axis[a].points
                place = self.step_to(source, frame, a, p // (2 * SAMPLED), place)
            position = frame.origin[last] + source.line[last].step * place.along
            if self.shape.planes == 2:
                self.read_complex(
                    source, frame, position, place.re, place.re_outside, real_part,
                    imaginary_part,
                )
            else:
                self.read_line(
                    source, frame, position, place.re, place.re_outside, 0, real_part
                )
                position += source.line[last].step * self.axis[last].half
                self.read_line(
                    source, frame, position, place.im, place.im_outside, 0, imaginary_part
                )
            for i from 0 <= i < count by step:
                squares += <double>real_part[i] * real_part[i]
                squares += <double>imaginary_part[i] * imaginary_part[i]
                work.level[i] += real_part[i]
                work.imaginary_level[i] += imaginary_part[i]
        for i from 0 <= i < count by step:
            number += seen
            total += work.level[i]
            explained += <double>work.level[i] * work.level[i] / seen
            if self.shape.planes == 2:
                other += work.imaginary_level[i]
                explained += <double>work.imaginary_level[i] * work.imaginary_level[i] / seen
        if self.shape.panels:
            explained = (total * total + other * other) / number
        work.levelled = explained > squares / 8
        if not work.levelled:
            self.clear_levels(work)
            return
        for i in range(count):
            if self.shape.panels:
                work.level[i] = <real>(total / number)
            else:
                work.level[i] /= seen
            if self.shape.planes == 2:
                if self.shape.panels:
                    work.imaginary_level[i] = <real>(other / number)
                else:
                    work.imaginary_level[i] /= seen
                self.respond(work, i)

    cdef void respond(self, Work* work, Py_ssize_t i) noexcept nogil:
        """What the kernel makes of a complex level."""
        cdef real re = work.level[i], im = work.imaginary_level[i]
        cdef Py_ssize_t responses = self.shape.response_lanes, own = i if responses > 1 else 0
        cdef real sum = work.sums[own], imaginary_sum = work.sums[responses + own]
        work.response[i] = re * sum - im * imaginary_sum
        work.imaginary_response[i] = re * imaginary_sum + im * sum

    cdef void clear(self, Py_ssize_t rider, Work* work) noexcept nogil:
        """Let nobody ride in a row."""
        cdef real* row = work.tile + rider * self.shape.row
        memset(row, 0, self.shape.row * sizeof(real))
        work.rider[rider] = row

    cdef void pack_axis(
        self, const Source* source, const Frame* frame, Py_ssize_t a, Place place,
        real* target, Work* work,
    ) noexcept nogil:
        """Fill the tile from axis `a` on."""
        cdef const TileAxis* axis = &self.axis[a]
        cdef Py_ssize_t p, k, split
        if work.outcome != DONE:
            return
        if a == self.axes - 1:
            self.pack_row(source, frame, place, target, work)
            return
        if a == self.shape.early:
            split = self.shape.steps
            for p in range(work.begin, work.end):
                for k from p <= k < axis.points by split:
                    self.look_ahead(a, k, source.line[a].step * source.stride[a], work)
                    self.pack_axis(
                        source, frame, a + 1, self.step_to(source, frame, a, k, place),
                        target + k * axis.pitch, work,
                    )
                self.pass_early(a, a + 1, target + p * axis.pitch, False, work)
            return
        for p in range(axis.points):
            self.pack_axis(
                source, frame, a + 1, self.step_to(source, frame, a, p, place),
                target + p * axis.pitch, work,
            )

    cdef void look_ahead(
        self, Py_ssize_t a, Py_ssize_t point, Py_ssize_t stride, Work* work
    ) noexcept nogil:
        """Find the row that comes soon, where those of early passes are taken in turn."""
        cdef Py_ssize_t points = self.axis[a].points
        cdef Py_ssize_t later = point + AHEAD * self.shape.steps
        if a < self.axes - 2:
            return
        while later >= points:
            later -= points - 1
        work.ahead = (later - point) * stride

    cdef Place step_to(
        self, const Source* source, const Frame* frame, Py_ssize_t a, Py_ssize_t p,
        Place place,
    ) noexcept nogil:
        """Where point `p` of axis `a` lies."""
        cdef const TileAxis* axis = &self.axis[a]
        cdef const Line* line = &source.line[a]
        cdef Py_ssize_t position = frame.origin[a] + line.step * p, at, other
        if axis.along:
            place.along += p * axis.along
            return place
        at = other = fold(
            position, frame.samples[a], line.boundary, line.period, line.mirror
        )
        if axis.half:
            other = fold(
                position + line.step * axis.half, frame.samples[a], line.boundary,
                line.period, line.mirror,
            )
        place.re += at * source.stride[a]
        place.im += other * source.stride[a]
        if at < 0:
            place.re_outside = max(place.re_outside, axis.rank)
        if other < 0:
            place.im_outside = max(place.im_outside, axis.rank)
        return place

    cdef void pass_early(
        self, Py_ssize_t a, Py_ssize_t inner, real* x, bint inverse, const Work* work
    ) noexcept nogil:
        """The outer passes along axis `a` of what lies at one point of each block.

        Rows are along the last axis, `inner` is the first behind `a` yet to be run along.
        """
        cdef const TileAxis* axis = &self.axis[inner]
        cdef Py_ssize_t vectors = axis.points // LANES, width = max(1, WIDE // self.shape.parts), p
        if work.outcome != DONE:
            return
        if inner < self.axes - 1:
            for p in range(axis.points):
                self.pass_early(a, inner + 1, x + p * axis.pitch, inverse, work)
            return
        for p from 0 <= p < vectors by width:
            self.pass_columns(a, x + 2 * LANES * p, min(width, vectors - p), inverse)

    cdef void pass_columns(
        self, Py_ssize_t a, real* x, Py_ssize_t width, bint inverse
    ) noexcept nogil:
        """The outer passes along axis `a` of columns that lie side by side."""
        cdef const TileAxis* axis = &self.axis[a]
        cdef Py_ssize_t i, l
        for i in range(self.shape.early_passes):
            l = self.shape.early_passes - 1 - i if inverse else i
            run_level(
                &self.passes[a], l, 0, axis.points // self.passes[a].level[l].points, x,
                axis.pitch, width, inverse, 0, self.shape.steps,
            )

    cdef void pack_row(
        self, const Source* source, const Frame* frame, Place place, real* target,
        Work* work,
    ) noexcept nogil:
        """Fill one row of the tile: vectors of real and of imaginary parts in turn."""
        cdef Py_ssize_t a = self.axes - 1, count = self.axis[a].points, i, p
        cdef int k
        cdef Py_ssize_t position = frame.origin[a] + source.line[a].step * place.along
        cdef Py_ssize_t beyond = frame.samples[a] - count
        cdef real* buffer = work.line
        cdef real* other = buffer + self.shape.line
        cdef const real* real_part = buffer
        cdef const real* imaginary_part = other
        # rows that will be needed soon, also where the buffer is read; harmless anywhere
        cdef const char* next_part = <const char*>buffer
        cdef const char* next_other = <const char*>other
        cdef vec re[2]
        cdef vec im[2]
        self.spend(work, count // LANES)
        if source.clean and place.re_outside == NONE:
            next_part = <const char*>(<const real*>place.re + position) + work.ahead
        if source.clean and place.re_outside == NONE and 0 <= position <= beyond:
            real_part = <const real*>place.re + position
        elif self.shape.planes == 1:
            self.read_line(source, frame, position, place.re, place.re_outside, 0, buffer)
        else:
            self.read_complex(
                source, frame, position, place.re, place.re_outside, buffer, other
            )
            if source.paired and place.re_outside == NONE:
                next_part = <const char*>(<const real*>place.re + 2 * position) + work.ahead
                next_other = next_part + count * <Py_ssize_t>sizeof(real)
        if self.shape.planes == 1:
            position += source.line[a].step * self.axis[a].half
            if source.clean and place.im_outside == NONE:
                next_other = <const char*>(<const real*>place.im + position) + work.ahead
            if source.clean and place.im_outside == NONE and 0 <= position <= beyond:
                imaginary_part = <const real*>place.im + position
            else:
                self.read_line(source, frame, position, place.im, place.im_outside, 0, other)
        for i from 0 <= i < count by 2 * LANES:
            for k in range(2):
                # the last two once more, where their number is odd
                p = max(0, min(i + k * LANES, count - (2 - k) * LANES))
                prefetch_to_read(next_part + p * <Py_ssize_t>sizeof(real))
                prefetch_to_read(next_other + p * <Py_ssize_t>sizeof(real))
                re[k], im[k] = load(real_part + p), load(imaginary_part + p)
                store(target + 2 * p, re[k] - load(work.level + p))
                store(target + 2 * p + LANES, im[k] - load(work.imaginary_level + p))

    cdef void read_complex(
        self, const Source* source, const Frame* frame, Py_ssize_t position,
        const char* at, Py_ssize_t outside, real* real_part, real* imaginary_part,
    ) noexcept nogil:
        """Real and imaginary parts of complex samples from a position on, in buffers."""
        cdef Py_ssize_t last = self.axes - 1, count = self.axis[last].points, i
        cdef const real* pairs = <const real*>at + 2 * position
        cdef bint inside = 0 <= position <= frame.samples[last] - count
        cdef vec re, im
        if source.paired and inside and outside == NONE:
            for i from 0 <= i < count by LANES:
                load_pairs(pairs + 2 * i, &re, &im)
                store(real_part + i, re)
                store(imaginary_part + i, im)
        else:
            self.read_line(source, frame, position, at, outside, 0, real_part)
            if source.planes == 1:
                memset(imaginary_part, 0, count * sizeof(real))
                return
            self.read_line(source, frame, position, at, outside, 1, imaginary_part)
        if source.conjugated:
            for i from 0 <= i < count by LANES:
                store(imaginary_part + i, -load(imaginary_part + i))

    cdef void read_line(
        self, const Source* source, const Frame* frame, Py_ssize_t position,
        const char* at, Py_ssize_t outside, int plane, real* buffer,
    ) noexcept nogil:
        """The samples of a row from `position` on, in the buffer."""
        cdef Py_ssize_t a = self.axes - 1, count = self.axis[a].points
        cdef const Line* line = &source.line[a]
        cdef Py_ssize_t hop = line.step * source.stride[a]
        cdef Py_ssize_t inside = 0, beyond, i, sample, rank = outside
        if position < 0:
            inside = min(count, (-position + line.step - 1) // line.step)
        beyond = inside
        if position < frame.samples[a]:
            beyond = min(count, (frame.samples[a] - 1 - position) // line.step + 1)
            beyond = max(beyond, inside)
        at += plane * source.part
        if outside != NONE:
            fill(buffer + inside, beyond - inside, source.constants[2 * outside + plane])
        elif beyond > inside:
            read_digit(
                source.digit, source.element, source.swapped, buffer + inside,
                at + (position + line.step * inside) * source.stride[a], hop, beyond - inside,
            )
        if line.boundary == CONSTANT:
            rank = max(outside, self.axis[a].rank)
        if rank != NONE:
            fill(buffer, inside, source.constants[2 * rank + plane])
            fill(buffer + beyond, count - beyond, source.constants[2 * rank + plane])
            return
        for i in range(count - (beyond - inside)):
            if i >= inside:
                i += beyond - inside
            sample = fold(
                position + line.step * i, frame.samples[a], line.boundary, line.period,
                line.mirror,
            )
            read_digit(
                source.digit, source.element, source.swapped, buffer + i,
                at + sample * source.stride[a], 0, 1,
            )

    cdef void compute(
        self, Work* work, Py_ssize_t first, Py_ssize_t last, Action action
    ) noexcept nogil:
        """Transform the tile, multiply it by the spectrum, and transform it back.

        What early passes have split is computed block by block, each in a faster cache
        than the tile: blocks `first` to `last` - 1.
        """
        cdef const TileAxis* axis = &self.axis[max(self.shape.early, 0)]
        work.points = axis.points // self.shape.parts
        work.spectrum += first * (self.shape.spectrum // self.shape.parts)
        for work.block in range(first, last):
            self.compute_block(
                work, 0, work.tile + work.block * work.points * axis.pitch, action
            )

    cdef void compute_block(
        self, Work* work, Py_ssize_t a, real* x, Action action
    ) noexcept nogil:
        """Do so from axis `a` on: point by point, where rows behind each fill panels."""
        cdef const TileProgram* shape = self.shape
        cdef Py_ssize_t i, rows = 1, last = self.axes - 1
        for i in range(a + 1, last):
            rows *= self.points_of(work, i)
        if shape.panels and a + 1 < last and rows % LANES == 0:
            last = a + 1
        for i in range(a, last):
            if self.axis[i].transformed and i != shape.last:
                self.sweep(work, a, i, x, FORWARD)
        if last < self.axes - 1:
            for i in range(self.points_of(work, a)):
                self.compute_block(work, last, x + i * self.axis[a].pitch, action)
        elif shape.panels:
            self.compute_panels(work, a, x, action)
        else:
            self.sweep(work, a, shape.last, x, action)
        if action == ANALYSE:
            return
        for i in range(last - 1, a - 1, -1):
            if self.axis[i].transformed and i != shape.last:
                self.sweep(work, a, i, x, INVERSE)

    cdef Py_ssize_t points_of(self, const Work* work, Py_ssize_t a) noexcept nogil:
        """Points along an axis of the block that is computed."""
        return work.points if a == self.shape.early else self.axis[a].points

    cdef void sweep(
        self, Work* work, Py_ssize_t a, Py_ssize_t transformed, real* x, Action action
    ) noexcept nogil:
        """Transform the columns along one axis, over all others from axis `a` on."""
        cdef const TileAxis* axis = &self.axis[a]
        cdef Py_ssize_t p
        if work.outcome != DONE:
            return
        if a == transformed:
            self.sweep(work, a + 1, transformed, x, action)
        elif a < self.axes - 1:
            for p in range(self.points_of(work, a)):
                self.sweep(work, a + 1, transformed, x + p * axis.pitch, action)
        else:
            self.transform_columns(work, transformed, x, action)
            if action >= CONVOLVE and not self.shape.per_lane:
                work.spectrum += (1 if self.shape.narrow else 2) * self.axis[transformed].points

    cdef void transform_columns(
        self, Work* work, Py_ssize_t a, real* x, Action action
    ) noexcept nogil:
        """Transform all columns along axis `a` whose first points lie in one row."""
        cdef const TileAxis* axis = &self.axis[a]
        cdef bint inside = a == self.shape.early
        cdef Py_ssize_t points = self.points_of(work, a), width = 1, p
        cdef Py_ssize_t vectors = self.axis[self.axes - 1].points // LANES
        if action < CONVOLVE:
            # neighbours share twiddles and pages; the first pass fetches the next ones
            width = max(1, WIDE // points)
        for p from 0 <= p < vectors by width:
            width = min(width, vectors - p)
            self.spend(work, points * width)
            if action == CONVOLVE:
                convolve_block(
                    &self.passes[a], 0, 0, x + 2 * LANES * p, axis.pitch, work.spectrum,
                    self.shape.per_lane, 2 * LANES,
                )
            else:
                transform_block(
                    &self.passes[a], self.shape.early_passes if inside else 0,
                    work.block if inside else 0,
                    x + 2 * LANES * p, axis.pitch, width, action == INVERSE,
                    2 * LANES * width,
                )
            if action == ANALYSE:
                self.keep_spectrum(work, x + 2 * LANES * p, axis.pitch, axis.points)
            if action >= CONVOLVE and self.shape.per_lane and not self.shape.narrow:
                work.spectrum += 2 * LANES * axis.points

    cdef void keep_spectrum(
        self, Work* work, const real* x, Py_ssize_t pitch, Py_ssize_t points
    ) noexcept nogil:
        cdef vec scale = broadcast(self.scale)
        cdef real* spectrum = work.spectrum
        cdef Py_ssize_t _p
        if self.shape.narrow:
            self.keep_single(work, x, pitch, points)
            return
        for _p in range(points):
            if self.shape.per_lane:
                store(spectrum, scale * load(x))
                store(spectrum + LANES, scale * load(x + LANES))
                spectrum += 2 * LANES
            else:
                spectrum[0] = self.scale * x[0]
                spectrum[1] = self.scale * x[LANES]
                spectrum += 2
            x += pitch

    cdef void keep_single(
        self, Work* work, const real* x, Py_ssize_t pitch, Py_ssize_t points
    ) noexcept nogil:
        """Keep it in single precision, as panels of that have it."""
        cdef Py_ssize_t lanes = LANES if self.shape.per_lane else 1, lane, _p
        cdef Py_ssize_t wide = self.shape.narrow * lanes if self.shape.per_lane else 1
        cdef float* spectrum = <float*>work.spectrum
        spectrum += work.kept * lanes // wide * wide * 2 * points + work.kept * lanes % wide
        for _p in range(points):
            for lane in range(lanes):
                spectrum[lane] = <float>(self.scale * x[lane])
                spectrum[wide + lane] = <float>(self.scale * x[LANES + lane])
            spectrum += 2 * wide
            x += pitch
        work.kept += self.shape.per_lane

    cdef void spend(self, Work* work, Py_ssize_t points) noexcept nogil:
        """Count points, and look for Ctrl-C after so many of them."""
        work.credit -= points
        if work.credit > 0:
            return
        work.credit = self.shape.poll
        if work.stop != NULL and work.stop[0]:
            work.outcome = STOPPED
            return
        with gil:
            if PyErr_CheckSignals():
                work.outcome = INTERRUPTED

    cdef void find_rows(
        self, Work* work, real* x, Py_ssize_t first, Py_ssize_t rows, real** row,
        Py_ssize_t lanes,
    ) noexcept nogil:
        """Where the rows of a panel begin, the first of them number `first` of a block."""
        cdef Py_ssize_t a, lane, points, left, offset = 0, number = first
        cdef Py_ssize_t pitch = self.shape.row
        left = rows - first
        if self.shape.lanes > 1:
            offset = first * pitch
        else:
            for a in range(self.axes - 2, -1, -1):
                points = self.points_of(work, a)
                if a == self.axes - 2:
                    pitch = self.axis[a].pitch
                    left = points - number % points
                offset += number % points * self.axis[a].pitch
                number //= points
        for lane in range(lanes):
            if first + lane >= rows:
                row[lane] = work.tile + self.shape.row
            elif lane < left:
                row[lane] = x + offset + lane * pitch
            else:
                self.find_rows(work, x, first + lane, rows, row + lane, lanes - lane)
                return

    cdef void compute_panels(
        self, Work* work, Py_ssize_t a, real* x, Action action
    ) noexcept nogil:
        """Transform the rows that lie in `x` from axis `a` on, LANES at a time."""
        cdef const TileAxis* axis = &self.axis[self.axes - 1]
        cdef const Passes* passes = &self.passes[self.axes - 1]
        cdef Py_ssize_t twist = 2 * LANES * (axis.points // FINE + FINE)
        cdef const real* twists = self.twists
        cdef Py_ssize_t rows = self.shape.lanes, first = 0, p
        cdef real* row[LANES]
        cdef bint levelled
        cdef vec none = broadcast(<real>0)
        cdef Sums sums
        sums.parts.re = sums.parts.im = sums.squares = none
        for p in range(a, self.axes - 1):
            rows *= self.points_of(work, p)
        if twists != NULL:
            twists += work.block * rows // LANES * twist
        while first < rows:
            self.spend(work, 2 * axis.points)
            if work.outcome != DONE:
                return
            self.fetch(&work.coming, axis.points)
            self.find_rows(work, x, first, rows, row, LANES)
            for p from 0 <= p < axis.points by LANES:
                fetch_square(self.shape, work, axis.points, p)
                if self.shape.lanes > 1:
                    enter_square(
                        work.rider, p, p + axis.points, work.panel + 2 * LANES * p, &sums
                    )
                else:
                    enter_square(
                        <const real**>row, 2 * p, 2 * p + LANES,
                        work.panel + 2 * LANES * p, NULL,
                    )
            if self.shape.lanes > 1 and work.sums != NULL:
                self.find_rider_levels(work, &sums)
            if twists != NULL:
                turn_points(work.panel, twists, axis.points, False)
            if action == CONVOLVE:
                convolve_block(
                    passes, 0, 0, work.panel, 2 * LANES, work.spectrum, self.shape.per_lane, 0
                )
                if twists != NULL:
                    turn_points(work.panel, twists, axis.points, True)
                levelled = work.levelled and self.shape.lanes > 1
                if levelled and self.shape.planes == 2:
                    lift_points(
                        work.panel, axis.points, load(work.response),
                        load(work.imaginary_response),
                    )
                    levelled = False
                if work.inner < work.outer or levelled:
                    self.leave_riders(work, row)
                else:
                    for p from 0 <= p < axis.points by LANES:
                        leave_square(
                            row, 2 * p, work.panel + 2 * LANES * p, none, NULL, 1
                        )
                        leave_square(
                            row, 2 * p + LANES, work.panel + 2 * LANES * p + LANES, none,
                            NULL, 1,
                        )
            else:
                transform_block(passes, 0, 0, work.panel, 2 * LANES, 1, False, 0)
                self.keep_spectrum(work, work.panel, 2 * LANES, axis.points)
            if twists != NULL:
                twists += twist
            if self.shape.per_lane and not self.shape.narrow:
                work.spectrum += 2 * LANES * axis.points
            first += LANES

    cdef void find_rider_levels(self, Work* work, Sums* sums) noexcept nogil:
        """What the samples of each rider have in common, subtracted from its points."""
        cdef Py_ssize_t seen = self.axis[self.axes - 1].points
        cdef real held[LANES]
        cdef real power
        cdef int lane
        if self.shape.planes == 1:
            seen *= 2
            sums.parts.re = sums.parts.im = sums.parts.re + sums.parts.im
        store(work.level, sums.parts.re)
        store(work.imaginary_level, sums.parts.im)
        store(held, sums.squares)
        for lane in range(<int>LANES):
            work.level[lane] /= seen
            power = work.level[lane] * work.level[lane]
            if self.shape.planes == 2:
                work.imaginary_level[lane] /= seen
                power += work.imaginary_level[lane] * work.imaginary_level[lane]
            if power > held[lane] / (4 * seen):
                work.levelled = True
            else:
                work.level[lane] = work.imaginary_level[lane] = 0
            if self.shape.planes == 2:
                self.respond(work, lane)
        if work.levelled:
            lift_points(
                work.panel, self.axis[self.axes - 1].points, -load(work.level),
                -load(work.imaginary_level),
            )

    cdef void leave_riders(self, Work* work, real** row) noexcept nogil:
        """Take points of a panel to the outputs, those at their ends to rows."""
        cdef Py_ssize_t points = self.axis[self.axes - 1].points, p, position, at
        cdef Py_ssize_t keep = self.axis[self.axes - 1].first_output
        cdef Py_ssize_t responses = self.shape.response_lanes
        cdef bint directly = work.inner < work.outer
        cdef const real* panel
        cdef const real* sums
        cdef real** target
        cdef vec worst = broadcast(<real>0), level = load(work.level), part
        cdef int half, lane
        for half in range(2):
            for p from 0 <= p < points by LANES:
                position = half * points + p
                panel = work.panel + 2 * LANES * p + half * LANES
                target = row
                if work.inner <= position < work.outer:
                    for lane in range(<int>LANES):
                        part = load(panel + 2 * LANES * lane)
                        worst = worst + (part - part)
                    target = work.output
                elif directly and position + LANES <= keep:
                    continue
                at = position - keep if target == work.output else 2 * p + half * LANES
                sums = work.sums + min(
                    position * responses, self.shape.responses - LANES * responses
                )
                if not work.levelled:
                    leave_square(target, at, panel, level, NULL, 1)
                elif responses > 1:
                    leave_square(target, at, panel, level, sums, LANES)
                else:
                    leave_square(target, at, panel, level, sums, 1)
        store(work.worst, worst)

    cdef void store_axis(
        self, const Sink* sink, Frame* frame, Py_ssize_t a, char* output,
        Py_ssize_t along, int part, bint adding, real* x, Work* work,
    ) noexcept nogil:
        """Store the tile's outputs from axis `a` on."""
        cdef const TileAxis* axis = &self.axis[a]
        cdef Py_ssize_t i, p, k, split, hop = axis.phases * sink.stride[a]
        if work.outcome != DONE:
            return
        if a == self.axes - 1:
            self.store_row(sink, frame, output, along, part, adding, x, work)
        elif a == self.shape.early:
            split = self.shape.steps
            for p in range(work.begin, work.end):
                self.pass_early(a, a + 1, x + p * axis.pitch, True, work)
                for k from p <= k < axis.points by split:
                    i = k - frame.keep[a]
                    if axis.stride > 1:
                        i //= axis.stride
                    self.look_ahead(a, k, hop // axis.stride, work)
                    if axis.along:
                        self.store_axis(
                            sink, frame, a + 1, output, along + k * axis.along, part,
                            adding, x + k * axis.pitch, work,
                        )
                    elif (
                        k >= frame.keep[a] and i < frame.count[a]
                        and k == frame.keep[a] + i * axis.stride
                    ):
                        self.store_axis(
                            sink, frame, a + 1, output + i * hop, along, part,
                            adding or holds_sums(frame, a, k), x + k * axis.pitch, work,
                        )
        elif axis.along:
            for p in range(axis.points):
                self.store_axis(
                    sink, frame, a + 1, output, along + p * axis.along, part, adding,
                    x + p * axis.pitch, work,
                )
        else:
            for i in range(frame.count[a]):
                p = frame.keep[a] + axis.stride * i
                k = p if p < axis.points else p - axis.half
                if work.levelled and a == self.shape.last and self.shape.planes == 1:
                    self.respond_at(p, work)
                self.store_axis(
                    sink, frame, a + 1, output + i * hop, along,
                    part if p < axis.points else 1, adding or holds_sums(frame, a, p),
                    x + k * axis.pitch, work,
                )

    cdef void respond_at(self, Py_ssize_t position, Work* work) noexcept nogil:
        """What kernels make of the columns' levels at one position."""
        cdef Py_ssize_t responses = self.shape.response_lanes, i
        cdef const real* sums = work.sums + min(
            position * responses, self.shape.responses - responses
        )
        for i in range(self.axis[self.axes - 1].points):
            work.response[i] = work.level[i] * sums[i if responses > 1 else 0]

    cdef void store_row(
        self, const Sink* sink, Frame* frame, char* output, Py_ssize_t along, int part,
        bint adding, const real* x, Work* work,
    ) noexcept nogil:
        cdef Py_ssize_t half = self.axis[self.axes - 1].half
        cdef Py_ssize_t real_part = sizeof(real)
        if self.shape.storing == SINGLE:
            real_part = sizeof(float)
        if self.shape.planes == 2:
            work.imaginary = False
            self.store_line(sink, frame, output, along, adding, x, work)
            if not self.stores_pairs(sink):
                work.imaginary = True
                self.store_line(
                    sink, frame, output + real_part, along, adding, x + LANES, work
                )
        elif half:
            self.store_line(sink, frame, output, along, adding, x, work)
            self.store_line(sink, frame, output, along + half, adding, x + LANES, work)
        else:
            self.store_line(sink, frame, output, along, adding, x + part * LANES, work)

    cdef bint stores_pairs(self, const Sink* sink) noexcept nogil:
        """Whether real and imaginary parts are stored together."""
        cdef const TileAxis* axis = &self.axis[self.axes - 1]
        return (
            self.shape.planes == 2 and self.shape.storing == SAME and axis.stride == 1
            and axis.phases * sink.stride[self.axes - 1] == 2 * <Py_ssize_t>sizeof(real)
        )

    cdef void store_line(
        self, const Sink* sink, Frame* frame, char* output, Py_ssize_t start, bint adding,
        const real* x, Work* work,
    ) noexcept nogil:
        """Store those parts in a row that are outputs; `start` is its first position."""
        cdef Py_ssize_t a = self.axes - 1, stride = self.axis[a].stride
        cdef Py_ssize_t keep = frame.keep[a], points = self.axis[a].points
        cdef Py_ssize_t first = max(0, start - keep), last = max(0, start + points - keep)
        cdef Py_ssize_t head, tail
        self.spend(work, points // LANES)
        if stride > 1:
            first = (first + stride - 1) // stride
            last = (last + stride - 1) // stride
        last = min(frame.count[a], last)
        head = max(first, min(frame.head[a] - keep, last))
        tail = max(head, min(frame.tail[a] - keep, last))
        if first < head:
            self.store_outputs(sink, frame, output, start, x, work, first, head, True)
        if head < tail:
            self.store_outputs(sink, frame, output, start, x, work, head, tail, adding)
        if tail < last:
            self.store_outputs(sink, frame, output, start, x, work, tail, last, True)

    cdef void store_outputs(
        self, const Sink* sink, Frame* frame, char* output, Py_ssize_t start,
        const real* x, Work* work, Py_ssize_t first, Py_ssize_t last, bint adding,
    ) noexcept nogil:
        """Store, or add, outputs `first` to `last` of those in a row."""
        cdef Py_ssize_t a = self.axes - 1, stride = self.axis[a].stride
        cdef Py_ssize_t hop = self.axis[a].phases * sink.stride[a], count = last - first
        cdef Py_ssize_t p = frame.keep[a] + first * stride, shift = p % LANES, i
        cdef bint plain, pairs, streaming
        cdef real* buffer = work.line
        cdef real* held = buffer + self.shape.line
        # what the kernel makes of levels: this, times a factor
        cdef const real* raised = NULL
        cdef const real* other = NULL
        cdef vec factor = broadcast(<real>1)
        if count <= 0:
            return
        if work.levelled and self.shape.lanes == 1:
            raised = work.response
            if work.imaginary:
                raised = work.imaginary_response
            elif self.shape.panels and self.shape.planes == 1 and start < self.shape.responses:
                raised, factor = work.sums + start, broadcast(work.level[0])
            elif self.shape.panels and self.shape.planes == 1:
                # beyond the taps all respond alike
                raised, factor = work.level, broadcast(work.sums[self.shape.responses - 1])
            raised += p - start - shift
        output += first * hop
        x += 2 * (p - start - shift)
        plain = (
            hop == <Py_ssize_t>sizeof(real) and stride == 1 and count >= LANES
            and self.shape.storing == SAME and not self.shape.integer
        )
        pairs = self.stores_pairs(sink)
        streaming = (plain or pairs) and self.shape.streams and not adding
        if <Py_ssize_t>output % <Py_ssize_t>sizeof(real):
            # no line begins where a number does
            streaming = False
        if sink.ahead and streaming:
            # lines that runs share
            prefetch_to_write(output + work.ahead)
            prefetch_to_write(output + work.ahead + count * hop - 1)
        elif sink.ahead:
            for i from 0 <= i < count * hop by CACHE_LINE:
                prefetch_to_write(output + work.ahead + i)
        if pairs:
            if raised != NULL:
                other = work.imaginary_response + p - start - shift
            frame.finite &= store_complex(
                <real*>output, x, shift, count, adding, streaming, raised, other, buffer
            )
            return
        if plain and raised == NULL:
            frame.finite &= store_vectors(
                <real*>output, x, shift, count, adding, streaming, NULL, factor, buffer
            )
            return
        if plain:
            frame.finite &= store_vectors(
                <real*>output, x, shift, count, adding, streaming, raised, factor, buffer
            )
            return
        for i from 0 <= i < shift + (count - 1) * stride + 1 by LANES:
            store(buffer + i, raised_part(x, i, raised, factor))
        buffer += shift
        for i in range(count):
            frame.finite &= is_finite(buffer[i * stride])
            if self.shape.storing == TRUTH:
                buffer[i * stride] = <real>rint(<double>buffer[i * stride])
        if self.shape.integer:
            write_integers(
                self.shape.integer, sink.shift, adding, output, hop, buffer, stride, count
            )
            return
        if adding:
            read_run(REAL_ELEMENT, False, held, 1, output, hop, count)
            for i in range(count):
                buffer[i * stride] += held[i]
        write_run(self.shape.storing, output, hop, buffer, stride, count)


cdef inline void fetch_square(
    const TileProgram* shape, const Work* work, Py_ssize_t points, Py_ssize_t p
) noexcept nogil:
    """Fetch what LANES points of a panel, from `p` on, will be multiplied by, and the
    samples that stand there in the next tile's riders."""
    # inline, or compilers drop calls of what seems to do nothing
    cdef Py_ssize_t line = CACHE_LINE // <Py_ssize_t>sizeof(real), q
    cdef const char* sample
    if shape.prefetches_spectrum:
        for q from 0 <= q < 2 * LANES * LANES by line:
            prefetch_for_later(work.spectrum + 2 * LANES * p + q)
    if work.leap == 0 or p % line:
        return
    for q in range(<Py_ssize_t>LANES):
        sample = <const char*>(work.rider[q] + p) + work.leap
        prefetch_for_later(sample)
        prefetch_for_later(sample + points * <Py_ssize_t>sizeof(real))


cdef inline void fill(real* target, Py_ssize_t count, real value) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        target[i] = value


cdef inline Place start_of(const Source* source) noexcept nogil:
    """Where the first sample lies."""
    cdef Place place
    place.re = place.im = source.data
    place.re_outside = place.im_outside = NONE
    place.along = 0
    return place


cdef inline bint holds_sums(const Frame* frame, Py_ssize_t a, Py_ssize_t p) noexcept nogil:
    """Whether earlier blocks have stored what belongs to a position."""
    return p < frame.head[a] or p >= frame.tail[a]


cdef Py_ssize_t bytes_of(Py_ssize_t element):
    """Bytes from the real to the imaginary part of a complex sample."""
    if element == LONGDOUBLE:
        return sizeof(long double)
    return sizeof(double) if element == FLOAT64 else sizeof(float)


cdef void set_digit(Digit* digit, object values):
    digit.bits, digit.shift, digit.topmost, digit.bias = <tuple>values


cdef real* first_line(object array):
    """Where the first cache line begins."""
    cdef char* start = <char*>PyArray_DATA(<PyArrayObject*>array) + CACHE_LINE - 1
    return <real*>(start - <Py_ssize_t>start % CACHE_LINE)


cdef Py_ssize_t stride_of(object array, Py_ssize_t axis):
    return 0 if axis == NONE else PyArray_STRIDES(<PyArrayObject*>array)[axis]


cdef int finish(const Work* work) except -1:
    if work.outcome == INTERRUPTED:
        raise_pending()
    if work.outcome == NO_MEMORY:
        raise MemoryError("no memory for the sums of a kernel's taps")
    return 0


cdef int raise_pending() except -1:
    return -1
