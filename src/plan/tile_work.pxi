# The work of tiles, counted, and the cycles that a tile takes.

cdef struct TileWork:
    double tiles                    # how many there are
    double vectors, rows            # of a tile
    double size                     # of a tile in bytes


cdef inline Py_ssize_t distance_in(const Tiling* tiling, int form) noexcept:
    """Samples between neighbours of a row in tiles of a form."""
    return 1 if form == COLUMNS else tiling.distance


cdef double passes_beside(FFTModel model, const Tiling* tiling, int form) noexcept:
    """Cycles per vector that count like passes: of complex and of distant samples."""
    cdef Py_ssize_t distance = distance_in(tiling, form)
    cdef double cycles = model.costs.pairs if tiling.planes == 2 else 0
    if distance > 1:
        cycles += min(model.costs.strided * distance, model.costs.most_strided)
    return cycles


cdef TileWork measure_tile(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form, double points,
    double row, double tiles,
) noexcept:
    """Measure the work of tiles of a form.

    `points` are the points of all transformed axes, `row` those of the last one. `tiles` are
    the blocks of all signals.
    """
    cdef TileWork work
    cdef double lanes = model.lanes, outputs, each, items = tiling.items / tiling.channels
    work.tiles, work.size = tiles, 2 * points * model.itemsize
    if form == PACKED_LANES:
        each = tiles / items
        work.tiles = items * ceil(each / lanes)
        if items > 1 and not shares_signal(tiling, form):
            work.tiles = min(work.tiles, each * ceil(items / lanes))
        work.vectors, work.rows = points, points / row * lanes
        work.size *= max(2, lanes)
    elif form == COLUMNS:
        outputs = problem.axes[problem.count - 1].outputs
        work.tiles = tiles / outputs * ceil(outputs / tiling.width)
        work.vectors, work.rows = points * tiling.width / lanes, points
        work.size *= tiling.width
    else:
        # a panel that rows don't fill takes as long as a full one
        work.rows = points / row
        work.vectors = row * ceil(work.rows / lanes)
    return work


cdef double cycles_of_tile(
    FFTModel model, int form, const TileWork* work, double passes
) noexcept:
    """Cycles of a tile, by the formula in fft_model.pxi.

    `passes` are the cycles per vector of the passes of all axes, there and back.
    """
    cdef const FormCost* cost = &model.costs.form[form]
    if work.size > model.costs.last_level:
        passes += model.costs.beyond_last_level * log2(work.size / model.costs.last_level)
    passes = cost.passes * passes + cost.point
    if work.size > model.costs.room:
        passes += cost.beyond * log2(work.size / model.costs.room)
    if work.size > 4 * model.costs.room:
        passes += cost.beyond * log2(work.size / (4 * model.costs.room))
    return work.vectors * passes + work.rows * cost.row + model.costs.tile


def tile_work(problem, FFTModel model, str form, tuple points):
    """Count the work of the tiles of a problem.

    `pyconvolve.tuning` computes the cycles of a tile from these numbers, by the formula in
    fft_model.pxi.

    Parameters
    ----------
    problem : Problem
    model : FFTModel
    form : str
        As `tile_choice` returns it.
    points : tuple of int
        As `tile_choice` returns them.

    Returns
    -------
    dict
        tiles : float
            How many tiles there are.
        vectors, rows : float
            Of a tile: vectors of points; rows, or pieces of rows, packed and stored.
        size : float
            Bytes of a tile.
        radices : tuple of int
            Radices of the passes of all axes, in one direction.
        planes : int
            2 for complex samples.
        distance : int
            Samples between neighbours of a row.
        registers : int
            Registers for vectors, which the cycles of passes depend on.
    """
    cdef Problem given
    cdef Tiling tiling
    cdef Extent extent
    cdef TileWork work
    cdef Py_ssize_t radices[MOST_PASSES]
    cdef Py_ssize_t length, row = 1
    cdef int i, k, count, number = FORM_NAMES.index(form)
    cdef double total = 1, tiles
    read_problem(problem, &given)
    find_tiling(&given, model, &tiling)
    found = []
    for row in points:
        total *= row
        count = find_radices(&model.lengths, row, radices)
        found += [radices[k] for k in range(count)]
    tiles = tiling.signals
    for i in range(tiling.transformed):
        extent = extent_in(&tiling, i, number)
        length = <Py_ssize_t>total if number == FOUR_STEP else points[i]
        if i == tiling.transformed - 1:
            length *= tiling.halves
        tiles *= tiles_along(&extent, length)
    work = measure_tile(&given, &tiling, model, number, total, row, tiles)
    return {
        "tiles": work.tiles, "vectors": work.vectors, "rows": work.rows, "size": work.size,
        "radices": tuple(found), "planes": tiling.planes,
        "distance": distance_in(&tiling, number), "registers": model.registers,
    }
