# The axes of a tile: points, pitches, and the tiles along each of them.
#
# Batch axes stand first, then transformed axes. In a tile of columns the last batch axis
# stands behind the transformed axes. One long transform has two axes, columns and rows.

cdef struct Layout:
    int count                       # of axes
    TileAxis axes[MOST_AXES + 1]
    bint varies[MOST_AXES + 1]      # whether each output of the axis has a kernel
    Py_ssize_t order[MOST_AXES + 1]     # of axes, in which tiles are counted
    Py_ssize_t radices[MOST_AXES + 1][MOST_PASSES]
    bint lanes_vary, columns_vary   # whether each lane, or each column, has a kernel
    TileProgram head


cdef int lay_out(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, tuple points,
    Layout* layout,
) except -1:
    """Lay out axes and tiles. Pitches and flags are left to set."""
    cdef TileProgram* head = &layout.head
    cdef int i, a, batch = tiling.batch - (form == COLUMNS)
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
    layout.lanes_vary = (
        form == PACKED_LANES and not shares_signal(tiling, form)
        and should_lanes_vary(tiling, model, points[0])
    )
    layout.columns_vary = form == COLUMNS and tiling.last_varies
    head.per_lane = layout.lanes_vary or form != PACKED_LANES and (
        layout.columns_vary or form != COLUMNS
    )
    # tiles are counted kernel by kernel; if each lane has a kernel, kernels count fastest
    i = 0
    for varies in (layout.lanes_vary, not layout.lanes_vary):
        for a in range(layout.count):
            if layout.varies[a] != varies and not is_shared(tiling, form, layout, a):
                layout.order[i] = a
                i += 1
        if not varies and shares_signal(tiling, form):
            # behind the other kernels: filters, and then channels
            for number in (tiling.filter_axis, tiling.channel_axis):
                for a in range(layout.count):
                    if is_shared(tiling, form, layout, a) and layout.axes[a].rank == number:
                        layout.order[i] = a
                        i += 1
    share_signal(tiling, form, layout)
    count_tiles(model, form, layout)
    measure_spectrum(problem, tiling, model, form, layout)
    choose_early(model, form, layout)
    measure_transformed(tiling, model, form, layout)
    head.poll = model.thresholds.poll_points // model.lanes
    return 0


cdef bint is_shared(const Tiling* tiling, int form, const Layout* layout, int a) noexcept nogil:
    """Whether the kernels along an axis share tiles of the signal."""
    cdef Py_ssize_t number = layout.axes[a].rank
    return shares_signal(tiling, form) and number != NONE and (
        number == tiling.filter_axis or number == tiling.channel_axis
    )


cdef void share_signal(const Tiling* tiling, int form, Layout* layout) noexcept nogil:
    """Let tiles hold the signal of all filters. Their outputs are stored filter by filter."""
    cdef TileProgram* head = &layout.head
    cdef int a
    head.filter_axis = head.channel_axis = NONE
    head.filters = head.channels = 1
    for a in range(layout.count):
        if not is_shared(tiling, form, layout, a):
            continue
        if layout.axes[a].rank == tiling.filter_axis:
            head.filter_axis, head.filters = a, layout.axes[a].taps
            layout.axes[a].block_outputs = layout.axes[a].outputs
        else:
            head.channel_axis, head.channels = a, layout.axes[a].taps
        layout.axes[a].blocks = 1


cdef void measure_transformed(
    const Tiling* tiling, FFTModel model, int form, Layout* layout
) noexcept:
    """Find the reals of a transformed tile of a signal that several kernels share."""
    cdef TileProgram* head = &layout.head
    if not shares_signal(tiling, form):
        return
    head.transformed = head.spectrum
    if form == PACKED_LANES:
        head.transformed *= model.lanes
    elif form == COLUMNS:
        head.transformed *= tiling.width


cdef void start_axis(const Axis* axis, int number, Layout* layout) noexcept nogil:
    """Append an axis with the fields that all axes have."""
    cdef TileAxis* tile = &layout.axes[layout.count]
    memset(tile, 0, sizeof(TileAxis))
    layout.varies[layout.count] = False
    layout.count += 1
    tile.samples, tile.outputs = axis.samples, axis.outputs
    tile.boundary, tile.period, tile.mirror = axis.rule, axis.period, axis.mirror
    tile.rank = number
    tile.signal, tile.kernel, tile.output = axis.signal, axis.kernel, axis.output
    tile.is_window = axis.is_window
    # transforms convolve, so the kernel of a correlation is reversed
    tile.reversed = axis.is_window and not axis.reversed


cdef void add_batch_axis(
    const Problem* problem, const Tiling* tiling, int i, Py_ssize_t width, Layout* layout
) noexcept nogil:
    """Append an axis that isn't transformed. A tile has `width` signals along it."""
    cdef const Axis* axis = &problem.axes[tiling.batch_axis[i]]
    cdef TileAxis* tile = &layout.axes[layout.count]
    start_axis(axis, tiling.batch_axis[i], layout)
    layout.varies[layout.count - 1] = tiling.varies[i]
    # the samples of a summed axis are a batch, and so are its taps
    tile.is_window = tile.reversed = False
    if not tiling.varies[i]:
        tile.kernel = NONE
    tile.boundary = CONSTANT
    tile.points = tile.block_outputs = width
    tile.blocks, tile.phases = ceil_divide(axis.outputs, width), 1
    tile.stride = 1
    tile.origin, tile.block_stride = axis.offset, width * axis.stride
    tile.step = axis.stride
    tile.taps = axis.outputs if tiling.varies[i] else width
    if tiling.batch_axis[i] == tiling.channel_axis:
        tile.taps = tile.samples


cdef void add_columns_axis(Py_ssize_t rows, Py_ssize_t row, Layout* layout) noexcept nogil:
    """Append the axis of columns of one long transform, whose rows have `row` points."""
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
    """Append a transformed axis."""
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
    """Let tiles begin earlier, so that their outputs begin at a cache line.

    Return by how many positions.
    """
    cdef Py_ssize_t grain, earlier, tiles, room, fewer
    cdef int line
    if extent.stride > 1 or extent.phases > 1:
        return 0
    tiles = ceil_divide(extent.outputs, tile.block_outputs)
    for line in range(2):
        # at a vector, if whole lines take more tiles
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


cdef bint should_lanes_vary(const Tiling* tiling, FFTModel model, Py_ssize_t points) noexcept:
    """Whether it takes fewer panels if each lane has a kernel."""
    cdef Extent extent = extent_in(tiling, 0, PACKED_LANES)
    cdef double tiles = tiling.signals * tiles_along(&extent, tiling.halves * points)
    cdef double lanes = model.lanes
    if tiling.items == 1:
        return False
    tiles /= tiling.items
    return ceil(tiling.items / lanes) * tiles < tiling.items * ceil(tiles / lanes)


cdef void count_tiles(FFTModel model, int form, Layout* layout) noexcept:
    """Count tiles and kernels, and the tiles that batches of lanes are taken from."""
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
        head.period = items if layout.lanes_vary else head.tiles // items
    if layout.lanes_vary:
        head.items = ceil_divide(items, model.lanes)
    head.items *= head.filters * head.channels


cdef void pitch_axes(Layout* layout, Py_ssize_t lanes, int form) noexcept nogil:
    """Find the pitches and the size of a tile, for vectors of `lanes` lanes."""
    cdef TileProgram* head = &layout.head
    cdef TileAxis* axis
    cdef Py_ssize_t pitch = 2, row = 2, last
    cdef int a
    for a in range(layout.count - 1, -1, -1):
        axis = &layout.axes[a]
        axis.pitch = pitch
        pitch *= axis.points
        # pitches are not powers of two, because then columns share few sets of the cache
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
