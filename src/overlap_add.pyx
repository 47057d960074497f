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
from libc.math cimport INFINITY, rint
from libc.stdint cimport uint8_t
from libc.string cimport memcpy, memset
from pack cimport (
    CONSTANT, SAME, SINGLE, TRUTH, Limb, fold, read_limb, read_run, write_integers, write_run,
)
from pages cimport CACHE_LINE
from panel cimport FINE, Sums, enter_square, leave_square, lift_points, turn_points
from simd cimport (
    EPSILON, LANES, REAL_ELEMENT, VECTOR_REGISTERS, broadcast, finish_streams, lesser, load,
    load_pairs, multiply_add, prefetch_for_later, prefetch_to_read, prefetch_to_write, real,
    store, vec,
)
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
    MOST_AXES = 64
    NONE = -1
    RESIDENT = 256          # points of a block that stays in the L1 cache
    WIDE = 384              # points of columns that are transformed side by side
    SAMPLED = 8             # rows of a tile that its level is taken from
    SAMPLES = 16            # and samples of each, about
    AHEAD = 3               # rows from one that is packed or stored to one fetched
    KINDS = 2               # of flags

cdef enum Outcome:
    DONE, INTERRUPTED, STOPPED

cdef enum Action:
    FORWARD, INVERSE, CONVOLVE, ANALYSE

cdef enum Phase:                    # of a tile that threads share, or all of one
    PACK, COMPUTE, STORE, ALL

cdef struct Level:
    Py_ssize_t radix
    Py_ssize_t points               # of a block, before it is split
    Py_ssize_t twiddle              # where its twiddles begin

cdef struct Passes:
    Py_ssize_t levels
    const Level* level
    const real* twiddles

cdef struct Axis:
    Py_ssize_t points               # of a tile
    Py_ssize_t pitch                # reals between two of them
    Py_ssize_t half                 # positions from a point's real to its imaginary part
    Py_ssize_t along                # positions of the last axis between two points
    Py_ssize_t transformed
    Py_ssize_t blocks, phases       # tiles along it: blocks of each phase of a dilation
    Py_ssize_t adds                 # whether tiles hold disjoint samples, not outputs
    Py_ssize_t keep                 # position of a tile's first output; adds: of the first's
    Py_ssize_t kept                 # outputs of a tile; adds: its samples
    Py_ssize_t stride               # positions between two of them
    Py_ssize_t outputs
    Py_ssize_t origin               # sample at a tile's first position: of the first tile
    Py_ssize_t hop, shift           # and how far it moves with a block, with a phase
    Py_ssize_t step                 # samples between two positions
    Py_ssize_t samples, taps
    Py_ssize_t boundary, period, mirror
    Py_ssize_t signal, kernel, output   # this axis in the arrays; NONE: not there
    Py_ssize_t convolved

cdef struct Shape:
    Py_ssize_t riders               # tiles that ride as rows of one panel
    Py_ssize_t period               # places from which riders are taken together
    Py_ssize_t own                  # whether each lane has a spectrum of its own
    Py_ssize_t panels               # whether the last axis is transformed, in panels
    Py_ssize_t last                 # the axis along which spectra are multiplied
    Py_ssize_t early                # axis whose outer passes are run on rows just packed
    Py_ssize_t early_passes         # so many of them
    Py_ssize_t planes               # 2: complex samples, whose parts are a point's
    Py_ssize_t row                  # reals between two riders
    Py_ssize_t tile, panel, line    # reals of each
    Py_ssize_t spectrum             # of an item of the kernel
    # responses to ones behind it: by position, the last for all others, or, of complex
    # samples, real parts and imaginary ones
    Py_ssize_t sums
    Py_ssize_t responses            # of lanes with a kernel each, or 1
    Py_ssize_t narrow               # vectors in one of single precision; 0: keep `real`
    Py_ssize_t signal_element, signal_swapped, signal_planes, signal_reversed
    Py_ssize_t signal_conjugated
    Py_ssize_t kernel_element, kernel_swapped, kernel_planes, kernel_reversed
    Py_ssize_t kernel_conjugated
    Py_ssize_t storing
    Py_ssize_t integer              # bytes of an integer output; 0: it is none
    Py_ssize_t streams              # whether outputs go past the caches, to memory
    Py_ssize_t fetches              # whether samples are fetched from there a tile ahead
    Py_ssize_t distant              # whether spectra are fetched while panels are filled
    Py_ssize_t poll                 # points computed between two looks for Ctrl-C

# The fields in the order of the structs above, for the planner.
AXIS = (
    "points", "pitch", "half", "along", "transformed", "blocks", "phases", "adds", "keep",
    "kept", "stride", "outputs", "origin", "hop", "shift", "step", "samples", "taps",
    "boundary", "period", "mirror", "signal", "kernel", "output", "convolved",
)
SHAPE = (
    "riders", "period", "own", "panels", "last", "early", "early_passes", "planes", "row", "tile",
    "panel", "line", "spectrum", "sums", "responses", "narrow", "signal_element", "signal_swapped",
    "signal_planes", "signal_reversed", "signal_conjugated", "kernel_element", "kernel_swapped",
    "kernel_planes", "kernel_reversed", "kernel_conjugated", "storing", "integer", "streams",
    "fetches", "distant", "poll",
)
ELEMENTS = (
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64",
    "float16", "float32", "float64", "longdouble",
)
STORING = ("same", "truth", "byte", "half", "single")
PHASES = ("pack", "compute", "store", "all")
FLAGS = ("spoilt", "drowned")
assert len(FLAGS) == KINDS
VECTOR = LANES
REGISTERS = VECTOR_REGISTERS
TWIST = FINE

cdef struct Line:
    Py_ssize_t step, boundary, period, mirror

cdef struct Blocks:                 # along an axis, those that are run now
    Py_ssize_t first, step, number

cdef struct Source:
    const char* data
    int element, planes
    bint swapped, conjugated
    Py_ssize_t part                 # bytes from the real to the imaginary part
    Limb limb
    real constant[2]                # what stands outside
    Py_ssize_t ahead                # bytes to a row that is needed soon, from row to row
    bint clean                      # of the type that is computed in, one after another
    bint paired                     # clean, but complex
    Py_ssize_t stride[MOST_AXES]    # bytes
    Line line[MOST_AXES]

cdef struct Place:                  # in the signal, of a tile's rows
    const char* re                  # what real and imaginary parts are read from
    const char* im
    bint re_outside, im_outside
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
    uint8_t* spoilt                 # flags of places: outputs are not finite, and so wrong
    uint8_t* drowned                # rounding of some samples hides others
    bint hides[LANES]               # the same, of each rider, or of the tile
    real* scale                     # what is known of a step's samples, in two vectors: the
    real* scales                    # least square, and the sum of all; those of each step
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
    cdef const Level* level = &passes.level[number]
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
    cdef const Level* level = &passes.level[number]
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
    cdef const Level* level = &passes.level[number]
    cdef const Level* leaf = &passes.level[passes.levels - 1]
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


@cython.final
cdef class Transform:
    """A planned transform of LANES signals at once: read-only, shared by threads.

    Parameters
    ----------
    levels : array of intp, shape (levels, 3)
        radix, points of a block before it is split, first twiddle
    twiddles : array of real
        For each block of each level its twiddles w, w^2, ... w^(radix - 1).
    """

    cdef Passes passes
    cdef readonly Py_ssize_t points
    cdef object arrays

    def __cinit__(self, levels, twiddles):
        self.arrays = (levels, twiddles)
        self.points = levels[0, 1]
        self.passes.levels = len(levels)
        self.passes.level = <const Level*>PyArray_DATA(<PyArrayObject*>levels)
        self.passes.twiddles = <const real*>PyArray_DATA(<PyArrayObject*>twiddles)

    def run(self, x, bint inverse):
        """Transform, or transform back times the number of points, in place.

        Parameters
        ----------
        x : ndarray of real, C-contiguous, shape (points, 2, VECTOR)
            Real and imaginary parts of VECTOR signals.
        """
        cdef real* data = <real*>PyArray_DATA(<PyArrayObject*>x)
        with nogil:
            transform_block(&self.passes, 0, 0, data, 2 * LANES, 1, inverse, 0)


@cython.final
cdef class Program:
    """A planned convolution by tiles: read-only, shared by threads.

    Parameters
    ----------
    shape : array of intp, one per name in SHAPE
    axes : array of intp, shape (axes, len(AXIS))
        The tile's order of axes.
    order : array of intp
        Axes in the order in which places are counted, the fastest last.
    transforms : tuple of Transform or None, one per axis
    twist : array of real, or None
        For every panel the twists of coarse steps, then those of fine ones, as points.
    """

    cdef Shape shape
    cdef const Axis* axis
    cdef Py_ssize_t axes
    cdef const Py_ssize_t* order
    cdef Passes passes[MOST_AXES]
    cdef real scale
    cdef Py_ssize_t levels              # of riders, or columns
    cdef const real* twists
    cdef readonly Py_ssize_t parts      # blocks of a tile, after early passes, or 1
    cdef readonly Py_ssize_t steps      # points of each of them
    cdef Py_ssize_t weights             # bytes of what tells the size of samples
    cdef readonly Py_ssize_t tile       # bytes of one
    cdef readonly Py_ssize_t scratch    # bytes that a call needs, its own tile included
    cdef object arrays

    def __cinit__(self, shape, axes, order, transforms, twist):
        cdef Py_ssize_t a, i
        cdef Transform transform
        self.arrays = (axes, order, transforms, twist)
        memcpy(&self.shape, PyArray_DATA(<PyArrayObject*>shape), sizeof(Shape))
        self.axis = <const Axis*>PyArray_DATA(<PyArrayObject*>axes)
        self.axes = len(axes)
        self.order = <const Py_ssize_t*>PyArray_DATA(<PyArrayObject*>order)
        self.twists = NULL
        if twist is not None:
            self.twists = <const real*>PyArray_DATA(<PyArrayObject*>twist)
        self.parts, self.steps = 1, 0
        a = self.shape.early
        if a != NONE:
            transform = transforms[a]
            for i in range(self.shape.early_passes):
                self.parts *= transform.passes.level[i].radix
            self.steps = self.axis[a].points // self.parts
        # a panel, two lines of samples, levels, from a cache line on; a tile, likewise
        self.levels = LANES if self.shape.riders > 1 else self.shape.line
        self.scratch = self.shape.panel + 2 * self.shape.line
        self.scratch += 2 * self.shape.planes * self.levels
        self.scratch = self.scratch * <Py_ssize_t>sizeof(real) + CACHE_LINE
        # behind it two vectors for each step
        self.weights = 2 * LANES * max(self.steps, 1) * <Py_ssize_t>sizeof(real)
        self.weights = (self.weights + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE
        self.tile = self.shape.tile * <Py_ssize_t>sizeof(real) + self.weights + CACHE_LINE
        self.scratch += self.tile
        self.scale = 1
        for a in range(self.axes):
            if transforms[a] is not None:
                transform = transforms[a]
                self.passes[a] = transform.passes
                self.scale /= transform.points

    def analyse(self, kernel, spectra, limb, scratch):
        """Compute the spectra of all items of `kernel`, or of one limb of it.

        Parameters
        ----------
        kernel : ndarray
        spectra : ndarray of real, of as many items as the kernel has
            Of single precision, and zeros, if planned so.
        limb : tuple of int
            bits, shift, whether it is the topmost, bias, of a `Limb`.
        scratch : ndarray of uint8
            For this call alone.
        """
        cdef Source source
        cdef Work work
        cdef Frame frame
        cdef Py_ssize_t item, rider, part, parts = 1, items = len(spectra)
        cdef const Shape* shape = &self.shape
        cdef Py_ssize_t riders = shape.riders if shape.own else 1
        if shape.narrow and riders > 1:
            parts = shape.narrow
        cdef char* target = <char*>PyArray_DATA(<PyArrayObject*>spectra)
        cdef Py_ssize_t size = shape.spectrum + shape.sums
        size *= sizeof(float) if shape.narrow else sizeof(real)
        self.describe_kernel(&source, kernel)
        set_limb(&source.limb, limb)
        self.begin(scratch, None, NULL, &work)
        work.begin, work.end = 0, self.steps
        work.sums = NULL
        with nogil:
            self.clear_beyond(&work)
            for part in range(items * parts):
                item = part // parts
                self.clear_levels(&work)
                for rider in range(shape.riders):
                    if rider < riders and self.find_taps(&frame, part * riders + rider):
                        self.pack(&source, &frame, rider, &work)
                    else:
                        self.clear(rider, &work)
                work.spectrum = <real*>(target + item * size)
                work.kept = part % parts
                self.compute(&work, 0, self.parts, ANALYSE)
                if work.outcome != DONE:
                    break
        finish(&work)

    def run(
        self, signal, spectra, output, constant, limb, int shift, bint adding, blocks,
        bytearray flags, Py_ssize_t before, int phase, Py_ssize_t tile,
        Py_ssize_t first, Py_ssize_t last, stop, scratch, shared,
    ):
        """Compute tiles of some blocks of `output`, or a phase of one.

        Parameters
        ----------
        signal, output : ndarray
            Of the element types and shapes planned for, in any memory layout.
        spectra : ndarray of real
            What `analyse` has computed.
        constant : ndarray of real
            Real and imaginary part of what stands outside the signal.
        limb : tuple of int
            Which limb of the signal, as for `analyse`.
        shift : int
            Bits that integers are shifted left by before they are stored.
        adding : bool
            Whether all is added to what `output` holds.
        blocks : array of intp, shape (axes, 3)
            First block along each axis, distance to the next, number.
        flags : bytearray
            One of FLAGS after the other, for every place of `output`: set to 1 for
            what is wrong there; threads that share a place agree.
        before : int
            How many places come before these blocks.
        phase : int
            Number of one of PHASES; each must have ended before the next begins.
        tile : int
            The one that a phase belongs to.
        first, last : int
            Which tiles; of "compute", which of a tile's `parts`; of "pack" and "store",
            which of its `steps`: `first` to `last` - 1.
        stop : ndarray of int64 or None
            The run ends early once this holds something else than zero.
        scratch : ndarray of uint8
            For this call alone.
        shared : ndarray of uint8 or None
            Where the tile lies that a phase belongs to.
        """
        cdef Source source
        cdef Sink sink
        cdef Work work
        cdef Py_ssize_t a
        cdef const Blocks* chosen = <const Blocks*>PyArray_DATA(<PyArrayObject*>blocks)
        cdef const real* spectrum = <const real*>PyArray_DATA(<PyArrayObject*>spectra)
        self.describe_signal(&source, signal, constant)
        set_limb(&source.limb, limb)
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
        work.spoilt = <uint8_t*>PyByteArray_AS_STRING(flags) + before
        work.drowned = work.spoilt + len(flags) // KINDS
        with nogil:
            if phase == ALL:
                self.clear_beyond(&work)
                for tile in range(first, last):
                    self.run_tile(
                        &source, spectrum, &sink, chosen, ALL, tile, 0, self.steps,
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
        cdef const Shape* shape = &self.shape
        cdef const Axis* axis
        cdef Line* line
        cdef Py_ssize_t a
        source.data = <const char*>PyArray_DATA(<PyArrayObject*>kernel)
        source.element = shape.kernel_element
        source.swapped = shape.kernel_swapped
        source.planes = shape.kernel_planes
        source.conjugated = shape.kernel_conjugated
        source.part = bytes_of(source.element)
        source.constant[0] = source.constant[1] = 0
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
            if axis.convolved and shape.kernel_reversed:
                source.data += (axis.taps - 1) * source.stride[a]
                source.stride[a] = -source.stride[a]

    cdef void describe_signal(self, Source* source, object signal, object constant):
        cdef const Shape* shape = &self.shape
        cdef const real* outside = <const real*>PyArray_DATA(<PyArrayObject*>constant)
        cdef const Axis* axis
        cdef Line* line
        cdef Py_ssize_t a
        source.data = <const char*>PyArray_DATA(<PyArrayObject*>signal)
        source.element = shape.signal_element
        source.swapped = shape.signal_swapped
        source.planes = shape.signal_planes
        source.conjugated = shape.signal_conjugated
        source.part = bytes_of(source.element)
        source.constant[0], source.constant[1] = outside[0], outside[1]
        for a in range(self.axes):
            axis = &self.axis[a]
            source.stride[a] = stride_of(signal, axis.signal)
            line = &source.line[a]
            line.boundary = axis.boundary
            line.period = axis.period
            line.mirror = axis.mirror
            line.step = axis.step
            if axis.convolved and shape.signal_reversed:
                source.data += (axis.samples - 1) * source.stride[a]
                source.stride[a] = -source.stride[a]
        source.ahead = 0
        if self.axes > 1:
            a = self.axes - 2
            source.ahead = AHEAD * source.line[a].step * source.stride[a]
        a = self.axes - 1
        # reversed signals have strides below zero, so positions are samples
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
        cdef const Shape* shape = &self.shape
        work.tile = work.panel = first_line(scratch)
        if shared is None:
            work.panel += shape.tile + self.weights // <Py_ssize_t>sizeof(real)
        else:
            work.tile = first_line(shared)
        work.scale = work.scales = work.tile + shape.tile
        memset(work.hides, 0, sizeof(work.hides))
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
        cdef const Shape* shape = &self.shape
        if shape.riders == 1:
            memset(work.tile + shape.row, 0, (shape.tile - shape.row) * sizeof(real))

    cdef void run_tile(
        self, const Source* source, const real* spectra, const Sink* sink,
        const Blocks* blocks, int phase, Py_ssize_t index,
        Py_ssize_t first, Py_ssize_t last, bint foreseeing, Work* work,
    ) noexcept nogil:
        """Compute a tile, or some part of a phase of it, as `run` has it."""
        cdef const Shape* shape = &self.shape
        cdef Py_ssize_t groups = (shape.period + shape.riders - 1) // shape.riders
        cdef Py_ssize_t group = index % groups, rider, riders, item, a, places = 1
        cdef Py_ssize_t place = self.first_place(index)
        cdef Frame frames[LANES]
        cdef Frame following
        if work.outcome != DONE or work.stop != NULL and work.stop[0]:
            return
        for a in range(self.axes):
            if self.axis[a].kernel == NONE or self.axis[a].convolved:
                places *= blocks[a].number * self.axis[a].phases
        riders = min(shape.riders, shape.period - group * shape.riders)
        item = group if shape.own and shape.riders > 1 else place // places
        work.spectrum = <real*>spectra + item * (shape.spectrum + shape.sums)
        work.sums = work.spectrum + shape.spectrum if shape.sums else NULL
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
            for rider in range(riders, shape.riders):
                self.clear(rider, work)
            self.find_inner(sink, frames, riders, work)
            if shape.fetches and foreseeing:
                self.find_place(sink, blocks, &following, self.first_place(index + 1))
                if shape.riders == 1:
                    self.foresee(source, &following, &work.coming)
                elif source.clean:
                    for a in range(self.axes):
                        following.origin[a] -= frames[0].origin[a]
                        work.leap += following.origin[a] * source.stride[a]
            self.compute(work, 0, self.parts, CONVOLVE)
            work.leap = 0
            if work.outcome != DONE:
                return
        for rider in range(riders):
            if work.inner < work.outer:
                self.store_ends(sink, &frames[rider], rider, work)
            else:
                work.ahead = sink.ahead
                self.store_axis(
                    sink, &frames[rider], 0, frames[rider].output, 0, 0, sink.adding,
                    work.tile + rider * shape.row, work,
                )
            if shape.riders == 1:
                work.hides[0] = self.hides(work)
            if not frames[rider].finite:
                work.spoilt[place + rider] = 1
            if work.hides[rider]:
                work.drowned[place + rider] = 1

    cdef Py_ssize_t first_place(self, Py_ssize_t index) noexcept nogil:
        """The place of a tile, or of the first of its riders."""
        cdef const Shape* shape = &self.shape
        cdef Py_ssize_t groups = (shape.period + shape.riders - 1) // shape.riders
        return index // groups * shape.period + index % groups * shape.riders

    cdef void foresee(
        self, const Source* source, const Frame* frame, Coming* coming
    ) noexcept nogil:
        """Find the rows that a tile reads; panels of the one before it fetch them."""
        cdef const Axis* axis
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
            riders < LANES or self.shape.riders == 1 or self.shape.planes == 2
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
        cdef const Axis* axis = &self.axis[self.axes - 1]
        cdef Py_ssize_t keep = axis.keep, count = frame.count[self.axes - 1]
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
        cdef const Axis* axis
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
            frame.origin[a] = axis.origin + axis.shift * phase + axis.hop * block
            frame.samples[a] = axis.samples
            frame.keep[a] = axis.keep
            frame.head[a], frame.tail[a] = 0, PY_SSIZE_T_MAX
            if axis.adds:
                first = axis.kept * block - axis.keep
                beyond = min(first + axis.kept + axis.taps - 1, axis.outputs)
                frame.samples[a] = min(axis.kept * (block + 1), axis.samples)
                frame.keep[a] = max(0, -first)
                first = max(0, first)
                frame.count[a] = beyond - first
                frame.output += first * sink.stride[a]
                if block % 2:
                    frame.head[a] = axis.taps - 1
                    if block + 1 < axis.blocks:
                        frame.tail[a] = axis.kept
                continue
            frame.count[a] = (axis.outputs - phase + axis.phases - 1) // axis.phases
            frame.count[a] = min(axis.kept, frame.count[a] - axis.kept * block)
            frame.output += (phase + axis.phases * axis.kept * block) * sink.stride[a]

    cdef bint find_taps(self, Frame* frame, Py_ssize_t item) noexcept nogil:
        """Where an item of the kernel begins; false if there is none of this number."""
        cdef const Axis* axis
        cdef Py_ssize_t i, a
        for i in range(self.axes - 1, -1, -1):
            a = self.order[i]
            axis = &self.axis[a]
            frame.origin[a] = 0
            frame.samples[a] = axis.taps
            if axis.kernel != NONE and not axis.convolved:
                frame.origin[a] = item % axis.blocks * axis.kept
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
        if self.shape.riders == 1:
            work.ahead = source.ahead
            self.find_levels(source, frame, work)
            if self.steps == 0:
                self.weigh_none(work, 0)
            self.pack_axis(source, frame, 0, start_of(source), work.tile, work)
            return
        for a in range(last):
            at += frame.origin[a] * source.stride[a]
        work.rider[rider] = row
        if source.clean and 0 <= position <= frame.samples[last] - 2 * points:
            work.rider[rider] = <const real*>at + position
        elif self.shape.planes == 1:
            self.read_line(source, frame, position, at, False, 0, row)
            position += source.line[last].step * points
            self.read_line(source, frame, position, at, False, 0, row + points)
        else:
            self.read_complex(source, frame, position, at, False, row, row + points)

    cdef void clear_levels(self, Work* work) noexcept nogil:
        """Before anything is packed, nothing is subtracted."""
        work.levelled = False
        memset(work.level, 0, self.levels * sizeof(real))
        memset(work.imaginary_level, 0, self.levels * sizeof(real))

    cdef void weigh_none(self, Work* work, Py_ssize_t step) noexcept nogil:
        """Before samples of a step are packed, nothing is known of their size."""
        work.scale = work.scales + 2 * LANES * step
        store(work.scale, broadcast(<real>INFINITY))
        store(work.scale + LANES, broadcast(<real>0))

    cdef bint hides(self, const Work* work) noexcept nogil:
        """Whether some samples of the tile are less than what rounding makes of the rest."""
        cdef vec least = broadcast(<real>INFINITY), total = broadcast(<real>0)
        cdef real leasts[LANES]
        cdef real totals[LANES]
        cdef double lowest = INFINITY, whole = 0
        cdef Py_ssize_t number = 1, i
        if work.sums == NULL or not self.shape.panels:
            return False
        for i in range(self.axes):
            number *= self.axis[i].points
        for i in range(max(self.steps, 1)):
            least = lesser(least, load(work.scales + 2 * LANES * i))
            total = total + load(work.scales + 2 * LANES * i + LANES)
        store(leasts, least)
        store(totals, total)
        for i in range(<Py_ssize_t>LANES):
            lowest = min(lowest, <double>leasts[i])
            whole += totals[i]
        return is_hidden(lowest, whole, number)

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
        cdef Py_ssize_t responses = self.shape.responses, own = i if responses > 1 else 0
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
        cdef const Axis* axis = &self.axis[a]
        cdef Py_ssize_t p, k, split
        if work.outcome != DONE:
            return
        if a == self.axes - 1:
            self.pack_row(source, frame, place, target, work)
            return
        if a == self.shape.early:
            split = self.steps
            for p in range(work.begin, work.end):
                self.weigh_none(work, p)
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
        cdef Py_ssize_t later = point + AHEAD * self.steps
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
        cdef const Axis* axis = &self.axis[a]
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
        place.re_outside |= at < 0
        place.im_outside |= other < 0
        return place

    cdef void pass_early(
        self, Py_ssize_t a, Py_ssize_t inner, real* x, bint inverse, const Work* work
    ) noexcept nogil:
        """The outer passes along axis `a` of what lies at one point of each block.

        Rows are along the last axis, `inner` is the first behind `a` yet to be run along.
        """
        cdef const Axis* axis = &self.axis[inner]
        cdef Py_ssize_t vectors = axis.points // LANES, width = max(1, WIDE // self.parts), p
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
        cdef const Axis* axis = &self.axis[a]
        cdef Py_ssize_t i, l
        for i in range(self.shape.early_passes):
            l = self.shape.early_passes - 1 - i if inverse else i
            run_level(
                &self.passes[a], l, 0, axis.points // self.passes[a].level[l].points, x,
                axis.pitch, width, inverse, 0, self.steps,
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
        cdef vec weight, other_weight, least = load(work.scale), other_least = least
        cdef vec total = load(work.scale + LANES)
        self.spend(work, count // LANES)
        if source.clean and not place.re_outside:
            next_part = <const char*>(<const real*>place.re + position) + work.ahead
        if source.clean and not place.re_outside and 0 <= position <= beyond:
            real_part = <const real*>place.re + position
        elif self.shape.planes == 1:
            self.read_line(source, frame, position, place.re, place.re_outside, 0, buffer)
        else:
            self.read_complex(
                source, frame, position, place.re, place.re_outside, buffer, other
            )
            if source.paired and not place.re_outside:
                next_part = <const char*>(<const real*>place.re + 2 * position) + work.ahead
                next_other = next_part + count * <Py_ssize_t>sizeof(real)
        if self.shape.planes == 1:
            position += source.line[a].step * self.axis[a].half
            if source.clean and not place.im_outside:
                next_other = <const char*>(<const real*>place.im + position) + work.ahead
            if source.clean and not place.im_outside and 0 <= position <= beyond:
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
            # parts alone would be small too often by chance
            if self.shape.planes == 2:
                weight, other_weight = weigh(re[0], im[0]), weigh(re[1], im[1])
            else:
                weight, other_weight = weigh(re[0], re[1]), weigh(im[0], im[1])
            least, other_least = lesser(least, weight), lesser(other_least, other_weight)
            total = total + (weight + other_weight)
        least = lesser(least, other_least)
        store(work.scale, least)
        store(work.scale + LANES, total)

    cdef void read_complex(
        self, const Source* source, const Frame* frame, Py_ssize_t position,
        const char* at, bint outside, real* real_part, real* imaginary_part,
    ) noexcept nogil:
        """Real and imaginary parts of complex samples from a position on, in buffers."""
        cdef Py_ssize_t last = self.axes - 1, count = self.axis[last].points, i
        cdef const real* pairs = <const real*>at + 2 * position
        cdef bint inside = 0 <= position <= frame.samples[last] - count
        cdef vec re, im
        if source.paired and inside and not outside:
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
        const char* at, bint outside, int plane, real* buffer,
    ) noexcept nogil:
        """The samples of a row from `position` on, in the buffer."""
        cdef Py_ssize_t a = self.axes - 1, count = self.axis[a].points
        cdef const Line* line = &source.line[a]
        cdef Py_ssize_t hop = line.step * source.stride[a]
        cdef Py_ssize_t inside = 0, beyond, i, sample
        if outside:
            inside = beyond = count
        else:
            if position < 0:
                inside = min(count, (-position + line.step - 1) // line.step)
            beyond = inside
            if position < frame.samples[a]:
                beyond = min(count, (frame.samples[a] - 1 - position) // line.step + 1)
                beyond = max(beyond, inside)
        at += plane * source.part
        if beyond > inside:
            read_limb(
                source.limb, source.element, source.swapped, buffer + inside,
                at + (position + line.step * inside) * source.stride[a], hop, beyond - inside,
            )
        if outside or line.boundary == CONSTANT:
            for i in range(inside):
                buffer[i] = source.constant[plane]
            for i in range(beyond, count):
                buffer[i] = source.constant[plane]
            return
        for i in range(count - (beyond - inside)):
            if i >= inside:
                i += beyond - inside
            sample = fold(
                position + line.step * i, frame.samples[a], line.boundary, line.period,
                line.mirror,
            )
            read_limb(
                source.limb, source.element, source.swapped, buffer + i,
                at + sample * source.stride[a], 0, 1,
            )

    cdef void compute(
        self, Work* work, Py_ssize_t first, Py_ssize_t last, Action action
    ) noexcept nogil:
        """Transform the tile, multiply it by the spectrum, and transform it back.

        What early passes have split is computed block by block, each in a faster cache
        than the tile: blocks `first` to `last` - 1.
        """
        cdef const Axis* axis = &self.axis[max(self.shape.early, 0)]
        work.points = axis.points // self.parts
        work.spectrum += first * (self.shape.spectrum // self.parts)
        for work.block in range(first, last):
            self.compute_block(
                work, 0, work.tile + work.block * work.points * axis.pitch, action
            )

    cdef void compute_block(
        self, Work* work, Py_ssize_t a, real* x, Action action
    ) noexcept nogil:
        """Do so from axis `a` on: point by point, where rows behind each fill panels."""
        cdef const Shape* shape = &self.shape
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
        cdef const Axis* axis = &self.axis[a]
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
            if action >= CONVOLVE and not self.shape.own:
                work.spectrum += (1 if self.shape.narrow else 2) * self.axis[transformed].points

    cdef void transform_columns(
        self, Work* work, Py_ssize_t a, real* x, Action action
    ) noexcept nogil:
        """Transform all columns along axis `a` whose first points lie in one row."""
        cdef const Axis* axis = &self.axis[a]
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
                    self.shape.own, 2 * LANES,
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
            if action >= CONVOLVE and self.shape.own and not self.shape.narrow:
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
            if self.shape.own:
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
        cdef Py_ssize_t lanes = LANES if self.shape.own else 1, lane, _p
        cdef Py_ssize_t wide = self.shape.narrow * lanes if self.shape.own else 1
        cdef float* spectrum = <float*>work.spectrum
        spectrum += work.kept * lanes // wide * wide * 2 * points + work.kept * lanes % wide
        for _p in range(points):
            for lane in range(lanes):
                spectrum[lane] = <float>(self.scale * x[lane])
                spectrum[wide + lane] = <float>(self.scale * x[LANES + lane])
            spectrum += 2 * wide
            x += pitch
        work.kept += self.shape.own

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
        if self.shape.riders > 1:
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
        cdef const Axis* axis = &self.axis[self.axes - 1]
        cdef const Passes* passes = &self.passes[self.axes - 1]
        cdef Py_ssize_t twist = 2 * LANES * (axis.points // FINE + FINE)
        cdef const real* twists = self.twists
        cdef Py_ssize_t rows = self.shape.riders, first = 0, p
        cdef real* row[LANES]
        cdef bint levelled
        cdef vec none = broadcast(<real>0)
        cdef Sums sums
        sums.parts.re = sums.parts.im = sums.squares = none
        sums.least = broadcast(<real>INFINITY)
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
                fetch_square(&self.shape, work, axis.points, p)
                if self.shape.riders > 1:
                    enter_square(
                        work.rider, p, p + axis.points, work.panel + 2 * LANES * p, &sums,
                        self.shape.planes == 2,
                    )
                else:
                    enter_square(
                        <const real**>row, 2 * p, 2 * p + LANES,
                        work.panel + 2 * LANES * p, NULL, False,
                    )
            if self.shape.riders > 1 and work.sums != NULL:
                self.find_rider_levels(work, &sums)
            if twists != NULL:
                turn_points(work.panel, twists, axis.points, False)
            if action == CONVOLVE:
                convolve_block(
                    passes, 0, 0, work.panel, 2 * LANES, work.spectrum, self.shape.own, 0
                )
                if twists != NULL:
                    turn_points(work.panel, twists, axis.points, True)
                levelled = work.levelled and self.shape.riders > 1
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
            if self.shape.own and not self.shape.narrow:
                work.spectrum += 2 * LANES * axis.points
            first += LANES

    cdef void find_rider_levels(self, Work* work, Sums* sums) noexcept nogil:
        """What the samples of each rider have in common, subtracted from its points.

        And whether they hide some of them.
        """
        cdef Py_ssize_t seen = self.axis[self.axes - 1].points
        cdef real held[LANES]
        cdef real least[LANES]
        cdef real power
        cdef int lane
        if self.shape.planes == 1:
            seen *= 2
            sums.parts.re = sums.parts.im = sums.parts.re + sums.parts.im
        store(work.level, sums.parts.re)
        store(work.imaginary_level, sums.parts.im)
        store(held, sums.squares)
        store(least, sums.least)
        for lane in range(<int>LANES):
            work.hides[lane] = is_hidden(least[lane], held[lane], seen // LANES)
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
        cdef Py_ssize_t keep = self.axis[self.axes - 1].keep
        cdef Py_ssize_t responses = self.shape.responses
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
                    position * responses, self.shape.sums - LANES * responses
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
        cdef const Axis* axis = &self.axis[a]
        cdef Py_ssize_t i, p, k, split, hop = axis.phases * sink.stride[a]
        if work.outcome != DONE:
            return
        if a == self.axes - 1:
            self.store_row(sink, frame, output, along, part, adding, x, work)
        elif a == self.shape.early:
            split = self.steps
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
        cdef Py_ssize_t responses = self.shape.responses, i
        cdef const real* sums = work.sums + min(
            position * responses, self.shape.sums - responses
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
        cdef const Axis* axis = &self.axis[self.axes - 1]
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
        if work.levelled and self.shape.riders == 1:
            raised = work.response
            if work.imaginary:
                raised = work.imaginary_response
            elif self.shape.panels and self.shape.planes == 1 and start < self.shape.sums:
                raised, factor = work.sums + start, broadcast(work.level[0])
            elif self.shape.panels and self.shape.planes == 1:
                # beyond the taps all respond alike
                raised, factor = work.level, broadcast(work.sums[self.shape.sums - 1])
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
    const Shape* shape, const Work* work, Py_ssize_t points, Py_ssize_t p
) noexcept nogil:
    """Fetch what LANES points of a panel, from `p` on, will be multiplied by, and the
    samples that stand there in the next tile's riders."""
    # inline, or compilers drop calls of what seems to do nothing
    cdef Py_ssize_t line = CACHE_LINE // <Py_ssize_t>sizeof(real), q
    cdef const char* sample
    if shape.distant:
        for q from 0 <= q < 2 * LANES * LANES by line:
            prefetch_for_later(work.spectrum + 2 * LANES * p + q)
    if work.leap == 0 or p % line:
        return
    for q in range(<Py_ssize_t>LANES):
        sample = <const char*>(work.rider[q] + p) + work.leap
        prefetch_for_later(sample)
        prefetch_for_later(sample + points * <Py_ssize_t>sizeof(real))


cdef inline vec weigh(vec part, vec other) noexcept nogil:
    return multiply_add(part * part, other, other)


cdef inline bint is_hidden(double least, double squares, Py_ssize_t number) noexcept nogil:
    """Whether the least of so many sums of squares is less than the rounding of all."""
    return least * number < squares * EPSILON * EPSILON


cdef inline Place start_of(const Source* source) noexcept nogil:
    """Where the first sample lies."""
    cdef Place place
    place.re = place.im = source.data
    place.re_outside = place.im_outside = False
    place.along = 0
    return place


cdef inline bint holds_sums(const Frame* frame, Py_ssize_t a, Py_ssize_t p) noexcept nogil:
    """Whether earlier blocks have stored what belongs to a position."""
    return p < frame.head[a] or p >= frame.tail[a]


cdef Py_ssize_t bytes_of(Py_ssize_t element):
    """Bytes from the real to the imaginary part of a complex sample."""
    return sizeof(long double) if element == 11 else 8 if element == 10 else 4


cdef void set_limb(Limb* limb, object values):
    limb.bits, limb.shift, limb.topmost, limb.bias = values


cdef real* first_line(object array):
    """Where the first cache line begins."""
    cdef char* start = <char*>PyArray_DATA(<PyArrayObject*>array) + CACHE_LINE - 1
    return <real*>(start - <Py_ssize_t>start % CACHE_LINE)


cdef Py_ssize_t stride_of(object array, Py_ssize_t axis):
    return 0 if axis == NONE else PyArray_STRIDES(<PyArrayObject*>array)[axis]


cdef int finish(const Work* work) except -1:
    if work.outcome == INTERRUPTED:
        raise_pending()
    return 0


cdef int raise_pending() except -1:
    return -1
