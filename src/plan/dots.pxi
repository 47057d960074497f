# Few outputs of many taps, as inner products: src/direct/dots.pxi computes them.
#
# The sum over k of g[k] x[s n + o + d k] treats n and k alike. If outputs and taps change
# places, so do stride and dilation, and the arrays of taps and outputs. A block of the
# exchanged problem is of taps, and all outputs are its "taps". Vectors then run along taps,
# which are many, not along outputs.

cdef enum:
    # reals of a block of taps. Those of a few filters stay in the L1 cache, those of one
    # filter in the L2 cache
    DOT_BLOCK = 4096
    LONE_DOT_BLOCK = 32768
    MOST_DOTS = 1024                # outputs of a filter
    DOT_BYTES = 1 << 16             # of the sums of a unit
    DOT_FILTERS = 4                 # as in direct/dots.h
    DOT_OUTPUTS = 6
    SHARED_DOT_OUTPUTS = 3
    # outputs that channels of the signal have together, if one window holds all channels
    FOLDED_DOTS = 256


cdef bint exchange(const Problem* problem, DirectModel model, Problem* exchanged) noexcept:
    """Let outputs and taps change places; return false unless outputs are few.

    Batch axes that the kernel does not have are channels that share a window, if they are
    few: their outputs are "taps", too.
    """
    cdef double outputs = 1, taps = 1, channels = 1
    cdef Axis* axis
    cdef bint is_channel
    cdef int a
    if problem.support != NULL:
        return False
    for a in range(problem.count):
        if problem.axes[a].upsampling > 1:
            return False
        if problem.axes[a].is_window:
            outputs *= problem.axes[a].outputs
            taps *= problem.axes[a].taps
        elif problem.axes[a].kernel == NONE:
            channels *= problem.axes[a].outputs
    if outputs > MOST_DOTS or taps < 4 * max(outputs, model.lanes):
        return False
    exchanged[0] = problem[0]
    exchanged.kernel, exchanged.output = problem.output, problem.kernel
    for a in range(problem.count):
        axis = &exchanged.axes[a]
        is_channel = (
            not axis.is_window and axis.kernel == NONE and outputs * channels <= FOLDED_DOTS
        )
        axis.kernel, axis.output = axis.output, axis.kernel
        if axis.is_window or is_channel:
            axis.outputs, axis.taps = axis.taps, axis.outputs
            axis.stride, axis.dilation = axis.dilation, axis.stride
            # a summed axis has one output, which no array has
            axis.is_window = axis.kernel != NONE
    return True


cdef bint lay_out_dots(const Problem* problem, DirectModel model, Blocks* blocks) noexcept:
    """Lay out inner products, of an exchanged problem; return false if sums don't fit."""
    cdef Py_ssize_t outputs = 1, filters, most
    cdef int a, bank = find_filters(problem)
    blocks.exchanged, blocks.copies_rows, blocks.packs_chunks = True, False, False
    blocks.support = NULL
    arrange_axes(problem, model, blocks, bank, True)
    blocks.bank_axis, blocks.filter_axis = blocks.filter_axis, NONE
    blocks.row_axis, blocks.segment, blocks.row_step = NONE, 0, 1
    for a in range(blocks.count):
        blocks.chunk[a] = blocks.axes[a].taps
        outputs *= blocks.chunk[a]
    choose_sizes(model, blocks)
    choose_lines(model, blocks)
    most = DOT_BYTES // (
        model.lanes * model.itemsize * blocks.planes[0] * blocks.planes[2] * outputs
    )
    if most == 0:
        return False
    if bank != NONE:
        a = blocks.bank_axis
        # blocks of about the same size
        filters = blocks.axes[a].outputs
        filters = ceil_divide(filters, ceil_divide(filters, min(most, 4 * DOT_FILTERS)))
        if most > DOT_FILTERS:
            filters = ceil_divide(filters, DOT_FILTERS) * DOT_FILTERS
        blocks.block[a] = min(filters, blocks.axes[a].outputs)
    measure_window(problem, model, blocks)
    return True


cdef Py_ssize_t number_of_units(const Blocks* blocks) noexcept nogil:
    """Number of blocks along axes whose outputs differ."""
    cdef Py_ssize_t number = 1
    cdef int a
    for a in range(blocks.count):
        if blocks.axes[a].kernel != NONE and not blocks.axes[a].is_window:
            number *= ceil_divide(blocks.axes[a].outputs, blocks.block[a])
    return number


cdef double dot_loads(Py_ssize_t outputs, Py_ssize_t filters) noexcept nogil:
    """Vectors loaded for so many outputs, or products of vectors if these are more."""
    cdef Py_ssize_t shared = filters // DOT_FILTERS, tiles
    cdef double loads = 0
    if shared:
        tiles = ceil_divide(outputs, SHARED_DOT_OUTPUTS)
        loads = shared * <double>max(
            DOT_FILTERS * outputs, outputs + DOT_FILTERS * tiles
        )
    tiles = ceil_divide(outputs, DOT_OUTPUTS)
    return loads + (filters - shared * DOT_FILTERS) * <double>(outputs + tiles)


cdef void count_dots(
    const Problem* problem, DirectModel model, const Blocks* blocks, double* counts
) noexcept:
    """Count the work of inner products, in the order of `DIRECT_COUNTS`."""
    cdef double number = number_of_blocks(blocks), rows = 1, samples = 1, packed
    cdef Py_ssize_t outputs = 1, filters = 1, count
    cdef int a
    for a in range(blocks.count):
        outputs *= blocks.chunk[a]
        samples *= blocks.axes[a].samples
        if a == blocks.bank_axis:
            filters = blocks.block[a]
        elif a < blocks.inner:
            rows *= blocks.block[a]
    # a row takes about one vector more, for the vector that it fills in part
    count = ceil_divide(blocks.block[blocks.inner] * blocks.channels, model.lanes) + 1
    packed = packed_of(blocks)
    counts[0], counts[1] = 1, number
    counts[2] = number_of_units(blocks) * <double>outputs * filters * blocks.planes[1]
    counts[3] = counts[4] = 0
    counts[3 if packs_vectors(problem, blocks) else 4] = number * packed
    if problem.output.element != model.element or problem.output.swapped or blocks.planes[2] > 1:
        counts[4] += number * blocks.buffer * blocks.planes[2]
    counts[5] = max(0, number * blocks.packed - samples)
    counts[5] *= share_of_misses(&model.memory, model.itemsize * samples)
    counts[6] = counts[8] = 0
    counts[7] = number * rows * count * model.lanes * dot_loads(outputs, filters)
    counts[7] *= blocks.planes[0] * blocks.planes[2]
