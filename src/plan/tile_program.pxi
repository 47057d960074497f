# The program of tiles: the struct TileProgram, then its arrays.

def tile_program(problem, FFTModel model, str form, tuple points, str storing):
    """Write the programs of tiles and of the transforms of kernels for them.

    Parameters
    ----------
    problem : Problem
    model : FFTModel
    form : str
        As `tile_choice` returns it.
    points : tuple of int
        As `tile_choice` returns them.
    storing : str
        How results are stored in the output, a key of `STORING`.

    Returns
    -------
    program : bytes
        The program of tiles.
    kernel_program : bytes
        The program of a kernel's transform. Problems whose kernels have the same spectra
        have the same one.
    transforms : tuple
        For each axis of a tile, radices of its passes, and whether its points hold the
        halves of real samples. None if the axis isn't transformed.
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
    clear_signal_fields(model, form_number, &kernel)
    lanes = model.wide_lanes
    if form_number == COLUMNS and not layout.head.per_lane:
        # columns share a kernel, so its tile has one vector of columns only
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


cdef void measure_spectrum(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, Layout* layout
) noexcept:
    """Find the reals of a spectrum, and of the step response stored behind it."""
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
    if layout.lanes_vary:
        head.response_lanes = model.lanes
    elif layout.columns_vary:
        head.response_lanes = tiling.width
    if is_exact(problem) or head.channel_axis != NONE:
        head.responses = 0
    elif tiling.planes == 2:
        head.responses = 2
    elif form == FOUR_STEP:
        head.responses = row * ceil_divide(taps, row)
    elif form == COLUMNS:
        # the step response is constant beyond the taps
        head.responses = min(row, taps)
    elif form == PACKED_LANES and model.lanes > 1:
        head.responses = min(row, (ceil_divide(taps, model.lanes) + 1) * model.lanes)
    else:
        head.responses = row
    head.responses *= head.response_lanes


cdef void describe_operands(const Problem* problem, int storing, TileProgram* head) noexcept nogil:
    """Set the types of signal, kernel and output."""
    head.signal_element, head.signal_swapped = problem.signal.element, problem.signal.swapped
    head.signal_planes = problem.signal.planes
    head.signal_conjugated = problem.signal.conjugated
    head.kernel_element, head.kernel_swapped = problem.kernel.element, problem.kernel.swapped
    head.kernel_planes = problem.kernel.planes
    head.kernel_conjugated = problem.kernel.conjugated
    head.storing, head.rounding = storing, problem.rounding
    head.integer = 0
    if problem.output.is_integer and not problem.narrows:
        head.integer = problem.output.itemsize


cdef void find_flags(
    const Problem* problem, FFTModel model, int form, Layout* layout
) noexcept:
    """Choose whether outputs go past the caches, and what is prefetched."""
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


cdef void clear_signal_fields(FFTModel model, int form, Layout* kernel) noexcept:
    """Clear all fields that a kernel's transform does not depend on."""
    cdef TileAxis* axis
    cdef int a
    for a in range(kernel.count):
        axis = &kernel.axes[a]
        axis.adds = axis.first_output = axis.stride = axis.outputs = axis.origin = 0
        axis.block_stride = axis.phase_stride = axis.step = axis.samples = axis.phases = 0
        axis.boundary = axis.period = axis.mirror = axis.rank = 0
        axis.signal = axis.output = NONE
        if a == kernel.head.filter_axis or a == kernel.head.channel_axis:
            axis.blocks, axis.block_outputs = axis.taps, 1
        elif axis.kernel == NONE or axis.is_window:
            axis.blocks = axis.block_outputs = 0
    kernel.head.tiles = kernel.head.period = kernel.head.transformed = 0
    kernel.head.filter_axis = kernel.head.channel_axis = NONE
    kernel.head.filters = kernel.head.channels = 1
    kernel.head.signal_element = kernel.head.signal_swapped = 0
    kernel.head.signal_planes = kernel.head.signal_conjugated = 0
    kernel.head.storing = kernel.head.integer = 0
    # spectra are stored in single precision: so many wide vectors fill one vector
    kernel.head.narrow = model.lanes // model.wide_lanes if model.wider > 1 else 0


cdef bytes write_program(const Layout* layout):
    """Write a program: the struct, then its arrays."""
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
            # the twiddles of all blocks that this pass splits
            first += 2 * (step.radix - 1) * (axes[a].points // points)
            points //= step.radix
            step += 1
    if tiled:
        write_rounds(layout, &head, block)
    return program


cdef void write_rounds(const Layout* layout, const TileProgram* head, char* block) noexcept nogil:
    """Write the rounds of blocks that may be computed at the same time.

    Along an axis whose tiles add up their outputs, even blocks store outputs first. Odd
    blocks add to these in a later round.
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
    """Return the axes of a tile as dicts, in the order in which tiles are counted.

    A tile is a block of one phase along each axis. The last axis counts fastest.
    """
    cdef const char* block = PyBytes_AS_STRING(program)
    cdef const TileProgram* head = <const TileProgram*>block
    cdef const TileAxis* axes = <const TileAxis*>(block + head.axis_at)
    cdef const Py_ssize_t* order = <const Py_ssize_t*>(block + head.order_at)
    cdef Py_ssize_t i
    return [axes[order[i]] for i in range(head.axes)]


def rounds_of(bytes program):
    """Return the rounds of a program.

    Each round has its number of batches, the number of its first tile, and, for each axis
    of `tile_axes`, the first, the step and the number of its blocks.
    """
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
    """Return the fields of the struct TileProgram of a program, as a dict."""
    return (<const TileProgram*>PyBytes_AS_STRING(program))[0]
