# Transforms along the last axis: LANES rows at a time, in panels that stay in the L1 cache.


cdef void find_rows(
    const Plan* plan, real* x, Py_ssize_t first, Py_ssize_t rows, Py_ssize_t lanes, real** row,
    const Work* work,
) noexcept nogil:
    """Find `lanes` rows of a panel, from number `first` of a block's `rows` on."""
    cdef Py_ssize_t a, lane, points, left, offset, number, pitch
    while True:
        offset, number, pitch, left = 0, first, plan.program.row, rows - first
        if plan.program.lanes > 1:
            offset = first * pitch
        else:
            for a in range(plan.axes - 2, -1, -1):
                points = points_along(plan, a, work)
                if a == plan.axes - 2:
                    pitch = plan.axis[a].pitch
                    left = points - number % points
                offset += number % points * plan.axis[a].pitch
                number //= points
        for lane in range(lanes):
            if first + lane >= rows:
                row[lane] = work.tile + plan.program.row
            elif lane < left:
                row[lane] = x + offset + lane * pitch
            else:
                break
        else:
            return
        # rows beyond the last one of a column of rows belong to the next
        row += lane
        first += lane
        lanes -= lane


cdef void compute_panels(
    const Plan* plan, Py_ssize_t a, real* x, Action action, Work* work
) noexcept nogil:
    """Transform the rows that lie in `x` from axis `a` on, LANES at a time."""
    cdef const TileProgram* program = plan.program
    cdef const TileAxis* axis = &plan.axis[plan.axes - 1]
    cdef const Passes* passes = &plan.passes[plan.axes - 1]
    cdef Py_ssize_t twiddles_of_panel = 2 * LANES * (axis.points // FINE + FINE)
    cdef const real* twiddles = plan.four_step_twiddles
    cdef const real* fine = NULL
    cdef Py_ssize_t rows = program.lanes, first = 0, p
    cdef real* row[LANES]
    cdef Sums sums
    sums.parts.re = sums.parts.im = sums.squares = broadcast(<real>0)
    for p in range(a, plan.axes - 1):
        rows *= points_along(plan, p, work)
    if twiddles != NULL:
        twiddles += work.block * rows // LANES * twiddles_of_panel
    while first < rows:
        count_work(&work.poll, 2 * axis.points)
        if work.poll.outcome != DONE:
            return
        prefetch_rows(&work.prefetch, axis.points)
        find_rows(plan, x, first, rows, LANES, row, work)
        if twiddles != NULL:
            fine = twiddles + 2 * LANES * (axis.points // FINE)
        if action == FILTER:
            filter_points(plan, work.panel, 2 * LANES, axis.points, work)
            transform_block(passes, 0, 0, work.panel, 2 * LANES, 1, True, 0)
            if twiddles != NULL:
                multiply_points(work.panel, twiddles, fine, axis.points, True)
                twiddles += twiddles_of_panel
            store_panel(plan, row, work)
            if program.per_lane:
                work.spectrum += 2 * LANES * axis.points
            first += LANES
            continue
        for p from 0 <= p < axis.points by LANES:
            prefetch_square(program, work, axis.points, p)
            if program.lanes > 1:
                transpose_into_panel(
                    work.lanes.samples, p, p + axis.points, work.panel + 2 * LANES * p, &sums
                )
            else:
                transpose_into_panel(
                    <const real**>row, 2 * p, 2 * p + LANES, work.panel + 2 * LANES * p, NULL
                )
        if program.lanes > 1 and work.mean.step_response != NULL:
            subtract_lane_means(plan, &sums, work)
        if twiddles != NULL:
            multiply_points(work.panel, twiddles, fine, axis.points, False)
        if action == CONVOLVE:
            convolve_block(
                passes, 0, 0, work.panel, 2 * LANES, work.spectrum, program.per_lane, 0
            )
            if twiddles != NULL:
                multiply_points(work.panel, twiddles, fine, axis.points, True)
            store_panel(plan, row, work)
        else:
            transform_block(passes, 0, 0, work.panel, 2 * LANES, 1, False, 0)
            if action == TRANSFORM_SIGNAL:
                store_transformed(work.panel, 2 * LANES, axis.points, work)
            else:
                store_spectrum(plan, work.panel, 2 * LANES, axis.points, work)
        if twiddles != NULL:
            twiddles += twiddles_of_panel
        if program.per_lane and not program.narrow:
            work.spectrum += 2 * LANES * axis.points
        first += LANES


cdef void store_panel(const Plan* plan, real** row, Work* work) noexcept nogil:
    """Take the points of a panel back to rows, or straight to outputs."""
    cdef Py_ssize_t points = plan.axis[plan.axes - 1].points, p
    cdef bint add_response = work.mean.subtracted and plan.program.lanes > 1
    cdef vec none = broadcast(<real>0)
    cdef real* panel = work.panel
    if add_response and plan.program.planes == 2:
        add_to_points(
            panel, points, load(work.mean.response), load(work.mean.imaginary_response)
        )
        add_response = False
    if add_response or work.lanes.direct < work.lanes.behind_direct:
        store_lanes(plan, row, work)
        return
    for p from 0 <= p < points by LANES:
        transpose_into_rows(row, 2 * p, panel + 2 * LANES * p, none, NULL, 1)
        transpose_into_rows(row, 2 * p + LANES, panel + 2 * LANES * p + LANES, none, NULL, 1)


cdef void store_lanes(const Plan* plan, real** row, Work* work) noexcept nogil:
    """Take the points of lanes to outputs, those at the ends of lanes to rows."""
    cdef const TileAxis* axis = &plan.axis[plan.axes - 1]
    cdef Py_ssize_t points = axis.points, first_output = axis.first_output
    cdef Py_ssize_t responses = plan.program.response_lanes, p, position, target_at
    cdef const Lanes* lanes = &work.lanes
    cdef bint directly = lanes.direct < lanes.behind_direct
    cdef const real* panel
    cdef const real* step_response
    cdef real** target
    cdef vec nonfinite_sum = broadcast(<real>0), mean = load(work.mean.re), part
    cdef int half, lane
    for half in range(2):
        for p from 0 <= p < points by LANES:
            position = half * points + p
            panel = work.panel + 2 * LANES * p + half * LANES
            target = row
            target_at = 2 * p + half * LANES
            if lanes.direct <= position < lanes.behind_direct:
                for lane in range(<int>LANES):
                    part = load(panel + 2 * LANES * lane)
                    nonfinite_sum = nonfinite_sum + (part - part)
                target = work.lanes.output
                target_at = position - first_output
            elif directly and position + LANES <= first_output:
                continue
            step_response = work.mean.step_response + min(
                position * responses, plan.program.responses - LANES * responses
            )
            if not work.mean.subtracted:
                transpose_into_rows(target, target_at, panel, mean, NULL, 1)
            elif responses > 1:
                transpose_into_rows(target, target_at, panel, mean, step_response, LANES)
            else:
                transpose_into_rows(target, target_at, panel, mean, step_response, 1)
    store(work.lanes.nonfinite_sum, nonfinite_sum)
