# The model of a compiled module that transforms: its vectors, the bounds it is planned
# with, and the cycles that tiles take.
#
# A tile has one of four forms:
#
# panels      Columns lie along all transformed axes but the last. Rows lie along the last
#             axis, in panels.
# lanes       One axis is transformed. Its blocks, of all signals of a batch, are the rows
#             of one panel, a lane each.
# four_step   One axis is transformed in few, long blocks. Each block is a tile of columns
#             and rows.
# columns     The last axis is a batch, whose signals lie side by side. There are columns
#             only.
#
#     cycles of a tile = vectors (passes p + point + beyond log2(size / room))
#                      + rows row + tile
#
# with p the cycles per vector of the passes of all axes, there and back.

cdef enum:
    PANELS, PACKED_LANES, FOUR_STEP, COLUMNS
    FORMS
    TRANSFORM_COUNTS = 4

FORM_NAMES = ("panels", "lanes", "four_step", "columns")

# The work of a convolution by transforms whose kernel's spectra are known. The cost model
# has seconds for each count.
FFT_COUNTS = (
    "calls",
    "cycles",           # of all tiles
    "cache_misses",     # samples and outputs that move between memory and caches
    "page_faults",      # outputs on pages of memory that no earlier result has used
)

cdef struct FormCost:
    # factor of the cycles of passes in cost/tables.json
    double passes
    double point                    # cycles per vector: pack, transpose, multiply, store
    double row                      # cycles per row, or piece of a row, packed and stored
    # cycles per vector for each doubling of a tile beyond `room` bytes, and the same once
    # more for each doubling beyond four times `room`
    double beyond

cdef struct TileCosts:
    FormCost form[FORMS]
    double pairs                    # cycles per vector to split complex numbers
    # cycles per vector, for each sample of distance between neighbours; at most
    double strided, most_strided
    double tile                     # cycles of any tile
    double kernel                   # tiles that take as long as the kernel's transform
    double room                     # bytes of a tile up to which it stays in the caches
    # bytes of a tile up to which it stays in the last-level cache; cycles of passes per
    # vector for each doubling beyond
    double last_level, beyond_last_level


@cython.final
cdef class FFTModel:
    """A compiled module that transforms, in one element type and length of vectors.

    Parameters
    ----------
    element : str
        Element type that is computed in.
    itemsize : int
        Bytes of a number of this type.
    shape : tuple of int
        Lanes of a vector, registers for vectors, and fine steps of each coarse step of
        four-step twiddles.
    wider : int
        Itemsize of the numbers that kernels are transformed in, over `itemsize`.
    wide_lanes : int
        Lanes of a vector of these numbers.
    costs : mapping
        The tables of cost/tables.json, with one of its `forms`.
    seconds : sequence of float
        Seconds of each of `FFT_COUNTS`.
    memory : sequence of float
        The fields of the struct Memory, `memory` in cost/tables.json.
    thresholds : Thresholds
    """

    cdef readonly Py_ssize_t lanes
    cdef Py_ssize_t itemsize, registers, fine, wider, wide_lanes
    cdef int element
    cdef Lengths lengths
    cdef TileCosts costs
    cdef double seconds[TRANSFORM_COUNTS]
    cdef Memory memory
    cdef bint allowed[FORMS]
    cdef double worker_bytes, tile_bytes, tile_per_kernel, tile_per_axis, cached_bytes
    cdef Py_ssize_t column_vectors
    cdef Py_ssize_t candidates[8]
    cdef int candidate_counts
    cdef object thresholds

    def __cinit__(
        self, str element, Py_ssize_t itemsize, shape, wider, wide_lanes, costs, seconds, memory,
        thresholds,
    ):
        cdef int i
        self.element, self.itemsize = element_numbers[element], itemsize
        self.lanes, self.registers, self.fine = shape
        self.wider, self.wide_lanes = wider, wide_lanes
        for i, form in enumerate(FORM_NAMES):
            cost = &self.costs.form[i]
            cost.passes, cost.point, cost.row, cost.beyond = costs["forms"][form]
            self.allowed[i] = form in thresholds.forms
        self.costs.pairs, self.costs.tile = costs["pairs"], costs["tile"]
        self.costs.strided, self.costs.most_strided = costs["strided"]
        self.costs.kernel, self.costs.room = costs["kernel"], costs["room"]
        self.costs.last_level, self.costs.beyond_last_level = costs["last_level"]
        find_lengths(&self.lengths, costs["passes"][self.registers])
        for i in range(TRANSFORM_COUNTS):
            self.seconds[i] = seconds[i]
        self.memory.cached_bytes, self.memory.uncached_bytes, self.memory.pool_bytes = memory
        self.thresholds = thresholds
        self.worker_bytes, self.tile_bytes = thresholds.worker_bytes, thresholds.tile_bytes
        self.tile_per_kernel = thresholds.tile_per_kernel
        self.tile_per_axis = thresholds.tile_per_axis
        self.column_vectors = thresholds.column_vectors
        self.cached_bytes = thresholds.cached_bytes
        self.candidate_counts = min(8, len(thresholds.lengths))
        for i in range(self.candidate_counts):
            self.candidates[i] = thresholds.lengths[i]
