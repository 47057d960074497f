# Transforms along all axes but the last: neighbouring columns at once, in place.

cdef enum:
    COLUMN_POINTS = 384     # of columns that are transformed side by side, in vectors

cdef enum Action:
    FORWARD, INVERSE, CONVOLVE, TRANSFORM_KERNEL
    # of a signal that several kernels share: transform it, and convolve it with a kernel
    TRANSFORM_SIGNAL, FILTER


cdef void compute_tile(
    const Plan* plan, Py_ssize_t first, Py_ssize_t last, Action action, Work* work
) noexcept nogil:
    """Transform blocks `first` to `last` - 1 of the tile, multiply, and transform back.

    Early passes have split the tile into these blocks, which stay in a faster cache than
    the tile would.
    """
    cdef const TileProgram* program = plan.program
    cdef const TileAxis* axis = &plan.axis[max(program.early, 0)]
    work.points = axis.points // program.parts
    work.spectrum += first * (program.spectrum // program.parts)
    for work.block in range(first, last):
        compute_axes(plan, 0, work.tile + work.block * work.points * axis.pitch, action, work)


cdef void compute_axes(
    const Plan* plan, Py_ssize_t a, real* x, Action action, Work* work
) noexcept nogil:
    """Compute a block from axis `a` on: point by point, if the rows behind each fill panels."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t i, rows = 1, last = plan.axes - 1
    for i in range(a + 1, last):
        rows *= points_along(plan, i, work)
    if program.panels and a + 1 < last and rows % LANES == 0:
        last = a + 1
    for i in range(a, last):
        if plan.axis[i].transformed and i != program.last and action != FILTER:
            transform_axis(plan, a, i, x, FORWARD, work)
    if last < plan.axes - 1:
        for i in range(points_along(plan, a, work)):
            compute_axes(plan, last, x + i * plan.axis[a].pitch, action, work)
    elif program.panels:
        compute_panels(plan, a, x, action, work)
    else:
        transform_axis(plan, a, program.last, x, action, work)
    if action == TRANSFORM_KERNEL or action == TRANSFORM_SIGNAL:
        return
    for i in range(last - 1, a - 1, -1):
        if plan.axis[i].transformed and i != program.last:
            transform_axis(plan, a, i, x, INVERSE, work)


cdef inline Py_ssize_t points_along(
    const Plan* plan, Py_ssize_t a, const Work* work
) noexcept nogil:
    """Points along an axis of the block that is computed."""
    return work.points if a == plan.program.early else plan.axis[a].points


cdef void transform_axis(
    const Plan* plan, Py_ssize_t first, Py_ssize_t transformed, real* x, Action action,
    Work* work,
) noexcept nogil:
    """Transform the columns along one axis, at all points of the axes from `first` on."""
    cdef Py_ssize_t last = plan.axes - 1, changed = first, a
    cdef Odometer odometer
    cdef real* column[MOST_AXES + 1]        # up to each axis
    start(&odometer, last)
    for a in range(last):
        odometer.count[a] = 1
        if a >= first and a != transformed:
            odometer.count[a] = points_along(plan, a, work)
    column[first] = x
    while changed != NONE and work.poll.outcome == DONE:
        for a in range(changed, last):
            column[a + 1] = column[a] + odometer.index[a] * plan.axis[a].pitch
        transform_columns(plan, transformed, column[last], action, work)
        if action >= CONVOLVE and not plan.program.per_lane:
            work.spectrum += (1 if plan.program.narrow else 2) * plan.axis[transformed].points
        changed = advance(&odometer)


cdef void transform_columns(
    const Plan* plan, Py_ssize_t a, real* x, Action action, Work* work
) noexcept nogil:
    """Transform all columns along axis `a` whose first points lie in one row."""
    cdef const TileProgram* program = plan.program
    cdef const TileAxis* axis = &plan.axis[a]
    cdef bint split_early = a == program.early
    cdef Py_ssize_t points = points_along(plan, a, work), width = 1, p
    cdef Py_ssize_t vectors = plan.axis[plan.axes - 1].points // LANES
    if action < CONVOLVE:
        # neighbours share twiddles and pages; the first pass prefetches the next columns
        width = max(1, COLUMN_POINTS // points)
    for p from 0 <= p < vectors by width:
        width = min(width, vectors - p)
        count_work(&work.poll, points * width)
        if action == FILTER:
            filter_points(plan, x + 2 * LANES * p, axis.pitch, points, work)
            transform_block(
                &plan.passes[a], 0, 0, x + 2 * LANES * p, axis.pitch, 1, True, 0
            )
        elif action == CONVOLVE:
            convolve_block(
                &plan.passes[a], 0, 0, x + 2 * LANES * p, axis.pitch, work.spectrum,
                program.per_lane, 2 * LANES,
            )
        else:
            transform_block(
                &plan.passes[a], program.early_passes if split_early else 0,
                work.block if split_early else 0,
                x + 2 * LANES * p, axis.pitch, width, action == INVERSE, 2 * LANES * width,
            )
        if action == TRANSFORM_KERNEL:
            store_spectrum(plan, x + 2 * LANES * p, axis.pitch, axis.points, work)
        if action == TRANSFORM_SIGNAL:
            store_transformed(x + 2 * LANES * p, axis.pitch, points, work)
        if action >= CONVOLVE and program.per_lane and not program.narrow:
            work.spectrum += 2 * LANES * axis.points


cdef void run_early_passes(
    const Plan* plan, real* x, bint inverse, const Work* work
) noexcept nogil:
    """Run the outer passes along the early axis at one point of each block.

    `x` is the first row there. Rows follow the last axis.
    """
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t last = plan.axes - 1, changed = 0, a, p
    cdef Py_ssize_t vectors = plan.axis[last].points // LANES
    cdef Py_ssize_t width = max(1, COLUMN_POINTS // program.parts)
    cdef Odometer odometer
    cdef real* row[MOST_AXES + 1]           # up to each axis
    start(&odometer, last)
    for a in range(last):
        odometer.count[a] = plan.axis[a].points if a > program.early else 1
    row[0] = x
    while changed != NONE and work.poll.outcome == DONE:
        for a in range(changed, last):
            row[a + 1] = row[a] + odometer.index[a] * plan.axis[a].pitch
        for p from 0 <= p < vectors by width:
            pass_columns(
                plan, program.early, row[last] + 2 * LANES * p, min(width, vectors - p), inverse
            )
        changed = advance(&odometer)


cdef void pass_columns(
    const Plan* plan, Py_ssize_t a, real* x, Py_ssize_t width, bint inverse
) noexcept nogil:
    """Run the outer passes along axis `a` over columns that lie side by side."""
    cdef const TileAxis* axis = &plan.axis[a]
    cdef Py_ssize_t i, number
    for i in range(plan.program.early_passes):
        number = plan.program.early_passes - 1 - i if inverse else i
        run_pass(
            &plan.passes[a], number, 0, axis.points // plan.passes[a].of[number].points, x,
            axis.pitch, width, inverse, 0, plan.program.steps,
        )
