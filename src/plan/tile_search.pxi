# The search for the points of a tile: all combinations of lengths that can be the best.
#
# The best tile has the least weight:
#
#     weight = (tiles + kernel) cycles
#
# with `kernel` the tiles that take as long as the transform of a kernel.

cdef struct Choice:
    double weight                   # cycles by which choices are compared
    int form
    int axes
    Py_ssize_t points[MOST_AXES]
    double tiles
    double cycles                   # of one tile

cdef struct Candidates:             # lengths of an axis: fewer tiles or fewer cycles each
    Py_ssize_t count
    Py_ssize_t points[MOST_LENGTHS]
    double tiles[MOST_LENGTHS]      # along the axis, for each length
    double cycles[MOST_LENGTHS]     # of passes per vector, for each length
    double least_positions          # least points of all tiles along the axis
    double least_cycles             # least cycles of passes per vector

cdef struct Search:
    const Tiling* tiling
    int form
    Candidates* axis
    int chosen[MOST_AXES]           # number of a candidate per axis
    double kernel                   # reals that a tile may have for a large kernel
    double limit                    # least weight of all forms so far
    Choice best                     # least weight of tiles within the bounds of memory
    Choice beyond                   # the same of tiles whose panels are beyond them
    Choice smallest                 # smallest tile, within the bounds or not
    double smallest_size            # its bytes


cdef double cycles_along(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, Py_ssize_t points,
    double passes,
) noexcept:
    """Cycles by which lengths of an axis are compared: those of a tile, if it is the only one.

    `passes` are the cycles per vector of all that is known to count like passes.
    """
    cdef const FormCost* cost = &model.costs.form[form]
    cdef TileWork work
    if tiling.transformed > 1:
        return points * (cost.passes * passes + cost.point)
    work = measure_tile(problem, tiling, model, form, points, points, 1)
    return cycles_of_tile(model, form, &work, passes)


cdef void find_candidates(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, int axis,
    double passes, Py_ssize_t most, Candidates* found,
) noexcept:
    """Find at most `most` lengths of an axis that can be the best.

    `passes` are the cycles per vector of all that counts like passes of any length.
    """
    cdef Extent extent = extent_in(tiling, axis, form)
    cdef const Length* length
    cdef double cycles[MOST_LENGTHS]
    cdef Py_ssize_t number[MOST_LENGTHS]
    cdef bint is_last = axis == tiling.transformed - 1
    cdef Py_ssize_t grain = model.lanes if is_last and form != COLUMNS else 1
    cdef Py_ssize_t halves = tiling.halves if is_last else 1
    cdef Py_ssize_t i, k, count = 0, tiles, fewest = PY_SSIZE_T_MAX
    cdef double each, beyond = max(2.0 * most_positions(&extent) / halves, 8.0 * grain)
    i = first_length(&model.lengths, extent.taps / <double>halves)
    for i in range(i, model.lengths.count):
        length = &model.lengths.of[i]
        if length.points > beyond:
            break
        if length.points % grain:
            continue
        each = cycles_along(
            problem, tiling, model, form, length.points, passes + 2 * length.cycles
        )
        # sorted by cycles
        k = count
        while k and cycles[k - 1] > each:
            cycles[k], number[k] = cycles[k - 1], number[k - 1]
            k -= 1
        cycles[k], number[k] = each, i
        count += 1
    found.count = 0
    for i in range(count):
        length = &model.lengths.of[number[i]]
        tiles = tiles_along(&extent, halves * length.points)
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
        found.tiles[i] = tiles_along(&extent, halves * length.points)
        found.least_positions = min(found.least_positions, found.points[i] * found.tiles[i])
        found.least_cycles = min(found.least_cycles, found.cycles[i])


cdef int search_product(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, Choice* best
) except -1:
    """Try all combinations of lengths of the axes."""
    cdef Search search
    cdef double passes = passes_beside(model, tiling, form)
    cdef Py_ssize_t most
    cdef int i, last = tiling.transformed - 1
    search.tiling, search.form = tiling, form
    search.best.weight = search.beyond.weight = INFINITY
    search.smallest.weight = search.smallest_size = INFINITY
    search.limit = best.weight
    search.kernel = 1
    search.axis = <Candidates*>PyMem_Malloc(tiling.transformed * sizeof(Candidates))
    if search.axis == NULL:
        raise MemoryError("no memory for a plan")
    most = model.candidates[min(tiling.transformed, model.candidate_counts) - 1]
    for i in range(tiling.transformed):
        find_candidates(
            problem, tiling, model, form, i, passes, min(most, MOST_LENGTHS), &search.axis[i]
        )
        search.kernel *= tiling.extent[i].taps * (
            model.tile_per_axis if last else model.tile_per_kernel
        )
    if form == COLUMNS:
        search.kernel *= tiling.width
    try_lengths(problem, model, &search, 0, 1, tiling.signals, passes)
    PyMem_Free(search.axis)
    if form == PANELS and search.best.weight == best.weight == INFINITY:
        # no tile is within the bounds of memory
        search.best = search.smallest if search.beyond.weight == INFINITY else search.beyond
    if search.best.weight < best.weight:
        best[0] = search.best
    return 0


cdef void try_lengths(
    const Problem* problem, FFTModel model, Search* search, int i, double points, double tiles,
    double passes,
) noexcept:
    """Try all lengths of the axes from number `i` on, after those of earlier axes."""
    cdef const Candidates* axis
    cdef const FormCost* cost = &model.costs.form[search.form]
    cdef double positions = points * tiles, least = passes
    cdef int k
    if i == search.tiling.transformed:
        try_tile(problem, model, search, points, tiles, passes)
        return
    # leave out branches whose least weight is too large
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
    """Compare the tile of one combination of lengths with the best so far."""
    cdef const Tiling* tiling = search.tiling
    cdef int last = tiling.transformed - 1, form = search.form
    cdef double row = search.axis[last].points[search.chosen[last]], lanes = model.lanes
    cdef double spectrum = 2 * points * model.itemsize, taken, cycles, weight
    cdef bint small = True          # within the bounds of memory
    cdef bint bounded = True        # with its panels, too
    cdef TileWork work = measure_tile(problem, tiling, model, form, points, row, tiles)
    if form == PACKED_LANES:
        # a panel takes as much as the tile, and a line as much as a lane
        taken = 2 * (lanes + 1) * spectrum
        if lanes == 1:
            # means are stored, too, and wider numbers of kernels can't have fewer lanes
            taken = (taken + spectrum) * model.wider
        small = taken <= model.worker_bytes + 2 * spectrum
    elif form == COLUMNS:
        if not tiling.last_varies:
            # rows are a vector longer, and the kernel takes two vectors of columns
            taken = work.size * (1 + 3 * lanes / tiling.width)
            small = taken <= model.worker_bytes + spectrum
    else:
        # a kernel takes a spectrum and a tile
        small = work.size * (1 + model.wider) <= model.worker_bytes + 3 * tiling.inputs
        bounded = takes_three_spectra(problem, tiling, model, form, points, row)
    small &= work.size <= max(model.tile_bytes, search.kernel * model.itemsize)
    cycles = cycles_of_tile(model, form, &work, passes)
    weight = (work.tiles + model.costs.kernel) * cycles
    if small and bounded and weight < search.best.weight:
        set_choice(search, &search.best, weight, work.tiles, cycles)
        search.limit = min(search.limit, weight)
    elif small and weight < search.beyond.weight:
        set_choice(search, &search.beyond, weight, work.tiles, cycles)
    if work.size < search.smallest_size or (
        work.size == search.smallest_size and weight < search.smallest.weight
    ):
        search.smallest_size = work.size
        set_choice(search, &search.smallest, weight, work.tiles, cycles)


cdef bint takes_three_spectra(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, double points,
    double row,
) noexcept:
    """Whether a kernel in tiles of rows takes at most `worker_bytes` and three spectra.

    It takes its spectrum, with a step response behind it. The transform, perhaps in wider
    numbers, takes a tile, a panel of rows, and single rows of samples and means. Both types
    of numbers have tables of twiddles. Gaps between the rows of a tile count if it is long.
    """
    cdef double lanes = model.wide_lanes, spectrum = 2 * points, twiddles = 2 * row
    cdef double scratch = spectrum + 2 * lanes * row + (4 + 2 * tiling.planes) * (row + lanes)
    if tiling.planes == 1 and problem.output.element > INT64:
        spectrum += 2 * row if form == PANELS else tiling.extent[0].taps
    if form == FOUR_STEP:
        # those of columns, and coarse and fine powers for each row
        twiddles += 2 * points / row * (1 + row / model.fine + model.fine)
        scratch += 2 * lanes * points / row
    scratch *= model.wider
    scratch += twiddles * (1 + model.wider if model.wider > 1 else 1)
    return scratch * model.itemsize <= model.worker_bytes + 2 * spectrum * model.itemsize


cdef void set_choice(
    const Search* search, Choice* choice, double weight, double tiles, double cycles
) noexcept nogil:
    """Let a choice be the lengths that are being tried."""
    cdef int i
    choice.weight, choice.form = weight, search.form
    choice.tiles, choice.cycles = tiles, cycles
    choice.axes = search.tiling.transformed
    for i in range(choice.axes):
        choice.points[i] = search.axis[i].points[search.chosen[i]]


cdef void search_four_step(
    const Problem* problem, const Tiling* tiling, FFTModel model, Choice* best
) noexcept:
    """Try all combinations of numbers of rows and of points of a row."""
    cdef const Lengths* lengths = &model.lengths
    cdef const Extent* extent = &tiling.extent[0]
    cdef const FormCost* cost = &model.costs.form[FOUR_STEP]
    cdef const Length* columns
    cdef const Length* row
    cdef Choice small, any_size
    cdef Choice* choice
    cdef TileWork work
    cdef Py_ssize_t i, j, points, lanes = model.lanes
    cdef double most = max(
        2.0 * most_positions(extent) / tiling.halves, 32.0 * lanes * lanes
    )
    cdef double passes, tiles, size, cycles, weight, limit
    cdef double common = passes_beside(model, tiling, FOUR_STEP)
    cdef Py_ssize_t count = first_length(lengths, floor(2 * sqrt(most)) + 1) + 4
    cdef Py_ssize_t outputs = extent.outputs
    count = min(count, lengths.count)
    if extent.samples:
        outputs = min(outputs, extent.samples)
    small.weight = any_size.weight = INFINITY
    limit = max(model.tile_bytes, model.tile_per_kernel * extent.taps * model.itemsize)
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
            choice = &any_size
            if size <= limit and takes_three_spectra(
                problem, tiling, model, FOUR_STEP, points, row.points
            ):
                choice = &small
            # a lower bound of the weight leaves most combinations out
            tiles = tiling.signals * outputs * extent.phases / (tiling.halves * points)
            weight = tiles * points / lanes * (cost.passes * passes + cost.point)
            if weight >= choice.weight or weight >= best.weight:
                continue
            tiles = tiling.signals * tiles_along(extent, tiling.halves * points)
            work = measure_tile(problem, tiling, model, FOUR_STEP, points, row.points, tiles)
            cycles = cycles_of_tile(model, FOUR_STEP, &work, passes)
            weight = (tiles + model.costs.kernel) * cycles
            if weight < choice.weight:
                choice.weight, choice.form, choice.axes = weight, FOUR_STEP, 2
                choice.points[0], choice.points[1] = columns.points, row.points
                choice.tiles, choice.cycles = tiles, cycles
    if small.weight == INFINITY:
        small = any_size
    if small.weight < best.weight:
        best[0] = small
