# The work of a direct convolution, counted, and its predicted time.

cdef enum:
    ROW_SAMPLES = 48                # that are packed in the time that a row takes besides
    RIM_REALS = 64                  # of a row that are packed, at both ends of it
    SCATTERED_SAMPLES = 4           # that are packed one by one in the time of a stored output


cdef Py_ssize_t tap_pitch_of(
    DirectModel model, const Blocks* blocks, int a, Py_ssize_t count
) noexcept:
    """Taps between two taps that lie one tile row below the other, along their axis.

    `count`: taps of a chunk. It is returned if no two taps lie so.
    """
    if is_separate(blocks, a, blocks.block[a], blocks.chunk[a]):
        return count
    if blocks.row_axis < 0:
        return segment_pitch(blocks, blocks.segment, count)
    return blocks.stride[a] if blocks.row_step == blocks.dilation[a] else count


cdef void count_work(
    const Problem* problem, DirectModel model, const Blocks* blocks, double* counts
) noexcept:
    """Count the work of a direct convolution, in the order of `DIRECT_COUNTS`."""
    cdef double number = number_of_blocks(blocks), chunks = 1, taps = 1, samples = 1
    cdef double outputs = outputs_of(problem) * blocks.planes[2], sums = 1, packed
    cdef double branches = 1, windows
    cdef Py_ssize_t size, width = model.vectors * model.lanes, count
    cdef int a, along = blocks.row_axis if blocks.row_axis >= 0 else blocks.inner
    if blocks.exchanged:
        count_dots(problem, model, blocks, counts)
        return
    if blocks.row_axis < 0 and blocks.filter_axis == NONE:
        width *= model.rows * blocks.segment // model.lanes
    for a in range(blocks.count):
        branches *= blocks.branches[a]
        chunks *= ceil_divide(blocks.axes[a].taps, blocks.chunk[a])
        taps *= blocks.axes[a].taps
        samples *= blocks.axes[a].samples
        if a < blocks.inner:
            size = blocks.block[a]
            if a == blocks.row_axis:
                size = ceil_divide(size, model.rows) * model.rows
            sums *= size
    if blocks.filter_axis == NONE:
        count = ceil_divide(blocks.block[blocks.inner] * blocks.channels, width)
        sums *= <double>count * width
        count = blocks.chunk[along]
        if blocks.support != NULL:
            sums *= sparse_seconds(model, blocks) / taps
        else:
            sums /= peak_share(model, count, tap_pitch_of(model, blocks, along, count))
    else:
        sums *= vector_cycles(blocks.line // model.lanes) * model.lanes
        if blocks.line_axis < blocks.inner:
            sums /= blocks.block[blocks.line_axis]
        size = blocks.block[blocks.filter_axis]
        sums *= padded_filters(model, size) / <double>size
    sums *= taps * max(blocks.planes[0] * blocks.planes[1], blocks.planes[2])
    sums *= number * branches
    packed = packed_of(blocks)
    # branches read one window if their taps are one chunk
    windows = number if chunks == 1 else number * chunks * branches
    counts[0] = 1
    counts[1] = number * chunks * branches
    counts[2] = outputs * chunks
    counts[3] = counts[4] = 0
    counts[3 if packs_vectors(problem, blocks) else 4] = windows * packed
    if blocks.filter_axis != NONE:
        counts[3] += packed_kernel(problem, model, blocks)
    if not stores_vectors(blocks):
        counts[4] += SCATTERED_SAMPLES * outputs * chunks
    counts[5] = max(0, windows * blocks.packed - samples)
    counts[5] *= share_of_misses(&model.memory, model.itemsize * samples)
    counts[6] = outputs if model.itemsize * outputs > model.memory.pool_bytes else 0
    counts[7] = sums
    counts[8] = sums if blocks.channels * model.itemsize >= CACHE_LINE_BYTES else 0


cdef double sparse_seconds(DirectModel model, const Blocks* blocks) noexcept:
    """Time of the taps that take part, in units of the time of a tap at the FMA peak."""
    cdef Chunk chunk
    cdef Py_ssize_t first[MOST_AXES]
    cdef Py_ssize_t taps[MOST_AXES]
    cdef int a
    for a in range(blocks.count):
        first[a], taps[a] = 0, blocks.axes[a].taps
    set_chunk(model, blocks, taps, first, blocks.support, &chunk)
    return add_sparse_columns(model, &chunk, 0, NULL)


cdef double packed_of(const Blocks* blocks) noexcept nogil:
    """Samples that are packed for a block, and as many as take the time of its rows."""
    cdef double row = blocks.pitch[blocks.inner] * <double>slots_of(
        blocks, blocks.inner, blocks.block[blocks.inner], blocks.chunk[blocks.inner]
    )
    cdef double packed = blocks.packed * blocks.planes[0] * (1 + ROW_SAMPLES / row)
    return packed * share_of_rim(blocks) if blocks.in_place else packed


cdef bint stores_vectors(const Blocks* blocks) noexcept nogil:
    """Whether outputs along the inner axis are neighbours in a C-contiguous array."""
    cdef int a
    for a in range(blocks.inner):
        if blocks.axes[a].output > blocks.axes[blocks.inner].output and (
            blocks.axes[a].outputs > 1
        ):
            return False
    return True


cdef double share_of_rim(const Blocks* blocks) noexcept nogil:
    """Share of the samples that are packed though others are read in place.

    Blocks that read samples outside of the signal are packed. If they have rows, only their
    ends are: see divide_block in direct/block.pxi.
    """
    cdef const Axis* axis
    cdef Py_ssize_t number, rim, reach
    cdef bint divides = blocks.row_axis >= 0 and blocks.filter_axis == NONE
    cdef double inside = 1
    cdef int a
    for a in range(blocks.count):
        axis = &blocks.axes[a]
        divides &= blocks.branch_reach[a] == 0
    for a in range(blocks.count):
        axis = &blocks.axes[a]
        if not axis.is_window:
            continue
        reach = window_reach(blocks, a, axis.taps)
        if divides:
            # outputs that sum samples before and behind the signal
            rim = max(0, -axis.offset)
            rim += max(0, axis.offset + axis.outputs + reach - axis.samples)
            if a == blocks.inner and rim:
                rim += RIM_REALS // blocks.channels
            number = axis.outputs
        else:
            number = ceil_divide(axis.outputs, blocks.block[a])
            rim = axis.offset < 0
            rim += axis.offset + axis.outputs - 1 + reach >= axis.samples
        inside *= max(0, number - rim) / <double>number
    return 1 - inside


cdef Py_ssize_t padded_filters(DirectModel model, Py_ssize_t filters) noexcept:
    """Filters of whole tiles; the last tile may have half the rows of the others."""
    return ceil_divide(2 * filters, model.filter_rows) * model.filter_rows // 2


cdef double packed_kernel(
    const Problem* problem, DirectModel model, const Blocks* blocks
) noexcept:
    """Reals of the taps of all kernels, packed in tiles of filters."""
    cdef double reals = padded_filters(model, blocks.axes[blocks.filter_axis].outputs)
    cdef const Axis* axis
    cdef int a
    for a in range(blocks.count):
        axis = &problem.axes[blocks.number[a]]
        if axis.is_window:
            reals *= axis.taps
        elif axis.kernel != NONE and a != blocks.filter_axis:
            reals *= axis.outputs
    return reals


cdef double seconds_of(
    const Problem* problem, DirectModel model, const Blocks* blocks
) noexcept:
    """Predict the seconds of a layout."""
    cdef double counts[SUM_COUNTS]
    cdef double seconds = 0
    cdef int i
    count_work(problem, model, blocks, counts)
    for i in range(SUM_COUNTS):
        seconds += counts[i] * model.seconds[i]
    return seconds


def count_direct(problem, DirectModel model):
    """Count the work of a direct convolution.

    Parameters
    ----------
    problem : Problem
    model : DirectModel

    Returns
    -------
    tuple of float
        Counts in the order of `DIRECT_COUNTS`.
    """
    cdef Problem given
    cdef Blocks blocks
    cdef double counts[SUM_COUNTS]
    cdef int i
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    count_work(&given, model, &blocks, counts)
    return tuple([counts[i] for i in range(SUM_COUNTS)])


def direct_seconds(problem, DirectModel model):
    """Predict the seconds that a direct convolution takes in one thread."""
    cdef Problem given
    cdef Blocks blocks
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    return seconds_of(&given, model, &blocks)
