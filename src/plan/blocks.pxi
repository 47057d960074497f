# How a direct convolution is laid out: order of axes, chunks of taps, blocks of outputs,
# and the window of samples that a block needs.
#
# Along an axis of stride s and dilation d, with g their common divisor, positions of the
# window are g samples apart: outputs s/g and taps d/g positions. Positions of one phase
# modulo s/g lie side by side, so that a tap is one distance for all outputs:
#
#     slots of a phase = block + floor(d/g (taps - 1) / (s/g))      phases = s/g at most
#
# Or each tap has a phase of its own with `block` slots, where that takes less room.
#
# Columns of a tile run along the inner axis and those behind it, flattened where they are
# plain. Rows of a tile are rows of another axis, or, where the kernel is flat and the row
# long, segments of one row. benchmarks/direct.py measures what constants were chosen by.

cdef struct Memory:
    double cached_bytes             # of an array: up to this size all of it stays in caches
    double uncached_bytes           # of an array: from this size on none of it stays there
    double pool_bytes               # of freed results that serve later ones, at most


@cython.final
cdef class DirectModel:
    """What the direct kernels that compute in one element type are like, and cost.

    Parameters
    ----------
    tile : tuple of int
        Rows and vectors of a tile of accumulators, lanes of a vector, longest span.
    element : str
        That is computed in.
    itemsize : int
    poll_sums : int
        Products summed between two looks for Ctrl-C.
    shares : dict of int to float
        Share of FMA peak that tap columns of each span reach.
    seconds : sequence of float
        Of each of `DIRECT_COUNTS`.
    memory, pool : as for `cost.model`
    thresholds : Thresholds
    """

    cdef Py_ssize_t rows, vectors, lanes, span, itemsize, poll_sums
    cdef Py_ssize_t window, chunk_taps, row_reals, segment_reals, flat_reals, streamed
    cdef int element
    cdef double shares[MOST_SPAN + 1]
    cdef double seconds[8]
    cdef Memory memory

    def __cinit__(
        self, tile, str element, Py_ssize_t itemsize, Py_ssize_t poll_sums, dict shares, seconds,
        memory, thresholds,
    ):
        cdef int i
        self.rows, self.vectors, self.lanes, self.span = tile
        self.element = element_numbers[element]
        self.itemsize, self.poll_sums = itemsize, poll_sums
        for span, share in shares.items():
            self.shares[<int>span] = share
        for i in range(8):
            self.seconds[i] = seconds[i]
        self.memory.cached_bytes, self.memory.uncached_bytes, self.memory.pool_bytes = memory
        self.window, self.chunk_taps = thresholds.window_bytes, thresholds.chunk_taps
        self.row_reals = thresholds.row_reals
        self.segment_reals = thresholds.segment_reals
        self.flat_reals, self.streamed = thresholds.flat_reals, thresholds.streamed_direct_bytes

# The work of a direct convolution. The cost model has seconds for each count.
DIRECT_COUNTS = (
    "calls",
    "blocks",           # times chunks of taps
    "outputs",          # stored, once for each chunk
    "samples",          # packed into windows
    "refetched",        # samples that are read from memory more than once
    "page_faults",      # outputs on pages of memory that no earlier result has used
    "sums",             # products; more where tap columns reach less of the FMA peak
    "separate_lines",   # the same products, if neighbouring taps share no cache line
)

cdef struct Blocks:
    int count, inner, row_axis
    Axis axes[MOST_AXES]            # the problem's, in the layout's order
    Py_ssize_t number[MOST_AXES]    # and their places there
    Py_ssize_t channels
    Py_ssize_t step[MOST_AXES]      # samples per position,
    Py_ssize_t stride[MOST_AXES]    # and stride and dilation in positions
    Py_ssize_t dilation[MOST_AXES]
    Py_ssize_t segment, row_step
    Py_ssize_t chunk[MOST_AXES]     # taps
    Py_ssize_t block[MOST_AXES]     # outputs
    Py_ssize_t pitch[MOST_AXES]     # of the window, of the signal, of the output buffer
    Py_ssize_t signal_pitch[MOST_AXES]
    Py_ssize_t buffer_pitch[MOST_AXES]
    Py_ssize_t window, packed, buffer, overread
    Py_ssize_t planes[3]            # of signal, kernel, output
    bint in_place


cdef Py_ssize_t greatest_divisor(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    while b:
        a, b = b, a % b
    return a


cdef inline double share_of_misses(const Memory* memory, double size) noexcept nogil:
    """Share of an array of `size` bytes that no cache holds."""
    cdef double doublings
    if size <= memory.cached_bytes:
        return 0
    doublings = log2(memory.uncached_bytes / memory.cached_bytes)
    return min(1, log2(size / memory.cached_bytes) / doublings)


cdef void choose_blocks(
    const Problem* problem, DirectModel model, Blocks* blocks
) noexcept:
    cdef int a
    blocks.planes[0] = problem.signal.planes
    blocks.planes[1] = problem.kernel.planes
    blocks.planes[2] = problem.output.planes
    arrange_axes(problem, model, blocks)
    blocks.channels = 1
    for a in range(blocks.inner + 1, blocks.count):
        blocks.channels *= blocks.axes[a].outputs
    for a in range(blocks.count):
        reduce_steps(blocks, a)
    choose_rows(model, blocks)
    choose_chunks(model, blocks)
    choose_sizes(model, blocks)
    choose_row_step(model, blocks)
    measure_window(problem, model, blocks)


cdef void arrange_axes(const Problem* problem, DirectModel model, Blocks* blocks) noexcept:
    """Order the axes: kernels per item, others, the inner axis, flat ones behind it."""
    cdef const Axis* axis
    cdef int a, varying = 0, count = 0, longest
    cdef Py_ssize_t width
    cdef bint has_kernels
    for has_kernels in (True, False):
        for a in range(problem.count):
            axis = &problem.axes[a]
            if (axis.kernel != NONE and not axis.is_window) == has_kernels:
                blocks.axes[count] = axis[0]
                blocks.number[count] = a
                count += 1
        if has_kernels:
            varying = count
    blocks.count = count
    blocks.inner = count - 1
    width = blocks.axes[blocks.inner].outputs
    while blocks.inner > varying and width < model.flat_reals \
            and is_plain(&blocks.axes[blocks.inner]):
        blocks.inner -= 1
        width *= blocks.axes[blocks.inner].outputs
    longest = varying
    for a in range(varying, count):
        if blocks.axes[a].outputs >= blocks.axes[longest].outputs:
            longest = a
    if width < 4 * model.lanes and blocks.axes[longest].outputs >= 2 * width:
        move_last(blocks, longest)
        blocks.inner = count - 1


cdef void move_last(Blocks* blocks, int a) noexcept nogil:
    cdef Axis axis = blocks.axes[a]
    cdef Py_ssize_t number = blocks.number[a]
    cdef int i
    for i in range(a, blocks.count - 1):
        blocks.axes[i] = blocks.axes[i + 1]
        blocks.number[i] = blocks.number[i + 1]
    blocks.axes[blocks.count - 1] = axis
    blocks.number[blocks.count - 1] = number


cdef void reduce_steps(Blocks* blocks, int a) noexcept nogil:
    """Samples per position, and stride and dilation in positions."""
    cdef const Axis* axis = &blocks.axes[a]
    blocks.step[a], blocks.stride[a], blocks.dilation[a] = axis.stride, 1, 1
    if axis.taps > 1:
        blocks.step[a] = greatest_divisor(axis.stride, axis.dilation)
        blocks.stride[a] = axis.stride // blocks.step[a]
        blocks.dilation[a] = axis.dilation // blocks.step[a]


cdef inline Py_ssize_t pieces_of(DirectModel model, Py_ssize_t taps) noexcept:
    """How many tap columns adjacent taps are cut into; five stay together."""
    return 1 if taps == MOST_SPAN else ceil_divide(taps, model.span)


cdef double run_seconds(DirectModel model, Py_ssize_t taps) noexcept:
    """What so many adjacent taps take, in units of a tap at FMA peak."""
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


cdef double peak_share(DirectModel model, Py_ssize_t count, Py_ssize_t apart) noexcept:
    """Share of FMA peak for `count` taps of which every `apart`-th are adjacent."""
    cdef Py_ssize_t runs = min(apart, count), size, longer
    size, longer = count // runs, count % runs
    cdef double seconds = (runs - longer) * run_seconds(model, size)
    if longer:
        seconds += longer * run_seconds(model, size + 1)
    return count / seconds


cdef Py_ssize_t segments_apart(
    const Blocks* blocks, Py_ssize_t segment, Py_ssize_t count
) noexcept nogil:
    """How many taps of the inner axis further the next segment is."""
    cdef int a = blocks.inner
    cdef Py_ssize_t spacing = blocks.dilation[a] * blocks.channels
    if segment % spacing:
        return count
    return segment // spacing * blocks.stride[a]


cdef inline double filled(double number, double tile) noexcept nogil:
    """Share of whole tiles that so many rows, or reals of a row, fill."""
    return number / (ceil(number / tile) * tile)


cdef void choose_rows(DirectModel model, Blocks* blocks) noexcept:
    """Let tile rows follow the axis, or the segments, that serve the tile best."""
    cdef const Axis* axis
    cdef double width = blocks.axes[blocks.inner].outputs * <double>blocks.channels
    cdef double columns = filled(width, model.vectors * model.lanes), share, best = 0
    cdef Py_ssize_t apart, dilation, spacing, segment
    cdef Py_ssize_t taps = blocks.axes[blocks.inner].taps
    cdef int a
    blocks.row_axis = NONE
    for a in range(blocks.inner):
        axis = &blocks.axes[a]
        if axis.kernel != NONE and not axis.is_window:
            continue
        apart, dilation = blocks.stride[a], blocks.dilation[a]
        if dilation * model.rows > axis.outputs:
            dilation, apart = 1, axis.taps
        share = peak_share(model, axis.taps, apart) * columns
        share *= filled(axis.outputs / <double>dilation, model.rows)
        if share >= best:
            best, blocks.row_axis = share, a
    spacing = blocks.dilation[blocks.inner] * blocks.channels
    # the least that is a multiple of both, unless that is long
    segment = spacing // greatest_divisor(spacing, model.lanes) * model.lanes
    if segment > 16 * model.lanes:
        segment = model.lanes
    share = peak_share(model, taps, segments_apart(blocks, segment, taps))
    share *= filled(
        min(width, model.segment_reals), model.vectors * model.rows * segment
    )
    blocks.segment = 0
    if share > best:
        blocks.row_axis, blocks.segment = NONE, segment


cdef inline bint is_separate(
    const Blocks* blocks, int a, Py_ssize_t block, Py_ssize_t chunk
) noexcept nogil:
    """Whether it takes less room to keep the samples of each tap on their own."""
    cdef Py_ssize_t reach = blocks.dilation[a] * (chunk - 1), stride = blocks.stride[a]
    return chunk * block < min(stride, reach + 1) * (block + reach // stride)


cdef inline Py_ssize_t phases_of(
    const Blocks* blocks, int a, Py_ssize_t block, Py_ssize_t chunk
) noexcept nogil:
    if is_separate(blocks, a, block, chunk):
        return chunk
    return min(blocks.stride[a], blocks.dilation[a] * (chunk - 1) + 1)


cdef inline Py_ssize_t slots_of(
    const Blocks* blocks, int a, Py_ssize_t block, Py_ssize_t chunk
) noexcept nogil:
    if is_separate(blocks, a, block, chunk):
        return block
    return block + blocks.dilation[a] * (chunk - 1) // blocks.stride[a]


cdef double halo_of(
    const Blocks* blocks, int a, Py_ssize_t block, Py_ssize_t chunk
) noexcept nogil:
    """Slots of an axis in the window per output of a block."""
    cdef double slots = phases_of(blocks, a, block, chunk) * slots_of(blocks, a, block, chunk)
    return slots / block


cdef double window_of(
    const Blocks* blocks, const Py_ssize_t* block, const Py_ssize_t* chunk
) noexcept nogil:
    """Reals of a window for blocks of this shape."""
    cdef double reals = blocks.channels
    cdef int a
    for a in range(blocks.inner + 1):
        reals *= phases_of(blocks, a, block[a], chunk[a])
        reals *= slots_of(blocks, a, block[a], chunk[a])
    return reals


cdef inline double window_reals(DirectModel model, const Blocks* blocks) noexcept:
    """That it may have."""
    return model.window // model.itemsize // blocks.planes[0]


cdef void choose_chunks(DirectModel model, Blocks* blocks) noexcept:
    """Taps of a chunk per axis: few enough for the tables and for the window."""
    cdef Py_ssize_t least[MOST_AXES]
    cdef Py_ssize_t most = max(1, min(model.chunk_taps, model.poll_sums // model.row_reals))
    cdef double others
    cdef int order[MOST_AXES]
    cdef int a, i, ordered = 0, widest
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
    while window_of(blocks, least, blocks.chunk) > window_reals(model, blocks):
        widest = order[0]
        for i in range(ordered):
            a = order[i]
            if halo_of(blocks, a, least[a], blocks.chunk[a]) > halo_of(
                blocks, widest, least[widest], blocks.chunk[widest]
            ):
                widest = a
        if not has_several_taps(blocks):
            return
        blocks.chunk[widest] = (blocks.chunk[widest] + 1) // 2


cdef bint has_several_taps(const Blocks* blocks) noexcept nogil:
    cdef int a
    for a in range(blocks.count):
        if blocks.chunk[a] > 1:
            return True
    return False


cdef bint fits(DirectModel model, const Blocks* blocks, double sums) noexcept:
    """Whether blocks leave room in the window, and sum no more between two polls."""
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
    """Let blocks have so many outputs along an axis, in whole tiles, if there is room."""
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
    """Choose the outputs of a block per axis: least halo in a window."""
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
    if fits(model, blocks, sums):
        return
    for a in range(blocks.inner + 1):
        blocks.block[a] = 1
        left += growing[a]
    if blocks.row_axis < 0:
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


cdef void choose_row_step(DirectModel model, Blocks* blocks) noexcept:
    """Rows of a block from one tile row to the next: those that share taps."""
    cdef int a = blocks.row_axis
    blocks.row_step = 1
    if a < 0 or blocks.chunk[a] == 1:
        return
    if is_separate(blocks, a, blocks.block[a], blocks.chunk[a]):
        return
    if blocks.dilation[a] * model.rows <= blocks.block[a]:
        blocks.row_step = blocks.dilation[a]


cdef void measure_window(const Problem* problem, DirectModel model, Blocks* blocks) noexcept:
    """Pitches of the window and of the output buffer, tight, the last axis first."""
    cdef Py_ssize_t reals = 1, buffer = 1, overhang = model.vectors * model.lanes
    cdef int a, b
    for a in range(blocks.count - 1, -1, -1):
        blocks.pitch[a], blocks.buffer_pitch[a] = reals, buffer
        reals *= phases_of(blocks, a, blocks.block[a], blocks.chunk[a])
        reals *= slots_of(blocks, a, blocks.block[a], blocks.chunk[a])
        buffer *= blocks.block[a]
        # of the signal, if C-contiguous
        blocks.signal_pitch[a] = 0
        if blocks.axes[a].signal == NONE:
            continue
        blocks.signal_pitch[a] = 1
        for b in range(blocks.count):
            if blocks.axes[b].signal > blocks.axes[a].signal:
                blocks.signal_pitch[a] *= blocks.axes[b].samples
    blocks.packed, blocks.buffer = reals, buffer
    blocks.overread = 0
    if blocks.row_axis < 0:
        overhang += model.vectors * model.rows * blocks.segment
        blocks.overread = ceil_divide(overhang, blocks.channels)
    else:
        overhang += model.rows * blocks.row_step * blocks.pitch[blocks.row_axis]
    blocks.window = reals + overhang
    blocks.in_place = can_read_in_place(problem, model, blocks)


cdef bint can_read_in_place(
    const Problem* problem, DirectModel model, const Blocks* blocks
) noexcept:
    """Whether samples are fit for the kernel as they lie in a C-contiguous signal."""
    cdef Py_ssize_t rows
    cdef int a
    if problem.signal.element != model.element or problem.signal.planes > 1 \
            or problem.signal.swapped:
        return False
    for a in range(blocks.count):
        if blocks.step[a] != 1 or blocks.stride[a] != 1 or blocks.chunk[a] != blocks.axes[a].taps:
            return False
        if phases_of(blocks, a, blocks.block[a], blocks.chunk[a]) != 1:
            return False
        if a >= blocks.inner and blocks.signal_pitch[a] != blocks.pitch[a]:
            return False
    if blocks.row_axis < 0:
        return True
    # rows a multiple of 4096 bytes apart share the few lines of one cache set
    rows = model.rows + blocks.chunk[blocks.row_axis] - 1
    return rows <= L1_WAYS or blocks.signal_pitch[blocks.row_axis] * model.itemsize % 4096 != 0


cdef Py_ssize_t taps_apart(
    DirectModel model, const Blocks* blocks, int a, Py_ssize_t count
) noexcept:
    """Taps of the axis of tile rows from one to the next that lies vertically."""
    if is_separate(blocks, a, blocks.block[a], blocks.chunk[a]):
        return count
    if blocks.row_axis < 0:
        return segments_apart(blocks, blocks.segment, count)
    return blocks.stride[a] if blocks.row_step == blocks.dilation[a] else count


cdef Py_ssize_t number_of_blocks(const Blocks* blocks) noexcept nogil:
    cdef Py_ssize_t number = 1
    cdef int a
    for a in range(blocks.count):
        number *= ceil_divide(blocks.axes[a].outputs, blocks.block[a])
    return number


cdef void count_work(
    const Problem* problem, DirectModel model, const Blocks* blocks, double* counts
) noexcept:
    """Count what the engine has to do, in the order of `DIRECT_COUNTS`."""
    cdef double number = number_of_blocks(blocks), chunks = 1, taps = 1, samples = 1
    cdef double outputs = outputs_of(problem) * blocks.planes[2], sums = 1, packed
    cdef Py_ssize_t size, width = model.vectors * model.lanes, count
    cdef int a, along = blocks.row_axis if blocks.row_axis >= 0 else blocks.inner
    if blocks.row_axis < 0:
        width *= model.rows * blocks.segment // model.lanes
    for a in range(blocks.count):
        chunks *= ceil_divide(blocks.axes[a].taps, blocks.chunk[a])
        taps *= blocks.axes[a].taps
        samples *= blocks.axes[a].samples
        if a < blocks.inner:
            size = blocks.block[a]
            if a == blocks.row_axis:
                size = ceil_divide(size, model.rows) * model.rows
            sums *= size
    sums *= <double>ceil_divide(blocks.block[blocks.inner] * blocks.channels, width) * width
    sums *= taps * max(blocks.planes[0] * blocks.planes[1], blocks.planes[2])
    count = blocks.chunk[along]
    sums *= number / peak_share(model, count, taps_apart(model, blocks, along, count))
    packed = 0 if blocks.in_place else blocks.packed * blocks.planes[0]
    counts[0] = 1
    counts[1] = number * chunks
    counts[2] = outputs * chunks
    counts[3] = number * chunks * packed
    counts[4] = max(0, number * chunks * blocks.packed - samples)
    counts[4] *= share_of_misses(&model.memory, model.itemsize * samples)
    counts[5] = outputs if model.itemsize * outputs > model.memory.pool_bytes else 0
    counts[6] = sums
    counts[7] = sums if blocks.channels * model.itemsize >= CACHE_LINE_BYTES else 0
