# The model of a compiled module that sums directly: its tile of accumulators, the bounds
# it is planned with, and what its work costs.

cdef enum:
    SUM_COUNTS = 9

# The work of a direct convolution. The cost model has seconds for each count.
DIRECT_COUNTS = (
    "calls",
    "blocks",           # times chunks of taps
    "outputs",          # stored, once for each chunk
    "samples",          # packed into windows, in vectors
    "strided_samples",  # packed into windows one by one
    "refetched",        # samples that are read from memory more than once
    "page_faults",      # outputs on pages of memory that no earlier result has used
    "sums",             # products; more where tap columns reach less of the FMA peak
    "separate_lines",   # the same products, if neighbouring taps share no cache line
)


@cython.final
cdef class DirectModel:
    """A compiled module that sums in one element type: its sizes, bounds and costs.

    Parameters
    ----------
    tile : tuple of int
        Rows and vectors of a tile of accumulators, lanes of a vector, longest span;
        rows and vectors of a tile of filters.
    element : str
        Element type that is computed in.
    itemsize : int
        Bytes of a number of this type.
    poll_sums : int
        Products summed between two polls for Ctrl-C.
    shares : dict of int to float
        Share of the FMA peak that tap columns of each span reach.
    seconds : sequence of float
        Seconds of each of `DIRECT_COUNTS`.
    memory : sequence of float
        The fields of the struct Memory, `memory` in cost/tables.json.
    thresholds : Thresholds
    """

    cdef Py_ssize_t rows, vectors, lanes, span, filter_rows, filter_vectors
    cdef Py_ssize_t itemsize, poll_sums
    cdef Py_ssize_t window, chunk_taps, packed_bytes, row_reals, segment_reals, flat_reals, streamed
    cdef int element
    cdef double shares[MOST_SPAN + 1]
    cdef double seconds[SUM_COUNTS]
    cdef Memory memory

    def __cinit__(
        self, tile, str element, Py_ssize_t itemsize, Py_ssize_t poll_sums, dict shares, seconds,
        memory, thresholds,
    ):
        cdef int i
        self.rows, self.vectors, self.lanes, self.span, self.filter_rows, \
            self.filter_vectors = tile
        self.element = element_numbers[element]
        self.itemsize, self.poll_sums = itemsize, poll_sums
        for span, share in shares.items():
            self.shares[<int>span] = share
        for i in range(SUM_COUNTS):
            self.seconds[i] = seconds[i]
        self.memory.cached_bytes, self.memory.uncached_bytes, self.memory.pool_bytes = memory
        self.window, self.chunk_taps = thresholds.window_bytes, thresholds.chunk_taps
        self.packed_bytes = thresholds.packed_bytes
        self.row_reals = thresholds.row_reals
        self.segment_reals = thresholds.segment_reals
        self.flat_reals, self.streamed = thresholds.flat_reals, thresholds.streamed_direct_bytes


cdef inline Py_ssize_t pieces_of(DirectModel model, Py_ssize_t taps) noexcept:
    """How many tap columns a run of taps is cut into. Five taps are always one column."""
    return 1 if taps == MOST_SPAN else ceil_divide(taps, model.span)


cdef double run_seconds(DirectModel model, Py_ssize_t taps) noexcept:
    """Time of a run of taps, in units of the time of a tap at the FMA peak."""
    cdef Py_ssize_t pieces, size, longer
    cdef double seconds
    if taps == 0:
        return 0
    pieces = pieces_of(model, taps)
    size, longer = taps // pieces, taps % pieces
    seconds = (pieces - longer) * (size / model.shares[size])
    if longer:
        seconds += longer * ((size + 1) / model.shares[size + 1])
    return seconds


cdef double peak_share(DirectModel model, Py_ssize_t count, Py_ssize_t tap_pitch) noexcept:
    """Share of the FMA peak for `count` taps.

    A tap and the tap `tap_pitch` later lie one tile row below the other.
    """
    cdef Py_ssize_t runs = min(tap_pitch, count), size, longer
    size, longer = count // runs, count % runs
    cdef double seconds = (runs - longer) * run_seconds(model, size)
    if longer:
        seconds += longer * run_seconds(model, size + 1)
    return count / seconds
