# How a convolution by transforms is tiled: form, vectors, and points of a tile per axis.
#
# A tile has one of four forms:
#
# panels      columns along all transformed axes but the last, rows along that, in panels
# lanes       one transformed axis: blocks of it, and of all signals of a batch, are rows of
#             one panel, a lane each
# four_step   one transformed axis and few, long blocks: each is a tile of columns and rows
# columns     the last axis is a batch, whose signals lie side by side: columns only
#
# Of all combinations of lengths that are worth a look, the one is taken whose tiles, and
# what counts of the kernel's, take the least cycles:
#
#     weight = (tiles + kernel) cycles
#     cycles = vectors (passes p + point + beyond log2(size / room)) + rows row + tile
#
# with p for the cycles of the passes of all axes, there and back, per vector.

cdef enum:
    PANELS, PACKED_LANES, FOUR_STEP, COLUMNS
    FORMS
    TRANSFORM_COUNTS = 5

FORM_NAMES = ("panels", "lanes", "four_step", "columns")
# The work of a convolution by transforms. The cost model has seconds for each count.
FFT_COUNTS = (
    "calls",
    "cycles",           # of all tiles
    "kernel",           # cycles that transform the kernels: about one tile for each
    "cache_misses",     # samples and outputs that move between memory and caches
    "page_faults",      # outputs on pages of memory that no earlier result has used
)

cdef struct FormCost:               # cycles
    double passes                   # times those of passes with the usual vectors
    double point                    # per vector: packing, transposing, product, storing
    double row                      # per row that is packed and stored, or piece of one
    # per vector for each doubling of a tile beyond what caches have room for, and as much
    # again beyond four times that
    double beyond

cdef struct TileCosts:
    FormCost form[FORMS]
    double pairs                    # per vector: taking complex numbers apart
    double strided, most_strided    # per sample between neighbours, and at most
    double tile                     # of any tile
    double kernel                   # tiles that weigh as much as the kernel
    double room                     # bytes of a tile that caches have room for
    # bytes of a tile in the last-level cache; cycles per vector for each doubling beyond
    double last_level, beyond_last_level


@cython.final
cdef class FFTModel:
    """What the transforms in one element type and length of vectors are like, and cost.

    Parameters
    ----------
    element : str
        That is computed in.
    itemsize : int
    shape : tuple of int
        Lanes of a vector, registers for vectors, fine steps of a coarse one in four-step
        twiddles.
    wider : int
        Times that numbers are longer which kernels are transformed in.
    wide_lanes : int
        Lanes of a vector of those.
    costs : mapping
        Cycles, as `cost.model` reads them.
    seconds : sequence of float
        Of each of `FFT_COUNTS`.
    memory : as for `cost.model`
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
    cdef double worker, tile, tile_per_kernel, tile_per_axis
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
        self.worker, self.tile = thresholds.worker_bytes, thresholds.tile_bytes
        self.tile_per_kernel = thresholds.tile_per_kernel
        self.tile_per_axis = thresholds.tile_per_axis
        self.column_vectors = thresholds.column_vectors
        self.candidate_counts = min(8, len(thresholds.lengths))
        for i in range(self.candidate_counts):
            self.candidates[i] = thresholds.lengths[i]

cdef struct Extent:                 # of a transformed axis, at the distance of two taps
    int axis                        # its number in the problem
    Py_ssize_t taps
    Py_ssize_t outputs              # of one phase of a dilation
    Py_ssize_t stride, step, phases
    Py_ssize_t whole                # positions of a tile that covers all; 0: there is none
    # that tiles can share out, to add up their outputs; 0: they can't
    Py_ssize_t samples

cdef struct Tiling:                 # what all tiles of a problem have in common
    int transformed, batch          # numbers of axes
    Extent extent[MOST_AXES]
    int batch_axis[MOST_AXES]
    bint varies[MOST_AXES]          # whether a batch axis has a kernel for each output
    double signals, items           # outputs of all batch axes, kernels
    int planes, halves              # halves of a real axis are the parts of its points
    Py_ssize_t width                # lanes of a tile of columns, if there are as many
    double inputs                   # bytes of signal and kernel
    Py_ssize_t distance             # samples between neighbours along the last axis
    bint last_varies                # whether columns have a kernel each

cdef struct Choice:
    double weight                   # cycles, by which choices are compared
    int form
    int axes
    Py_ssize_t points[MOST_AXES]
    double tiles
    double cycles                   # of one tile

cdef struct Candidates:             # lengths of one axis: none better in all respects
    Py_ssize_t count
    Py_ssize_t points[MOST_LENGTHS]
    double tiles[MOST_LENGTHS]      # along the axis
    double cycles[MOST_LENGTHS]     # of its passes, per vector
    double least_positions          # points of all tiles, at least
    double least_cycles

cdef struct Search:
    const Tiling* tiling
    int form
    Candidates* axis
    int chosen[MOST_AXES]
    double kernel                   # reals that a kernel makes worth a tile
    double limit                    # weight of the best of all forms so far
    Choice best                     # of tiles that are small enough
    Choice smallest                 # of all
    double smallest_size


cdef inline bint is_single_tap(const Axis* axis) noexcept nogil:
    """Whether each output of a window axis is a single sample's, times a tap."""
    cdef Py_ssize_t last = axis.offset + axis.stride * (axis.outputs - 1)
    return axis.taps == 1 and axis.offset >= 0 and last < axis.samples


cdef void find_extent(const Axis* axis, bint may_add, Extent* extent) noexcept nogil:
    """Reduce an axis to positions whose distance is that of two taps."""
    cdef Py_ssize_t common = greatest_divisor(axis.stride, axis.dilation)
    cdef Py_ssize_t first = axis.offset + axis.taps - 1
    extent.taps, extent.step = axis.taps, axis.dilation
    # at most one for each output
    extent.phases = max(1, min(axis.dilation // common, axis.outputs))
    extent.stride = axis.stride // common
    extent.whole = 0
    if axis.is_absent and axis.dilation == 1 and first >= 0:
        # the wrapped ends of a circular convolution may meet where nothing is stored
        extent.whole = max(
            max(axis.samples, axis.taps),
            max(axis.samples + axis.taps - 1 - first, first + axis.stride * (axis.outputs - 1) + 1),
        )
    extent.outputs = ceil_divide(axis.outputs, extent.phases)
    extent.samples = axis.samples if may_add and extent.whole and extent.stride == 1 else 0


cdef inline Py_ssize_t outputs_of_tile(const Extent* extent, Py_ssize_t length) noexcept nogil:
    """How many outputs a tile of `length` positions can store."""
    if extent.whole and length >= extent.whole:
        return extent.outputs
    return min(extent.outputs, (length - extent.taps) // extent.stride + 1)


cdef inline bint adds(const Extent* extent, Py_ssize_t length) noexcept nogil:
    """Whether it takes fewer tiles where their outputs overlap."""
    cdef Py_ssize_t outputs
    if not extent.samples or length >= extent.whole or length < 2 * extent.taps - 2:
        return False
    outputs = outputs_of_tile(extent, length)
    return ceil_divide(extent.samples, outputs) < ceil_divide(extent.outputs, outputs)


cdef inline Py_ssize_t tiles_along(const Extent* extent, Py_ssize_t length) noexcept nogil:
    """How many such tiles an axis takes."""
    cdef Py_ssize_t shared = extent.samples if adds(extent, length) else extent.outputs
    return extent.phases * ceil_divide(shared, outputs_of_tile(extent, length))


cdef Py_ssize_t most_positions(const Extent* extent) noexcept nogil:
    """Beyond which nothing is gained."""
    cdef Py_ssize_t span = extent.stride * (extent.outputs - 1) + extent.taps
    return min(span, extent.whole) if extent.whole else span


cdef void find_tiling(const Problem* problem, FFTModel model, Tiling* tiling) noexcept:
    cdef const Axis* axis
    cdef Py_ssize_t vectors
    # rounding sums of narrow floats twice would show
    cdef bint may_add = problem.output.is_integer or problem.output.element == model.element
    cdef double samples = 1, taps = 1
    cdef int a, last_window = 0
    tiling.transformed = tiling.batch = 0
    tiling.signals = tiling.items = 1
    tiling.planes = problem.output.planes
    tiling.halves = 2 if tiling.planes == 1 else 1
    for a in range(problem.count):
        if problem.axes[a].is_window:
            last_window = a
            tiling.transformed += not is_single_tap(&problem.axes[a])
    if tiling.transformed:
        last_window = NONE
    tiling.transformed = 0
    for a in range(problem.count):
        axis = &problem.axes[a]
        if a == last_window or axis.is_window and not is_single_tap(axis):
            find_extent(axis, may_add, &tiling.extent[tiling.transformed])
            tiling.extent[tiling.transformed].axis = a
            tiling.transformed += 1
        else:
            tiling.batch_axis[tiling.batch] = a
            tiling.varies[tiling.batch] = not axis.is_window and axis.kernel != NONE
            tiling.signals *= axis.outputs
            if tiling.varies[tiling.batch]:
                tiling.items *= axis.outputs
            tiling.batch += 1
        if axis.signal != NONE:
            samples *= axis.samples
        if axis.kernel != NONE:
            taps *= axis.taps if axis.is_window else axis.outputs
    tiling.inputs = samples * problem.signal.itemsize + taps * problem.kernel.itemsize
    axis = &problem.axes[problem.count - 1]
    vectors = ceil_divide(axis.outputs, model.lanes)
    vectors = ceil_divide(vectors, ceil_divide(vectors, model.column_vectors))
    tiling.width = vectors * model.lanes
    tiling.last_varies = tiling.batch and tiling.varies[tiling.batch - 1]
    tiling.distance = 1
    for a in range(tiling.extent[tiling.transformed - 1].axis + 1, problem.count):
        tiling.distance *= problem.axes[a].outputs


cdef bint can_have(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form
) noexcept:
    """Whether tiles of the problem can have a form."""
    cdef int last = problem.count - 1
    if not model.allowed[form]:
        return False
    if form == COLUMNS:
        return (
            tiling.batch and tiling.batch_axis[tiling.batch - 1] == last
            and problem.axes[last].outputs > 1
        )
    return (tiling.transformed > 1) == (form == PANELS)


cdef inline double cycles_of_tile(
    FFTModel model, int form, double vectors, double rows, double passes, double size
) noexcept:
    """Cycles of a tile of so many vectors, rows and bytes; `passes`: those of its passes."""
    cdef const FormCost* cost = &model.costs.form[form]
    if size > model.costs.last_level:
        passes += model.costs.beyond_last_level * log2(size / model.costs.last_level)
    passes = cost.passes * passes + cost.point
    if size > model.costs.room:
        passes += cost.beyond * log2(size / model.costs.room)
    if size > 4 * model.costs.room:
        passes += cost.beyond * log2(size / (4 * model.costs.room))
    return vectors * passes + rows * cost.row + model.costs.tile


cdef double strided_cycles(FFTModel model, const Tiling* tiling) noexcept:
    """Cycles per vector for packing samples that don't lie side by side, and storing."""
    if tiling.distance == 1:
        return 0
    return min(model.costs.strided * tiling.distance, model.costs.most_strided)


cdef Extent extent_in(const Tiling* tiling, int i, int form) noexcept nogil:
    cdef Extent extent = tiling.extent[i]
    if form == PACKED_LANES:
        # tiles are too many for their overlaps to matter
        extent.samples = 0
    return extent


cdef void find_candidates(
    FFTModel model, const Extent* extent, Py_ssize_t grain, int halves, Py_ssize_t most,
    Candidates* found,
) noexcept:
    """Lengths of an axis, at most so many, that are worth a look."""
    cdef const FormCost* cost = &model.costs.form[PANELS]
    cdef const Length* length
    cdef double cycles[MOST_LENGTHS]
    cdef Py_ssize_t number[MOST_LENGTHS]
    cdef Py_ssize_t i, k, count = 0, tiles, fewest = PY_SSIZE_T_MAX
    cdef double each, beyond = max(2.0 * most_positions(extent) / halves, 8.0 * grain)
    i = first_length(&model.lengths, extent.taps / <double>halves)
    for i in range(i, model.lengths.count):
        length = &model.lengths.of[i]
        if length.points > beyond:
            break
        if length.points % grain:
            continue
        # in order of their cycles
        each = length.points * (cost.passes * length.cycles + cost.point)
        k = count
        while k and cycles[k - 1] > each:
            cycles[k], number[k] = cycles[k - 1], number[k - 1]
            k -= 1
        cycles[k], number[k] = each, i
        count += 1
    found.count = 0
    for i in range(count):
        length = &model.lengths.of[number[i]]
        tiles = tiles_along(extent, halves * length.points)
        if tiles < fewest:
            fewest = tiles
            number[found.count] = number[i]
            found.count += 1
    count, found.count = found.count, min(found.count, most)
    found.least_positions = found.least_cycles = INFINITY
    for i in range(found.count):
        k = i
        if count > most:
            k = <Py_ssize_t>rint(i * ((count - 1.0) / (most - 1.0)))
        length = &model.lengths.of[number[k]]
        found.points[i], found.cycles[i] = length.points, length.cycles
        found.tiles[i] = tiles_along(extent, halves * length.points)
        found.least_positions = min(found.least_positions, found.points[i] * found.tiles[i])
        found.least_cycles = min(found.least_cycles, found.cycles[i])


cdef int search_product(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, Choice* best
) except -1:
    """Try all combinations of lengths."""
    cdef Search search
    cdef Extent extent
    cdef double passes = 0
    cdef Py_ssize_t most, grain
    cdef int i, last = tiling.transformed - 1
    search.tiling, search.form = tiling, form
    search.best.weight = search.smallest.weight = search.smallest_size = INFINITY
    search.limit = best.weight
    search.kernel = 1
    search.axis = <Candidates*>PyMem_Malloc(tiling.transformed * sizeof(Candidates))
    if search.axis == NULL:
        raise MemoryError("no memory for a plan")
    most = model.candidates[min(tiling.transformed, model.candidate_counts) - 1]
    for i in range(tiling.transformed):
        extent = extent_in(tiling, i, form)
        grain = model.lanes if i == last and form != COLUMNS else 1
        find_candidates(
            model, &extent, grain, tiling.halves if i == last else 1, min(most, MOST_LENGTHS),
            &search.axis[i],
        )
        search.kernel *= extent.taps * (
            model.tile_per_axis if last else model.tile_per_kernel
        )
    if tiling.planes == 2:
        passes += model.costs.pairs
    if form != COLUMNS:
        passes += strided_cycles(model, tiling)
    if form == COLUMNS:
        search.kernel *= tiling.width
    try_lengths(problem, model, &search, 0, 1, tiling.signals, passes)
    PyMem_Free(search.axis)
    if form == PANELS and search.best.weight == best.weight == INFINITY:
        # a tile has to have some size
        search.best = search.smallest
    if search.best.weight < best.weight:
        best[0] = search.best
    return 0


cdef void try_lengths(
    const Problem* problem, FFTModel model, Search* search, int i, double points, double tiles,
    double passes,
) noexcept:
    """Try all lengths of the axes from number `i` on."""
    cdef const Candidates* axis
    cdef const FormCost* cost = &model.costs.form[search.form]
    cdef double positions = points * tiles, least = passes
    cdef int k
    if i == search.tiling.transformed:
        try_tile(problem, model, search, points, tiles, passes)
        return
    # what the others take at least
    for k in range(i, search.tiling.transformed):
        positions *= search.axis[k].least_positions
        least += 2 * search.axis[k].least_cycles
    if positions / model.lanes * (cost.passes * least + cost.point) >= search.limit:
        return
    axis = &search.axis[i]
    for k in range(axis.count):
        search.chosen[i] = k
        try_lengths(
            problem, model, search, i + 1, points * axis.points[k], tiles * axis.tiles[k],
            passes + 2 * axis.cycles[k],
        )


cdef void try_tile(
    const Problem* problem, FFTModel model, Search* search, double points, double tiles,
    double passes,
) noexcept:
    cdef const Tiling* tiling = search.tiling
    cdef int last = tiling.transformed - 1, form = search.form
    cdef double row = search.axis[last].points[search.chosen[last]], lanes = model.lanes
    cdef double spectrum = 2 * points * model.itemsize, size = spectrum, vectors, rows, weight
    cdef double taken, outputs, cycles
    cdef bint small
    if form == PACKED_LANES:
        outputs = tiles
        tiles = tiling.items * ceil(outputs / tiling.items / lanes)
        if tiling.items > 1:
            tiles = min(tiles, outputs / tiling.items * ceil(tiling.items / lanes))
        vectors, rows = points, points / row * lanes
        size = spectrum * max(2, lanes)
        # as much for the panel, and lines
        taken = 2 * (lanes + 1) * spectrum
        if lanes == 1:
            # for means, too; vectors of wider numbers would have fewer lanes
            taken = (taken + spectrum) * model.wider
        small = taken <= model.worker + 2 * spectrum
    elif form == COLUMNS:
        outputs = problem.axes[problem.count - 1].outputs
        tiles = tiles / outputs * ceil(outputs / tiling.width)
        vectors, rows = points * tiling.width / lanes, points
        size = spectrum * tiling.width
        small = True
        if not tiling.last_varies:
            # rows are a vector longer, and a kernel takes two vectors of columns
            taken = size * (1 + 3 * lanes / tiling.width)
            small = taken <= model.worker + spectrum
    else:
        # a panel that rows don't fill takes as long as any
        rows = points / row
        vectors = row * ceil(rows / lanes)
        # a kernel takes its spectrum and a tile
        small = size * (1 + model.wider) <= model.worker + 3 * tiling.inputs
    small &= size <= max(model.tile, search.kernel * model.itemsize)
    cycles = cycles_of_tile(model, form, vectors, rows, passes, size)
    weight = (tiles + model.costs.kernel) * cycles
    if small and weight < search.best.weight:
        take(search, &search.best, weight, tiles, cycles)
        search.limit = min(search.limit, weight)
    if size < search.smallest_size or (
        size == search.smallest_size and weight < search.smallest.weight
    ):
        search.smallest_size = size
        take(search, &search.smallest, weight, tiles, cycles)


cdef void take(
    const Search* search, Choice* choice, double weight, double tiles, double cycles
) noexcept nogil:
    cdef int i
    choice.weight, choice.form = weight, search.form
    choice.tiles, choice.cycles = tiles, cycles
    choice.axes = search.tiling.transformed
    for i in range(choice.axes):
        choice.points[i] = search.axis[i].points[search.chosen[i]]


cdef void search_four_step(
    const Tiling* tiling, FFTModel model, Choice* best
) noexcept:
    """Try all combinations of rows and of points of a row."""
    cdef const Lengths* lengths = &model.lengths
    cdef const Extent* extent = &tiling.extent[0]
    cdef const FormCost* cost = &model.costs.form[FOUR_STEP]
    cdef const Length* columns
    cdef const Length* row
    cdef Choice small, any_size
    cdef Choice* choice
    cdef Py_ssize_t i, j, points, lanes = model.lanes
    cdef double most = max(
        2.0 * most_positions(extent) / tiling.halves, 32.0 * lanes * lanes
    )
    cdef double passes, tiles, size, cycles, weight, limit, common
    cdef Py_ssize_t count = first_length(lengths, floor(2 * sqrt(most)) + 1) + 4
    cdef Py_ssize_t outputs = extent.outputs
    count = min(count, lengths.count)
    if extent.samples:
        outputs = min(outputs, extent.samples)
    small.weight = any_size.weight = INFINITY
    limit = max(model.tile, model.tile_per_kernel * extent.taps * model.itemsize)
    common = strided_cycles(model, tiling)
    if tiling.planes == 2:
        common += model.costs.pairs
    for i in range(count):
        columns = &lengths.of[i]
        if columns.points % lanes:
            continue
        for j in range(count):
            row = &lengths.of[j]
            if row.points % max(16, lanes) or columns.points > 4 * row.points:
                continue
            if row.points > 4 * columns.points:
                break
            points = columns.points * row.points
            if points * tiling.halves < extent.taps:
                continue
            passes = common + 2 * columns.cycles + 2 * row.cycles
            size = 2.0 * points * model.itemsize
            choice = &small if size <= limit else &any_size
            # at least, to leave out what can't be better
            tiles = tiling.signals * outputs * extent.phases / (tiling.halves * points)
            weight = tiles * points / lanes * (cost.passes * passes + cost.point)
            if weight >= choice.weight or weight >= best.weight:
                continue
            tiles = tiling.signals * tiles_along(extent, tiling.halves * points)
            cycles = cycles_of_tile(
                model, FOUR_STEP, points / <double>lanes, columns.points, passes, size
            )
            weight = (tiles + model.costs.kernel) * cycles
            if weight < choice.weight:
                choice.weight, choice.form, choice.axes = weight, FOUR_STEP, 2
                choice.points[0], choice.points[1] = columns.points, row.points
                choice.tiles, choice.cycles = tiles, cycles
    if small.weight == INFINITY:
        small = any_size
    if small.weight < best.weight:
        best[0] = small


cdef int choose_tiles(
    const Problem* problem, FFTModel model, Tiling* tiling, Choice* best
) except -1:
    """Choose the fastest tile of all forms that the problem can have, if better."""
    cdef int form
    find_tiling(problem, model, tiling)
    for form in range(FORMS):
        if not can_have(problem, tiling, model, form):
            continue
        if form == FOUR_STEP:
            search_four_step(tiling, model, best)
        else:
            search_product(problem, tiling, model, form, best)
    return 0


def tile_choice(problem, tuple models):
    """Choose form, vectors and points of tiles.

    Parameters
    ----------
    problem : Problem
    models : tuple of FFTModel
        Of the usual vectors, and of longer ones.

    Returns
    -------
    vectors : int
        Which of the models.
    form : str
    points : tuple of int
        Of a tile, per transformed axis; four_step: of columns and of rows.
    weight : float
        Cycles that choices are compared by.
    counts : tuple of float
        What is to do, in the order of `FFT_COUNTS`.
    seconds : float
        That it takes one thread.
    """
    cdef Problem given
    cdef Tiling tiling
    cdef Choice best
    cdef FFTModel model = models[0]
    cdef double counts[TRANSFORM_COUNTS]
    cdef double moved = 1, outputs, seconds = 0, weight, kernels
    cdef int i, a, vectors = 0
    read_problem(problem, &given)
    # so that compilers see that all fields are set
    memset(&best, 0, sizeof(Choice))
    best.weight = INFINITY
    for i in range(len(models)):
        weight = best.weight
        choose_tiles(&given, models[i], &tiling, &best)
        if best.weight < weight:
            vectors = i
    if best.weight == INFINITY:
        return None
    for a in range(given.count):
        moved *= given.axes[a].samples
    outputs = outputs_of(&given)
    moved += outputs
    counts[0] = 1
    counts[1] = best.tiles * best.cycles
    # as many kernels as lanes are transformed together
    kernels = tiling.items
    if best.form == PACKED_LANES:
        kernels = ceil(kernels / (<FFTModel>models[vectors]).lanes)
    counts[2] = best.cycles * kernels
    counts[3] = moved * share_of_misses(&model.memory, moved * model.itemsize)
    counts[4] = outputs if outputs * given.output.itemsize > model.memory.pool_bytes else 0
    for i in range(TRANSFORM_COUNTS):
        seconds += counts[i] * model.seconds[i]
    return (
        vectors, FORM_NAMES[best.form], tuple([best.points[i] for i in range(best.axes)]),
        best.weight, tuple([counts[i] for i in range(TRANSFORM_COUNTS)]), seconds,
    )
