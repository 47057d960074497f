# How a direct convolution is laid out: order of axes, chunks of taps, blocks of outputs.
#
# Columns of a tile run along the inner axis. Axes behind the inner axis are flattened with
# it if each of their outputs reads one sample at its own position. Rows of a tile are rows
# of another axis. If the kernel has one row and the row is long, they are segments of one
# row. Or they are filters: outputs of several kernels at the same positions, where kernels
# share a signal. benchmarks/direct.py measures what the bounds were chosen by.

# Share of the FMA peak that tiles of filters with 1 to 3 vectors reach in caches.
cdef double[4] FILTER_SHARES = [1, 0.62, 0.86, 0.95]

cdef enum:
    FEW_BLOCKS = 4                  # blocks of filters up to which each may pack its own taps

cdef struct Blocks:
    int count, inner, row_axis
    int filter_axis, line_axis      # as in DirectProgram
    Py_ssize_t line
    # whether each tap of the inner axis has rows of its own in the window, so that rows
    # follow each other without a gap
    bint copies_rows
    bint packs_chunks               # as in DirectProgram
    bint moved                      # whether the inner axis stands behind others
    bint exchanged                  # as in DirectProgram, and the axes are so, too
    int bank_axis                   # as in DirectProgram
    Py_ssize_t phase_pitch
    # the problem's axes, in another order; up-sampled axes as their longest branch
    Axis axes[MOST_AXES]
    Py_ssize_t number[MOST_AXES]    # of each in the problem
    Polyphase polyphase[MOST_AXES]  # of each in the problem
    Py_ssize_t branches[MOST_AXES]  # with taps
    Py_ssize_t branch_reach[MOST_AXES]  # positions from the first branch to the last
    Py_ssize_t channels             # reals per output of the inner axis
    Py_ssize_t step[MOST_AXES]      # samples between two positions of the window
    Py_ssize_t stride[MOST_AXES]    # positions between two outputs
    Py_ssize_t dilation[MOST_AXES]  # positions between two taps
    Py_ssize_t segment, row_step    # as in DirectProgram
    Py_ssize_t chunk[MOST_AXES]     # taps of a chunk
    Py_ssize_t block[MOST_AXES]     # outputs of a block
    Py_ssize_t pitch[MOST_AXES]     # reals between two slots of the window
    Py_ssize_t signal_pitch[MOST_AXES]  # between two samples of a C-contiguous signal
    Py_ssize_t buffer_pitch[MOST_AXES]  # between two outputs in the output buffer
    Py_ssize_t window, packed, buffer, overread     # as in DirectProgram
    Py_ssize_t planes[3]            # of signal, kernel, output
    bint in_place                   # whether the signal is read in place
    # of the problem, for taps of a branch
    const char* support
    Py_ssize_t support_pitch[MOST_AXES]


cdef void choose_blocks(Problem* problem, DirectModel model, Blocks* blocks) noexcept:
    """Lay out a direct convolution: with the fastest sort of tiles.

    These are tiles of rows, of filters or of inner products. For inner products the problem
    is exchanged.
    """
    cdef Blocks other
    cdef Problem exchanged
    lay_out_tiles(problem, model, blocks)
    if exchange(problem, model, &exchanged) and lay_out_dots(&exchanged, model, &other):
        if seconds_of(&exchanged, model, &other) < seconds_of(problem, model, blocks):
            problem[0], blocks[0] = exchanged, other


cdef void lay_out_tiles(
    const Problem* problem, DirectModel model, Blocks* blocks
) noexcept:
    """Lay out a direct convolution: with tiles of rows, or of filters if that is faster.

    Where rows are narrow, the longest axis is the inner one, if that is faster.
    """
    cdef Blocks other
    cdef int filters = find_filters(problem), copies
    cdef double least
    cdef bint moves = True, narrow
    lay_out_blocks(problem, model, blocks, NONE, False, False, True)
    narrow = blocks.moved
    if filters == NONE and not narrow:
        return
    least = seconds_of(problem, model, blocks)
    while True:
        if not moves:
            lay_out_blocks(problem, model, &other, NONE, False, False, False)
            least = keep_faster(problem, model, blocks, &other, least)
        for copies in range(2 if filters != NONE else 0):
            lay_out_blocks(problem, model, &other, filters, copies, False, moves)
            if should_pack_chunks(problem, model, &other):
                lay_out_blocks(problem, model, &other, filters, copies, True, moves)
            narrow |= other.moved
            least = keep_faster(problem, model, blocks, &other, least)
        if not moves or not narrow:
            return
        moves = False


cdef double keep_faster(
    const Problem* problem, DirectModel model, Blocks* blocks, const Blocks* other, double least
) noexcept:
    """Replace a layout by another one if that takes less; return the least seconds."""
    cdef double seconds = seconds_of(problem, model, other)
    if seconds < least:
        blocks[0] = other[0]
        return seconds
    return least


cdef bint should_pack_chunks(
    const Problem* problem, DirectModel model, const Blocks* blocks
) noexcept:
    """Whether each block packs the taps of its filters.

    Otherwise all taps are packed once. This saves little time if blocks are few, and takes
    memory if taps are many.
    """
    cdef Py_ssize_t number = 1
    cdef int a
    for a in range(blocks.filter_axis + 1, blocks.count):
        number *= ceil_divide(blocks.axes[a].outputs, blocks.block[a])
    return number <= FEW_BLOCKS and (
        packed_kernel(problem, model, blocks) * model.itemsize > model.packed_bytes
    )


cdef void lay_out_blocks(
    const Problem* problem, DirectModel model, Blocks* blocks, int filters, bint copies_rows,
    bint packs_chunks, bint moves,
) noexcept:
    """Lay out a direct convolution, given the problem's axis of filters or NONE.

    `moves`: see `arrange_axes`.
    """
    cdef Py_ssize_t n
    cdef int a
    blocks.copies_rows, blocks.packs_chunks = False, packs_chunks
    blocks.exchanged, blocks.bank_axis = False, NONE
    arrange_axes(problem, model, blocks, filters, moves)
    blocks.support = problem.support
    for a in range(blocks.count):
        n = blocks.number[a]
        blocks.support_pitch[a] = problem.support_pitch[n] * blocks.polyphase[n].taps
    blocks.copies_rows = (
        copies_rows and blocks.inner - 1 > blocks.filter_axis and blocks.axes[blocks.inner].taps > 1
        and blocks.branch_reach[blocks.inner] == 0
    )
    choose_rows(model, blocks)
    choose_chunks(model, blocks)
    choose_sizes(model, blocks)
    choose_row_step(model, blocks)
    choose_lines(model, blocks)
    measure_window(problem, model, blocks)


cdef Py_ssize_t segment_pitch(
    const Blocks* blocks, Py_ssize_t segment, Py_ssize_t count
) noexcept nogil:
    """Taps of the inner axis between two taps that lie one segment apart."""
    cdef int a = blocks.inner
    cdef Py_ssize_t spacing = blocks.dilation[a] * blocks.channels
    if segment % spacing:
        return count
    return segment // spacing * blocks.stride[a]


cdef inline double filled(double number, double tile) noexcept nogil:
    """Share of whole tiles that `number` rows, or reals of a row, fill."""
    return number / (ceil(number / tile) * tile)


cdef void choose_rows(DirectModel model, Blocks* blocks) noexcept:
    """Choose the axis of tile rows, or segments, by the share of the FMA peak."""
    cdef const Axis* axis
    cdef double width = blocks.axes[blocks.inner].outputs * <double>blocks.channels
    cdef double columns = filled(width, model.vectors * model.lanes), share, best = 0
    cdef Py_ssize_t tap_pitch, dilation, spacing, segment
    cdef Py_ssize_t taps = blocks.axes[blocks.inner].taps
    cdef int a
    blocks.row_axis, blocks.segment = NONE, 0
    if blocks.filter_axis != NONE:
        return
    for a in range(blocks.inner):
        axis = &blocks.axes[a]
        if axis.kernel != NONE and not axis.is_window:
            continue
        tap_pitch, dilation = blocks.stride[a], blocks.dilation[a]
        if dilation * model.rows > axis.outputs:
            dilation, tap_pitch = 1, axis.taps
        share = peak_share(model, axis.taps, tap_pitch) * columns
        share *= filled(axis.outputs / <double>dilation, model.rows)
        if share >= best:
            best, blocks.row_axis = share, a
    spacing = blocks.dilation[blocks.inner] * blocks.channels
    # least common multiple of the spacing of taps and of lanes, unless it is long
    segment = spacing // greatest_divisor(spacing, model.lanes) * model.lanes
    if segment > 16 * model.lanes:
        segment = model.lanes
    share = peak_share(model, taps, segment_pitch(blocks, segment, taps))
    share *= filled(
        min(width, model.segment_reals), model.vectors * model.rows * segment
    )
    if share > best:
        blocks.row_axis, blocks.segment = NONE, segment


cdef void choose_chunks(DirectModel model, Blocks* blocks) noexcept:
    """Choose the taps of a chunk: few enough for its table and for the window."""
    cdef Py_ssize_t least[MOST_AXES]
    cdef Py_ssize_t most = max(1, min(model.chunk_taps, model.poll_sums // model.row_reals))
    cdef double others
    cdef Py_ssize_t rows
    cdef int order[MOST_AXES]
    cdef int a, i, ordered = 0, widest
    if blocks.packs_chunks:
        rows = padded_filters(model, blocks.axes[blocks.filter_axis].outputs)
        most = max(1, min(most, model.packed_bytes // model.itemsize // rows))
    for a in range(blocks.count):
        blocks.chunk[a] = blocks.axes[a].taps
        least[a] = 1
        if a != blocks.row_axis and a != blocks.inner:
            order[ordered] = a
            ordered += 1
    if blocks.row_axis >= 0:
        order[ordered] = blocks.row_axis
        ordered += 1
    order[ordered] = blocks.inner
    ordered += 1
    for i in range(ordered):
        others = 1
        for a in range(blocks.count):
            if a != order[i]:
                others *= blocks.chunk[a]
        a = order[i]
        blocks.chunk[a] = max(1, min(blocks.chunk[a], <Py_ssize_t>(most / others)))
    least[blocks.inner] = min(
        blocks.axes[blocks.inner].outputs,
        max(1, 4 * model.vectors * model.lanes // blocks.channels),
    )
    if blocks.row_axis >= 0:
        least[blocks.row_axis] = min(blocks.axes[blocks.row_axis].outputs, model.rows)
    elif blocks.filter_axis != NONE and blocks.inner - 1 > blocks.filter_axis:
        # short rows are joined
        a = blocks.inner - 1
        rows = 8 * model.filter_vectors * model.lanes
        rows = ceil_divide(rows, least[blocks.inner] * blocks.channels)
        least[a] = min(blocks.axes[a].outputs, rows)
    while window_of(blocks, least, blocks.chunk) > window_reals(model, blocks):
        widest = NONE
        for i in range(ordered):
            a = order[i]
            if blocks.chunk[a] > 1 and (
                widest == NONE
                or halo_of(blocks, a, least[a], blocks.chunk[a])
                > halo_of(blocks, widest, least[widest], blocks.chunk[widest])
            ):
                widest = a
        if widest == NONE:
            return
        blocks.chunk[widest] = (blocks.chunk[widest] + 1) // 2


cdef bint fits(DirectModel model, const Blocks* blocks, double sums) noexcept:
    """Whether the window holds a block, which has at most `sums` outputs."""
    cdef double outputs = 1
    cdef int a
    for a in range(blocks.count):
        outputs *= blocks.block[a]
    return outputs <= sums and window_of(
        blocks, blocks.block, blocks.chunk
    ) <= window_reals(model, blocks)


cdef bint grow(
    DirectModel model, Blocks* blocks, int a, Py_ssize_t size, Py_ssize_t grain, double sums
) noexcept:
    """Set the outputs of a block along an axis to `size` or more, if the block fits.

    They are a multiple of `grain`. Return whether the block has grown.
    """
    cdef Py_ssize_t before = blocks.block[a]
    size = min(blocks.axes[a].outputs, ceil_divide(size, grain) * grain)
    if size <= before:
        return False
    blocks.block[a] = size
    if fits(model, blocks, sums):
        return True
    blocks.block[a] = before
    return False


cdef void choose_sizes(DirectModel model, Blocks* blocks) noexcept:
    """Choose the outputs of a block: the fewest samples for each output."""
    cdef Py_ssize_t grain[MOST_AXES]
    cdef bint growing[MOST_AXES]
    cdef Py_ssize_t row, size, taps = 1
    cdef double sums, widest, halo
    cdef int a, chosen, left = 0
    for a in range(blocks.count):
        taps *= blocks.chunk[a]
        grain[a] = 1
        growing[a] = blocks.axes[a].kernel == NONE or blocks.axes[a].is_window
        blocks.block[a] = blocks.axes[a].outputs if growing[a] else 1
    sums = max(1, model.poll_sums // taps)
    if blocks.exchanged:
        sums = min(sums, LONE_DOT_BLOCK if blocks.bank_axis == NONE else DOT_BLOCK)
    if fits(model, blocks, sums):
        return
    for a in range(blocks.inner + 1):
        blocks.block[a] = 1
        left += growing[a]
    if blocks.filter_axis != NONE or blocks.exchanged:
        row, size = model.row_reals, model.filter_vectors * model.lanes
    elif blocks.row_axis < 0:
        row = model.segment_reals
        size = model.vectors * model.rows * blocks.segment
    else:
        row, size = model.row_reals, model.vectors * model.lanes
        grain[blocks.row_axis] = model.rows
    grain[blocks.inner] = max(1, size // blocks.channels)
    size = max(1, row // blocks.channels)
    while not grow(model, blocks, blocks.inner, size, grain[blocks.inner], sums) and size > 1:
        size //= 2
    if blocks.row_axis >= 0:
        grow(model, blocks, blocks.row_axis, model.rows, model.rows, sums)
    while left:
        chosen, widest = 0, -1
        for a in range(blocks.inner + 1):
            if growing[a]:
                halo = halo_of(blocks, a, blocks.block[a], blocks.chunk[a])
                halo += 0.5 / blocks.block[a]
                if halo > widest:
                    chosen, widest = a, halo
        a = chosen
        size = max(grain[a], blocks.block[a] // 4)
        if not grow(model, blocks, a, blocks.block[a] + size, grain[a], sums) and not grow(
            model, blocks, a, blocks.block[a] + grain[a], grain[a], sums
        ):
            growing[a] = False
            left -= 1
    # blocks of about the same size
    for a in range(blocks.inner + 1):
        size = ceil_divide(blocks.axes[a].outputs, blocks.block[a])
        size = ceil_divide(blocks.axes[a].outputs, size)
        blocks.block[a] = min(blocks.block[a], ceil_divide(size, grain[a]) * grain[a])


cdef double vector_cycles(Py_ssize_t vectors) noexcept nogil:
    """Time of a line of so many vectors, in units of a vector at the FMA peak."""
    cdef double seconds = 0
    if vectors > 4 or vectors == 3:
        # 2 + 2 vectors rather than 3 + 1
        seconds = (vectors // 3 - (vectors % 3 == 1)) * 3 / FILTER_SHARES[3]
        vectors = 4 if vectors % 3 == 1 else vectors % 3
    if vectors == 4:
        return seconds + 4 / FILTER_SHARES[2]
    return seconds + vectors / FILTER_SHARES[max(1, vectors)]


cdef void choose_lines(DirectModel model, Blocks* blocks) noexcept:
    """Choose the lines and the number of filters of a block.

    Short rows are joined, with the samples of the window between them, into one line. This
    fills more of its vectors. A block's outputs must stay in the L2 cache.
    """
    cdef int a = blocks.inner, row = blocks.inner - 1
    cdef Py_ssize_t width = blocks.block[a] * blocks.channels, pitch, joined, most, filters
    cdef double outputs
    blocks.line_axis, blocks.line = a, ceil_divide(width, model.lanes) * model.lanes
    if blocks.filter_axis == NONE:
        return
    if row > blocks.filter_axis and blocks.block[row] > 1:
        pitch = blocks.channels * slots_of(blocks, a, blocks.block[a], blocks.chunk[a])
        if not blocks.copies_rows:
            pitch *= phases_of(blocks, a, blocks.block[a], blocks.chunk[a])
        joined = (blocks.block[row] - 1) * pitch + width
        joined = ceil_divide(joined, model.lanes) * model.lanes
        if vector_cycles(joined // model.lanes) < blocks.block[row] * vector_cycles(
            blocks.line // model.lanes
        ):
            blocks.line_axis, blocks.line = row, joined
    outputs = blocks.line * <double>blocks.planes[2]
    for a in range(blocks.filter_axis + 1, blocks.line_axis):
        outputs *= blocks.block[a]
    most = <Py_ssize_t>(model.window // model.itemsize / outputs)
    most = max(1, most // model.filter_rows) * model.filter_rows
    # blocks of about the same size
    filters = blocks.axes[blocks.filter_axis].outputs
    filters = ceil_divide(filters, ceil_divide(filters, most))
    filters = ceil_divide(filters, model.filter_rows) * model.filter_rows
    blocks.block[blocks.filter_axis] = min(
        blocks.axes[blocks.filter_axis].outputs, filters
    )


cdef void choose_row_step(DirectModel model, Blocks* blocks) noexcept:
    """Choose the rows of a block from one tile row to the next: rows that share taps."""
    cdef int a = blocks.row_axis
    blocks.row_step = 1
    if a < 0 or blocks.chunk[a] == 1:
        return
    if is_separate(blocks, a, blocks.block[a], blocks.chunk[a]):
        return
    if blocks.dilation[a] * model.rows <= blocks.block[a]:
        blocks.row_step = blocks.dilation[a]


cdef Py_ssize_t number_of_blocks(const Blocks* blocks) noexcept nogil:
    """Number of blocks that cover all outputs."""
    cdef Py_ssize_t number = 1
    cdef int a
    for a in range(blocks.count):
        number *= ceil_divide(blocks.axes[a].outputs, blocks.block[a])
    return number
