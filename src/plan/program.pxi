# The program of tiles that were chosen: axes, places, passes, spectra, rounds.
#
# A tile's axes are batch axes, then transformed ones; of a tile of columns the last batch
# axis stands behind those. One long transform has two axes, of columns and of rows.

cdef struct Layout:
    int count, varying
    TileAxis axes[MOST_AXES + 1]
    int number[MOST_AXES + 1]       # in the problem; NONE: columns of a long transform
    bint varies[MOST_AXES + 1]      # whether kernels are others from output to output
    Py_ssize_t order[MOST_AXES + 1]
    Py_ssize_t radices[MOST_AXES + 1][MOST_PASSES]
    bint own_lanes, own_columns     # whether those have a kernel each
    TileProgram head


def tile_program(problem, FFTModel model, str form, tuple points, str storing):
    """Lay out how tiles are computed, and how kernels are transformed for them.

    Parameters
    ----------
    problem : Problem
    model : FFTModel
    form : str
    points : tuple of int
        As `tile_choice` has them.
    storing : str
        How computed numbers become samples of the output, one of `STORING`.

    Returns
    -------
    program : bytes
        Of tiles.
    kernel_program : bytes
        Of a kernel's transform: the same for all problems whose kernels have the same
        spectra.
    transforms : tuple
        Per axis of a tile radices of its passes, and whether it is of real halves; None
        where it isn't transformed.
    """
    cdef Problem given
    cdef Tiling tiling
    cdef Layout layout, kernel
    cdef int i, form_number = FORM_NAMES.index(form)
    cdef Py_ssize_t lanes
    read_problem(problem, &given)
    find_tiling(&given, model, &tiling)
    lay_out(&given, &tiling, model, form_number, points, &layout)
    describe_operands(&given, STORING[storing], &layout.head)
    kernel = layout
    pitch_axes(&layout, model.lanes, form_number)
    find_flags(&given, model, form_number, &layout)
    keep_kernel(model, form_number, &kernel)
    lanes = model.wide_lanes
    if form_number == COLUMNS and not layout.head.per_lane:
        # a tile has one vector of columns only, for a kernel that they share
        kernel.axes[kernel.count - 1].points = lanes
    pitch_axes(&kernel, lanes, form_number)
    transforms = []
    for i in range(layout.count):
        if not layout.axes[i].transformed:
            transforms.append(None)
            continue
        transforms.append((
            tuple([layout.radices[i][k] for k in range(layout.axes[i].passes)]),
            tiling.planes == 1 and i == layout.count - 1 - (
                1 if form_number in (FOUR_STEP, COLUMNS) else 0
            ),
        ))
    return write_program(&layout), write_program(&kernel), tuple(transforms)


cdef int lay_out(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, tuple points,
    Layout* layout,
) except -1:
    """Everything that doesn't depend on the length of vectors."""
    cdef TileProgram* head = &layout.head
    cdef int i, a, batch = tiling.batch - (form == COLUMNS), fixed
    memset(head, 0, sizeof(TileProgram))
    layout.count = 0
    for i in range(batch):
        add_batch_axis(problem, tiling, i, 1, layout)
    if form == FOUR_STEP:
        add_columns_axis(points[0], points[1], layout)
        add_transformed_axis(
            problem, tiling, model, form, 0, points[0] * points[1], tiling.planes == 1, layout
        )
        layout.axes[layout.count - 1].points = points[1]
    else:
        for i in range(tiling.transformed):
            add_transformed_axis(
                problem, tiling, model, form, i, points[i],
                tiling.planes == 1 and i == tiling.transformed - 1, layout,
            )
    head.last = layout.count - 1
    if form == COLUMNS:
        add_batch_axis(problem, tiling, batch, tiling.width, layout)
    head.axes, head.planes = layout.count, tiling.planes
    head.panels = form != COLUMNS
    layout.own_lanes = form == PACKED_LANES and has_own_lanes(tiling, model, points[0])
    layout.own_columns = form == COLUMNS and tiling.last_varies
    head.per_lane = layout.own_lanes or form != PACKED_LANES and (
        layout.own_columns or form != COLUMNS
    )
    # places are counted with kernels last where lanes have one each, first otherwise
    layout.varying = i = 0
    for a in range(layout.count):
        layout.varying += layout.varies[a]
    fixed = layout.count - layout.varying
    for varies in (layout.own_lanes, not layout.own_lanes):
        for a in range(layout.count):
            if layout.varies[a] != varies:
                layout.order[i] = a
                i += 1
    count_places(model, form, layout)
    measure_spectrum(problem, tiling, model, form, layout)
    choose_early(model, form, layout)
    head.poll = model.thresholds.poll_points // model.lanes
    return 0


cdef void start_axis(const Axis* axis, int number, Layout* layout) noexcept nogil:
    cdef TileAxis* tile = &layout.axes[layout.count]
    memset(tile, 0, sizeof(TileAxis))
    layout.number[layout.count] = number
    layout.varies[layout.count] = False
    layout.count += 1
    tile.samples, tile.outputs = axis.samples, axis.outputs
    tile.boundary, tile.period, tile.mirror = axis.rule, axis.period, axis.mirror
    tile.rank = number
    tile.signal, tile.kernel, tile.output = axis.signal, axis.kernel, axis.output
    tile.is_window = axis.is_window
    # a correlation's sum runs against the convolution's that transforms do
    tile.reversed = axis.is_window and not axis.reversed


cdef void add_batch_axis(
    const Problem* problem, const Tiling* tiling, int i, Py_ssize_t width, Layout* layout
) noexcept nogil:
    """An axis that isn't transformed; a tile takes `width` signals."""
    cdef const Axis* axis = &problem.axes[tiling.batch_axis[i]]
    cdef TileAxis* tile = &layout.axes[layout.count]
    start_axis(axis, tiling.batch_axis[i], layout)
    layout.varies[layout.count - 1] = tiling.varies[i]
    if not tiling.varies[i]:
        tile.kernel = NONE
    tile.boundary = CONSTANT
    tile.points = tile.block_outputs = width
    tile.blocks, tile.phases = ceil_divide(axis.outputs, width), 1
    tile.stride = 1
    tile.origin, tile.block_stride = axis.offset, width * axis.stride
    tile.step = axis.stride
    tile.taps = axis.outputs if tiling.varies[i] else width


cdef void add_columns_axis(Py_ssize_t rows, Py_ssize_t row, Layout* layout) noexcept nogil:
    """The columns of a single long transform, whose rows have so many points."""
    cdef Axis axis
    cdef TileAxis* tile = &layout.axes[layout.count]
    memset(&axis, 0, sizeof(Axis))
    axis.samples = axis.outputs = 1
    axis.signal = axis.kernel = axis.output = NONE
    axis.period = 1
    start_axis(&axis, NONE, layout)
    tile.boundary = CONSTANT
    tile.points, tile.along = rows, row
    tile.transformed = True
    tile.blocks = tile.phases = tile.block_outputs = tile.stride = tile.step = tile.taps = 1


cdef void add_transformed_axis(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, int i,
    Py_ssize_t points, bint halved, Layout* layout,
) noexcept:
    cdef Extent extent = extent_in(tiling, i, form)
    cdef const Axis* axis = &problem.axes[extent.axis]
    cdef TileAxis* tile = &layout.axes[layout.count]
    cdef Py_ssize_t length = 2 * points if halved else points, earlier = 0
    cdef bint reads_all
    start_axis(axis, extent.axis, layout)
    tile.points = points
    tile.half = points if halved else 0
    tile.transformed = True
    tile.adds = adds(&extent, length)
    tile.block_outputs = outputs_of_tile(&extent, length)
    tile.blocks = tiles_along(&extent, length) // extent.phases
    tile.phases, tile.stride, tile.step = extent.phases, extent.stride, extent.step
    tile.taps = axis.taps
    reads_all = tile.adds or extent.whole and length >= extent.whole
    tile.first_output = axis.taps - 1 + (axis.offset if reads_all else 0)
    if extent.axis == problem.count - 1 and not tile.adds:
        earlier = align_outputs(&extent, model, length, tile)
    tile.first_output += earlier
    tile.origin = (0 if reads_all else axis.offset) - earlier * extent.step
    tile.block_stride = tile.block_outputs * extent.stride * extent.step
    tile.phase_stride = axis.stride


cdef Py_ssize_t align_outputs(
    const Extent* extent, FFTModel model, Py_ssize_t length, TileAxis* tile
) noexcept:
    """Positions that tiles begin earlier, so that their outputs begin a cache line."""
    cdef Py_ssize_t grain, earlier, tiles, room, fewer
    cdef int line
    if extent.stride > 1 or extent.phases > 1:
        return 0
    tiles = ceil_divide(extent.outputs, tile.block_outputs)
    for line in range(2):
        # or a vector, where lines take more tiles
        grain = CACHE_LINE_BYTES // model.itemsize if line == 0 else model.lanes
        earlier = (grain - tile.first_output % grain) % grain
        if extent.whole and length >= extent.whole:
            if length >= extent.whole + earlier:
                return earlier
            continue
        room = min(length - extent.taps + 1, tile.block_outputs)
        if room < earlier:
            continue
        fewer = (room - earlier) // grain * grain
        if fewer > 0 and ceil_divide(extent.outputs, fewer) == tiles:
            tile.block_outputs = fewer
            return earlier
    return 0


cdef bint has_own_lanes(const Tiling* tiling, FFTModel model, Py_ssize_t points) noexcept:
    """Whether lanes have a kernel each, which takes fewer panels."""
    cdef Extent extent = extent_in(tiling, 0, PACKED_LANES)
    cdef double tiles = tiling.signals * tiles_along(&extent, tiling.halves * points)
    cdef double lanes = model.lanes
    if tiling.items == 1:
        return False
    tiles /= tiling.items
    return ceil(tiling.items / lanes) * tiles < tiling.items * ceil(tiles / lanes)


cdef void count_places(FFTModel model, int form, Layout* layout) noexcept:
    cdef TileProgram* head = &layout.head
    cdef Py_ssize_t items = 1
    cdef int a
    head.tiles = 1
    for a in range(layout.count):
        head.tiles *= layout.axes[a].blocks * layout.axes[a].phases
        if layout.varies[a]:
            items *= layout.axes[a].blocks
    head.items, head.period = items, 1
    if form == PACKED_LANES:
        head.period = items if layout.own_lanes else head.tiles // items
    if layout.own_lanes:
        head.items = ceil_divide(items, model.lanes)


cdef void measure_spectrum(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, Layout* layout
) noexcept:
    """Reals of a spectrum, and those by which a kernel's step response is kept."""
    cdef TileProgram* head = &layout.head
    cdef const TileAxis* last = &layout.axes[head.last]
    cdef Py_ssize_t points = 1, rows, row = 2 * last.points, taps = last.taps
    cdef int a
    for a in range(layout.count):
        if layout.axes[a].transformed:
            points *= layout.axes[a].points
    head.spectrum = 2 * points
    if head.per_lane and form == COLUMNS:
        head.spectrum *= tiling.width
    elif head.per_lane:
        rows = model.lanes if form == PACKED_LANES else points // last.points
        head.spectrum = ceil_divide(rows, model.lanes) * model.lanes * row
    head.response_lanes = 1
    if layout.own_lanes:
        head.response_lanes = model.lanes
    elif layout.own_columns:
        head.response_lanes = tiling.width
    if problem.output.element <= INT64:
        head.responses = 0
    elif tiling.planes == 2:
        head.responses = 2
    elif form == FOUR_STEP:
        head.responses = row * ceil_divide(taps, row)
    elif form == COLUMNS:
        # beyond its taps a kernel makes the same of ones everywhere
        head.responses = min(row, taps)
    elif form == PACKED_LANES and model.lanes > 1:
        head.responses = min(row, (ceil_divide(taps, model.lanes) + 1) * model.lanes)
    else:
        head.responses = row
    head.responses *= head.response_lanes


cdef void choose_early(FFTModel model, int form, Layout* layout) noexcept:
    """Radices of all axes, and how many outer passes are run on rows just packed.

    One of them, or as many as it takes for a block to stay in the cache that those rows
    stay in; one only where rows are those of one long transform. Early ones are large, for
    they should be few, but blocks are to fill panels, and rows to stay in the L1 cache.
    """
    cdef TileProgram* head = &layout.head
    cdef TileAxis* axis
    cdef Py_ssize_t row = 2 * layout.axes[layout.count - 1].points * model.itemsize
    cdef Py_ssize_t rows = 1, size, parts = 1, limit
    cdef int a, i
    head.early, head.early_passes, head.parts, head.steps = NONE, 0, 1, 0
    for a in range(layout.count):
        axis = &layout.axes[a]
        if axis.transformed:
            axis.passes = find_radices(&model.lengths, axis.points, layout.radices[a])
    a = 0
    while not layout.axes[a].transformed:
        a += 1
    if form == COLUMNS or a == layout.count - 1:
        return
    axis = &layout.axes[a]
    for i in range(a, layout.count - 1):
        rows *= layout.axes[i].points
    size = rows * row
    order_early(model, rows, row, axis, layout.radices[a])
    limit = model.thresholds.early_l2_bytes
    for i in range(axis.passes - 1):
        parts *= layout.radices[a][i]
        if rows // parts % model.lanes or i and parts * size // axis.points > limit:
            break
        head.early, head.early_passes, head.parts = a, i + 1, parts
        if size // parts <= <Py_ssize_t>model.thresholds.early_block_bytes or form == FOUR_STEP:
            break
    if head.early != NONE:
        head.steps = axis.points // head.parts


cdef void order_early(
    FFTModel model, Py_ssize_t rows, Py_ssize_t row, const TileAxis* axis, Py_ssize_t* radices
) noexcept:
    """Put the largest radices first that leave whole panels, and rows in the L1 cache."""
    cdef Py_ssize_t limit = model.thresholds.early_l1_bytes, radix
    cdef int i, k, best
    for i in range(axis.passes - 1):
        best = NONE
        for k in range(i, axis.passes - 1):
            radix = radices[k]
            if rows // radix % model.lanes == 0 and radix * row <= limit:
                if best == NONE or radix > radices[best]:
                    best = k
        best = max(best, i)
        radix = radices[best]
        for k in range(best, i, -1):
            radices[k] = radices[k - 1]
        radices[i] = radix
        rows //= radix


cdef void describe_operands(const Problem* problem, int storing, TileProgram* head) noexcept nogil:
    head.signal_element, head.signal_swapped = problem.signal.element, problem.signal.swapped
    head.signal_planes = problem.signal.planes
    head.signal_conjugated = problem.signal.conjugated
    head.kernel_element, head.kernel_swapped = problem.kernel.element, problem.kernel.swapped
    head.kernel_planes = problem.kernel.planes
    head.kernel_conjugated = problem.kernel.conjugated
    head.storing = storing
    head.integer = problem.output.itemsize if problem.output.is_integer else 0


cdef void pitch_axes(Layout* layout, Py_ssize_t lanes, int form) noexcept nogil:
    """Pitches of a tile, and its size, for vectors of so many lanes."""
    cdef TileProgram* head = &layout.head
    cdef TileAxis* axis
    cdef Py_ssize_t pitch = 2, row = 2, last
    cdef int a
    for a in range(layout.count - 1, -1, -1):
        axis = &layout.axes[a]
        axis.pitch = pitch
        pitch *= axis.points
        # a line more than a power of two, or columns share few lines of the cache
        if axis.points > 1 and pitch > 2:
            pitch += 2 * lanes
        if a == layout.count - 1:
            row = pitch
    last = layout.axes[layout.count - 1].points
    head.lanes = lanes if form == PACKED_LANES else 1
    head.row = row if form == PACKED_LANES else pitch
    head.tile = head.lanes * row if form == PACKED_LANES else pitch + row
    head.panel = 2 * lanes * last if head.panels else 0
    head.line = last + lanes


cdef void find_flags(
    const Problem* problem, FFTModel model, int form, Layout* layout
) noexcept:
    """What goes past the caches, and what is fetched into them."""
    cdef TileProgram* head = &layout.head
    cdef double outputs = outputs_of(problem) * problem.output.itemsize
    cdef double tile = head.tile * model.itemsize
    cdef double spectra = head.items * (head.spectrum + head.responses) * model.itemsize
    cdef bint worth
    head.streams = outputs >= model.thresholds.streamed_fft_bytes and form != PACKED_LANES
    worth = head.streams or (
        2 * layout.axes[layout.count - 1].points * model.itemsize
        >= <Py_ssize_t>model.thresholds.prefetched_row_bytes
    )
    if form == PACKED_LANES:
        worth = outputs >= model.thresholds.prefetched_output_bytes
    head.prefetches_samples = worth and tile <= model.thresholds.prefetched_tile_bytes
    head.prefetches_spectrum = (
        tile + spectra > model.thresholds.early_block_bytes and head.per_lane and head.panels
    )


cdef void keep_kernel(FFTModel model, int form, Layout* kernel) noexcept:
    """Leave what a kernel's transform depends on, and nothing else."""
    cdef TileAxis* axis
    cdef int a
    for a in range(kernel.count):
        axis = &kernel.axes[a]
        axis.adds = axis.first_output = axis.stride = axis.outputs = axis.origin = 0
        axis.block_stride = axis.phase_stride = axis.step = axis.samples = axis.phases = 0
        axis.boundary = axis.period = axis.mirror = axis.rank = 0
        axis.signal = axis.output = NONE
        if axis.kernel == NONE or axis.is_window:
            axis.blocks = axis.block_outputs = 0
    kernel.head.tiles = kernel.head.period = 0
    kernel.head.signal_element = kernel.head.signal_swapped = 0
    kernel.head.signal_planes = kernel.head.signal_conjugated = 0
    kernel.head.storing = kernel.head.integer = 0
    # how many vectors fill one of single precision, in which spectra are kept
    kernel.head.narrow = model.lanes // model.wide_lanes if model.wider > 1 else 0


cdef bytes write_program(const Layout* layout):
    """Copy head and arrays into one block."""
    cdef TileProgram head = layout.head
    cdef Py_ssize_t size, passes = 0, points, first
    cdef TileAxis* axes
    cdef Pass* step
    cdef char* block
    cdef int a, i
    cdef bint tiled = head.tiles > 0
    cdef int shared = 0
    for a in range(layout.count):
        passes += layout.axes[a].passes
        shared += layout.axes[a].adds
    head.rounds = 1 << shared if tiled else 0
    head.axis_at = sizeof(TileProgram)
    head.order_at = head.axis_at + layout.count * sizeof(TileAxis)
    size = head.order_at + layout.count * sizeof(Py_ssize_t)
    head.round_at = size + passes * sizeof(Pass)
    size = head.round_at + head.rounds * (sizeof(Round) + layout.count * sizeof(RoundBlocks))
    program = PyBytes_FromStringAndSize(NULL, size)
    block = PyBytes_AS_STRING(program)
    memcpy(block, &head, sizeof(TileProgram))
    axes = <TileAxis*>(block + head.axis_at)
    memcpy(axes, layout.axes, layout.count * sizeof(TileAxis))
    memcpy(block + head.order_at, layout.order, layout.count * sizeof(Py_ssize_t))
    step = <Pass*>(block + head.order_at + layout.count * sizeof(Py_ssize_t))
    for a in range(layout.count):
        axes[a].pass_at = <char*>step - block
        points, first = axes[a].points, 0
        for i in range(axes[a].passes):
            step.radix, step.points, step.twiddle = layout.radices[a][i], points, first
            # of all blocks that this pass splits
            first += 2 * (step.radix - 1) * (axes[a].points // points)
            points //= step.radix
            step += 1
    if tiled:
        write_rounds(layout, &head, block)
    return program


cdef void write_rounds(const Layout* layout, const TileProgram* head, char* block) noexcept nogil:
    """Tell which blocks may be computed at the same time.

    Even blocks store outputs that odd ones, which come later, add to: along each axis.
    """
    cdef Round* round = <Round*>(block + head.round_at)
    cdef RoundBlocks* blocks = <RoundBlocks*>(round + head.rounds)
    cdef Py_ssize_t number, before = 0, odd, bit
    cdef int i, a
    for i in range(head.rounds):
        round[i].first_tile, round[i].blocks_at = before, <char*>blocks - block
        number, bit = 1, head.rounds
        for a in range(layout.count):
            blocks[a].first, blocks[a].step = 0, 1
            blocks[a].number = layout.axes[a].blocks
            if layout.axes[a].adds:
                # the first shared axis is the highest bit
                bit //= 2
                odd = 1 if i & bit else 0
                blocks[a].first, blocks[a].step = odd, 2
                blocks[a].number = (layout.axes[a].blocks + 1 - odd) // 2
            number *= blocks[a].number * layout.axes[a].phases
        round[i].batches = number // head.period * ceil_divide(head.period, head.lanes)
        before += number
        blocks += layout.count


def tile_axes(bytes program):
    """Return the axes of a tile, as dicts of numbers, in the order of places.

    A place is a block of one of the phases of all axes; the last of them counts fastest.
    """
    cdef const char* block = PyBytes_AS_STRING(program)
    cdef const TileProgram* head = <const TileProgram*>block
    cdef const TileAxis* axes = <const TileAxis*>(block + head.axis_at)
    cdef const Py_ssize_t* order = <const Py_ssize_t*>(block + head.order_at)
    cdef Py_ssize_t i
    return [axes[order[i]] for i in range(head.axes)]


def rounds_of(bytes program):
    """Return tiles, places before, and per axis of `tile_axes` the blocks of each round."""
    cdef const char* block = PyBytes_AS_STRING(program)
    cdef const TileProgram* head = <const TileProgram*>block
    cdef const Round* round = <const Round*>(block + head.round_at)
    cdef const Py_ssize_t* order = <const Py_ssize_t*>(block + head.order_at)
    cdef const RoundBlocks* blocks
    cdef Py_ssize_t i, a
    found = []
    for i in range(head.rounds):
        blocks = <const RoundBlocks*>(block + round[i].blocks_at)
        found.append((
            round[i].batches, round[i].first_tile,
            [
                (blocks[order[a]].first, blocks[order[a]].step, blocks[order[a]].number)
                for a in range(head.axes)
            ],
        ))
    return found


def head_of(bytes program):
    """Return the numbers of a program that aren't those of an axis, as a dict."""
    return (<const TileProgram*>PyBytes_AS_STRING(program))[0]
