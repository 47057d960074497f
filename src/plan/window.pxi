# The window of samples that a block of outputs needs.
#
# An axis has stride s and dilation d, and g is their greatest common divisor. Positions of
# the window are g samples apart, outputs are s/g positions apart, and taps d/g positions.
# Positions that are equal modulo s/g have one phase, and lie side by side. So a tap has
# the same distance from each output's first sample:
#
#     slots of a phase = block + floor(d/g (taps - 1) / (s/g))      phases = s/g at most
#
# If it takes less room, each tap has a phase of its own with `block` slots. The branches of
# an up-sampled axis share a window, which reaches from the first tap of the first branch to
# the last tap of the last one.

cdef inline Py_ssize_t window_reach(
    const Blocks* blocks, int a, Py_ssize_t chunk
) noexcept nogil:
    """Positions from the first to the last one that an output of each branch sums."""
    return blocks.dilation[a] * (chunk - 1) + blocks.branch_reach[a]


cdef inline bint is_separate(
    const Blocks* blocks, int a, Py_ssize_t block, Py_ssize_t chunk
) noexcept nogil:
    """Whether the window is smaller if each tap has a phase of its own."""
    cdef Py_ssize_t reach = window_reach(blocks, a, chunk), stride = blocks.stride[a]
    if blocks.branch_reach[a] or blocks.axes[a].signal == NONE:
        return False
    if a == blocks.inner and blocks.copies_rows:
        return True
    return chunk * block < min(stride, reach + 1) * (block + reach // stride)


cdef inline Py_ssize_t phases_of(
    const Blocks* blocks, int a, Py_ssize_t block, Py_ssize_t chunk
) noexcept nogil:
    """Phases of an axis."""
    if is_separate(blocks, a, block, chunk):
        return chunk
    return min(blocks.stride[a], window_reach(blocks, a, chunk) + 1)


cdef inline Py_ssize_t slots_of(
    const Blocks* blocks, int a, Py_ssize_t block, Py_ssize_t chunk
) noexcept nogil:
    """Slots of each phase of an axis; one, if the signal does not have it."""
    if blocks.axes[a].signal == NONE:
        return 1
    if is_separate(blocks, a, block, chunk):
        return block
    return block + window_reach(blocks, a, chunk) // blocks.stride[a]


cdef double halo_of(
    const Blocks* blocks, int a, Py_ssize_t block, Py_ssize_t chunk
) noexcept nogil:
    """Slots of an axis for each output of a block along it."""
    cdef double slots = phases_of(blocks, a, block, chunk) * slots_of(blocks, a, block, chunk)
    return slots / block


cdef double window_of(
    const Blocks* blocks, const Py_ssize_t* block, const Py_ssize_t* chunk
) noexcept nogil:
    """Reals of a plane of the window, for blocks and chunks of these shapes."""
    cdef double reals = blocks.channels
    cdef int a
    for a in range(blocks.inner + 1):
        reals *= phases_of(blocks, a, block[a], chunk[a])
        reals *= slots_of(blocks, a, block[a], chunk[a])
    return reals


cdef inline double window_reals(DirectModel model, const Blocks* blocks) noexcept:
    """Most reals that a plane of the window may have."""
    return model.window // model.itemsize // blocks.planes[0]


cdef void measure_window(const Problem* problem, DirectModel model, Blocks* blocks) noexcept:
    """Find pitches and sizes of the window and of the output buffer, without gaps."""
    cdef Py_ssize_t reals = 1, buffer = 1, overhang = model.vectors * model.lanes
    cdef int a, b
    for a in range(blocks.count - 1, -1, -1):
        blocks.pitch[a], blocks.buffer_pitch[a] = reals, buffer
        reals *= slots_of(blocks, a, blocks.block[a], blocks.chunk[a])
        if a == blocks.inner:
            blocks.phase_pitch = reals
        if a != blocks.inner or not blocks.copies_rows:
            reals *= phases_of(blocks, a, blocks.block[a], blocks.chunk[a])
        if a == blocks.inner - 1 and blocks.copies_rows:
            # copies of all rows, one behind the other
            blocks.phase_pitch = reals
            reals *= phases_of(blocks, a + 1, blocks.block[a + 1], blocks.chunk[a + 1])
        buffer *= blocks.block[a]
        if blocks.filter_axis != NONE and a == blocks.line_axis:
            if a < blocks.inner:
                blocks.buffer_pitch[a] = blocks.pitch[a]
            buffer = blocks.line
        # pitch of a C-contiguous signal
        blocks.signal_pitch[a] = 0
        if blocks.axes[a].signal == NONE:
            continue
        blocks.signal_pitch[a] = 1
        for b in range(blocks.count):
            if blocks.axes[b].signal > blocks.axes[a].signal:
                blocks.signal_pitch[a] *= blocks.axes[b].samples
    blocks.packed, blocks.buffer = reals, buffer
    blocks.overread = 0
    if blocks.exchanged:
        overhang = 0
    elif blocks.filter_axis != NONE:
        overhang = model.filter_vectors * model.lanes
        blocks.overread = ceil_divide(model.lanes, blocks.channels)
    elif blocks.row_axis < 0:
        overhang += model.vectors * model.rows * blocks.segment
        blocks.overread = ceil_divide(overhang, blocks.channels)
    else:
        overhang += model.rows * blocks.row_step * blocks.pitch[blocks.row_axis]
    blocks.window = reals + overhang
    blocks.in_place = can_read_in_place(problem, model, blocks)


cdef inline bint has_contiguous_rows(const Blocks* blocks) noexcept:
    """Whether positions behind the inner axis, and along it, are neighbours in memory."""
    cdef int a
    for a in range(blocks.inner, blocks.count):
        if blocks.signal_pitch[a] != blocks.pitch[a]:
            return False
    return True


cdef bint packs_vectors(const Problem* problem, const Blocks* blocks) noexcept:
    """Whether vectors of samples are packed, not one by one.

    Samples are neighbours in a C-contiguous signal, or every other one, as the parts of
    complex samples are. Their bytes need no more than a conversion between types.
    """
    cdef Py_ssize_t step = blocks.step[blocks.inner] * blocks.stride[blocks.inner]
    if problem.signal.swapped or problem.signal.element == FLOAT16:
        return False
    if not has_contiguous_rows(blocks) or step > 1 and blocks.channels > 1:
        return False
    return step * problem.signal.planes <= 2


cdef bint can_read_in_place(
    const Problem* problem, DirectModel model, const Blocks* blocks
) noexcept:
    """Whether sums can read the samples of a C-contiguous signal without packing."""
    cdef Py_ssize_t rows
    cdef int a
    if problem.signal.element != model.element or problem.signal.planes > 1 \
            or problem.signal.swapped or not has_contiguous_rows(blocks):
        return False
    for a in range(blocks.count):
        if blocks.step[a] != 1 or blocks.stride[a] != 1 or blocks.chunk[a] != blocks.axes[a].taps:
            return False
        if phases_of(blocks, a, blocks.block[a], blocks.chunk[a]) != 1:
            return False
    if blocks.row_axis < 0:
        return blocks.line_axis == blocks.inner
    # rows whose distance is a multiple of 4096 bytes share one set of the L1 cache
    rows = model.rows + blocks.chunk[blocks.row_axis] - 1
    return rows <= L1_WAYS or blocks.signal_pitch[blocks.row_axis] * model.itemsize % 4096 != 0
