# The choice of form, vectors and points of tiles, and its predicted time.

cdef int choose_tiles(
    const Problem* problem, FFTModel model, Tiling* tiling, Choice* best
) except -1:
    """Replace `best` by the tile of any form that has less weight, if there is one."""
    cdef int form
    find_tiling(problem, model, tiling)
    for form in range(FORMS):
        if not can_have(problem, tiling, model, form):
            continue
        if form == FOUR_STEP:
            search_four_step(problem, tiling, model, best)
        else:
            search_product(problem, tiling, model, form, best)
    return 0


def tile_choice(problem, tuple models):
    """Choose form, vectors and points of tiles.

    Parameters
    ----------
    problem : Problem
    models : tuple of FFTModel
        Models with the usual vectors, and with longer ones.

    Returns
    -------
    vectors : int
        Index of the chosen model.
    form : str
        One of `FORM_NAMES`.
    points : tuple of int
        Points of a tile per transformed axis. In the form four_step: number of rows, and
        points of a row.
    weight : float
        Cycles by which choices are compared.
    counts : tuple of float
        The work, counted, in the order of `FFT_COUNTS`.
    seconds : float
        Predicted seconds of one thread.
    """
    cdef Problem given
    cdef Tiling tiling
    cdef Choice best
    cdef FFTModel model
    cdef double counts[TRANSFORM_COUNTS]
    cdef double moved = 1, outputs, seconds = 0, weight, spectra
    cdef int i, a, vectors = 0
    if not models:
        return None
    model = models[0]
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
    counts[1] = best.tiles * best.cycles * share_of_transforms(&tiling, best.form)
    counts[2] = moved * share_of_misses(&model.memory, moved * model.itemsize)
    if shares_signal(&tiling, best.form):
        # each tile of the signal is multiplied by the spectra of all its kernels
        spectra = 2 * tiling.items
        for i in range(best.axes):
            spectra *= best.points[i]
        counts[2] += (
            spectra * best.tiles / tiling.items * tiling.channels
            * share_of_misses(&model.memory, spectra * model.itemsize)
        )
        if spectra * model.itemsize > model.cached_bytes:
            # the spectra are computed again for each call
            counts[1] += tiling.items * best.cycles / 2
    counts[3] = outputs if outputs * given.output.itemsize > model.memory.pool_bytes else 0
    for i in range(TRANSFORM_COUNTS):
        seconds += counts[i] * model.seconds[i]
    return (
        vectors, FORM_NAMES[best.form], tuple([best.points[i] for i in range(best.axes)]),
        best.weight, tuple([counts[i] for i in range(TRANSFORM_COUNTS)]), seconds,
    )
