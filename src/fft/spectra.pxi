# A kernel's spectra, and its response to ones behind each of them.


cdef void describe_kernel(const Plan* plan, object kernel, Signal* signal):
    cdef const TileProgram* program = plan.program
    cdef const TileAxis* axis
    cdef Source* source = &signal.source
    cdef Py_ssize_t a
    set_source(
        source, kernel, None, program.kernel_element, program.kernel_swapped,
        program.kernel_planes, program.kernel_conjugated,
    )
    signal.contiguous = signal.pairs = False
    signal.next_row = 0
    for a in range(plan.axes):
        axis = &plan.axis[a]
        set_source_axis(
            &source.axis[a], stride_of(kernel, axis.kernel), 1, CONSTANT, 1, 0, axis.rank
        )
        if axis.reversed:
            # the sum runs over positions from the last to the first tap
            source.data += (axis.taps - 1) * source.axis[a].stride
            source.axis[a].stride = -source.axis[a].stride


cdef bint locate_kernel(const Plan* plan, Py_ssize_t item, TileExtent* extent) noexcept nogil:
    """Find the first tap of an item of the kernel; false if there is no such item."""
    cdef const TileAxis* axis
    cdef Py_ssize_t i, a
    for i in range(plan.axes - 1, -1, -1):
        a = plan.order[i]
        axis = &plan.axis[a]
        extent.origin[a] = 0
        extent.samples[a] = axis.taps
        if axis.kernel != NONE and not axis.is_window:
            extent.origin[a] = item % axis.blocks * axis.block_outputs
            item //= axis.blocks
    return item == 0


cdef void choose_spectrum(
    const Plan* plan, const Job* job, Py_ssize_t batch, Py_ssize_t number, Work* work
) noexcept nogil:
    """Find the spectrum, and the step response, for the first kernel of a batch."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t groups = (program.period + program.lanes - 1) // program.lanes
    cdef Py_ssize_t tiles = 1, item, a
    for a in range(plan.axes):
        if plan.axis[a].kernel == NONE or plan.axis[a].is_window:
            tiles *= job.blocks[a].number * plan.axis[a].phases
    # items are counted by groups of lanes, or by so many tiles that share a kernel
    item = batch % groups if program.per_lane and program.lanes > 1 else number // tiles
    item *= program.filters * program.channels
    work.spectrum = <real*>job.spectra + item * (program.spectrum + program.responses)
    work.mean.step_response = NULL
    if program.responses:
        work.mean.step_response = work.spectrum + program.spectrum


cdef void transform_items(
    const Plan* plan, const Signal* kernel, char* target, Py_ssize_t items, Work* work
) noexcept nogil:
    """Store the spectra of all items of a kernel, and their step responses."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t lanes = program.lanes if program.per_lane else 1, parts = 1, part, lane
    cdef Py_ssize_t size = program.spectrum + program.responses
    cdef TileExtent extent
    size *= sizeof(float) if program.narrow else sizeof(real)
    if program.narrow and lanes > 1:
        # vectors that one of single precision is made of
        parts = program.narrow
    work.begin, work.end = 0, program.steps
    clear_padding(plan, work)
    for part in range(items * parts):
        clear_means(plan, work)
        for lane in range(program.lanes):
            if lane < lanes and locate_kernel(plan, part * lanes + lane, &extent):
                pack_tile(plan, kernel, &extent, lane, work)
            else:
                clear_lane(plan, lane, work)
        work.spectrum = <real*>(target + part // parts * size)
        work.vectors = part % parts
        compute_tile(plan, 0, program.parts, TRANSFORM_KERNEL, work)
        if work.poll.outcome != DONE:
            return
    if program.responses:
        # the memory of the tile is free again
        respond_to_ones(plan, &kernel.source, target, size, work.tile)


cdef void store_spectrum(
    const Plan* plan, const real* x, Py_ssize_t pitch, Py_ssize_t points, Work* work
) noexcept nogil:
    """Store the spectrum of a column, or of a panel, over the points of a tile."""
    cdef vec scale = broadcast(plan.scale)
    cdef real* spectrum = work.spectrum
    cdef Py_ssize_t _p
    if plan.program.narrow:
        store_single(plan, x, pitch, points, work)
        return
    for _p in range(points):
        if plan.program.per_lane:
            store(spectrum, scale * load(x))
            store(spectrum + LANES, scale * load(x + LANES))
            spectrum += 2 * LANES
        else:
            spectrum[0] = plan.scale * x[0]
            spectrum[1] = plan.scale * x[LANES]
            spectrum += 2
        x += pitch


cdef void store_single(
    const Plan* plan, const real* x, Py_ssize_t pitch, Py_ssize_t points, Work* work
) noexcept nogil:
    """Store it in single precision, in the order that panels of that precision have."""
    cdef Py_ssize_t lanes = LANES if plan.program.per_lane else 1, lane, _p
    cdef Py_ssize_t wide = plan.program.narrow * lanes if plan.program.per_lane else 1
    cdef float* spectrum = <float*>work.spectrum
    spectrum += work.vectors * lanes // wide * wide * 2 * points + work.vectors * lanes % wide
    for _p in range(points):
        for lane in range(lanes):
            spectrum[lane] = <float>(plan.scale * x[lane])
            spectrum[wide + lane] = <float>(plan.scale * x[LANES + lane])
        spectrum += 2 * wide
        x += pitch
    work.vectors += plan.program.per_lane


cdef bint has_one_row(const Plan* plan) noexcept nogil:
    """Whether a kernel has taps along the last transformed axis only."""
    cdef Py_ssize_t a
    for a in range(plan.axes):
        if a != plan.program.last and plan.axis[a].is_window and plan.axis[a].taps > 1:
            return False
    return True


cdef Py_ssize_t response_reals(const Plan* plan) noexcept nogil:
    """Reals that the computation of step responses needs.

    They are sums of all rows of taps, the errors of these sums, and a row of taps. One row
    is its own sum, without errors.
    """
    cdef Py_ssize_t taps = plan.axis[plan.program.last].taps
    if not plan.program.responses:
        return 0
    return taps if has_one_row(plan) else 3 * taps


cdef void respond_to_ones(
    const Plan* plan, const Source* kernel, char* target, Py_ssize_t size, real* sums
) noexcept nogil:
    """Store the response of each item of a kernel to a tile of ones, by position.

    `sums`: memory for `response_reals`.
    """
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t item, lane
    target += program.spectrum * (sizeof(float) if program.narrow else sizeof(real))
    for item in range(program.items):
        for lane in range(program.response_lanes):
            respond_lane(plan, kernel, item, lane, target, sums)
        target += size


cdef void respond_lane(
    const Plan* plan, const Source* kernel, Py_ssize_t item, Py_ssize_t lane, char* target,
    real* sums,
) noexcept nogil:
    """Store the response of one kernel, which a lane or a column has."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t taps = plan.axis[program.last].taps, n
    cdef Py_ssize_t positions = program.responses // program.response_lanes
    cdef real* errors = NULL if has_one_row(plan) else sums + taps
    cdef const char* first = NULL
    cdef Compensated total, running
    cdef int plane
    cdef bint found = locate_lane(plan, kernel, item, lane, &first)
    for plane in range(program.planes):
        if found and plane < kernel.planes:
            sum_rows(plan, kernel, first + plane * kernel.part, sums, errors)
        else:
            memset(sums, 0, taps * sizeof(real))
            if errors != NULL:
                memset(errors, 0, taps * sizeof(real))
        total = sum_taps(sums, errors, taps)
        if program.planes == 2:
            # a tile's end meets its beginning: the response is the same everywhere
            running.sum = total.sum + total.error
            if plane and kernel.conjugated:
                running.sum = -running.sum
            store_response(plan, target, plane, lane, running.sum)
            continue
        running.sum = running.error = 0
        for n in range(positions):
            if n < taps:
                running = add_exactly(running, sums[n])
                if errors != NULL:
                    running.error += errors[n]
                store_response(
                    plan, target, n, lane,
                    (2 * running.sum - total.sum) + (2 * running.error - total.error),
                )
            else:
                store_response(plan, target, n, lane, total.sum + total.error)


cdef void store_response(
    const Plan* plan, char* target, Py_ssize_t position, Py_ssize_t lane, real value
) noexcept nogil:
    cdef Py_ssize_t i = position * plan.program.response_lanes + lane
    if plan.program.narrow:
        (<float*>target)[i] = <float>value
    else:
        (<real*>target)[i] = value


cdef bint locate_lane(
    const Plan* plan, const Source* kernel, Py_ssize_t item, Py_ssize_t lane, const char** first
) noexcept nogil:
    """Find the first tap of a lane's kernel; false if there is no such kernel."""
    cdef const TileProgram* program = plan.program
    cdef const TileAxis* axis = &plan.axis[plan.axes - 1]
    cdef TileExtent extent
    cdef Py_ssize_t a
    cdef bint columns = not program.panels
    first[0] = kernel.data
    if not locate_kernel(
        plan, item if columns else item * program.response_lanes + lane, &extent
    ):
        return False
    for a in range(plan.axes):
        first[0] += extent.origin[a] * kernel.axis[a].stride
    if columns and program.response_lanes > 1:
        first[0] += lane * kernel.axis[plan.axes - 1].stride
        return extent.origin[plan.axes - 1] + lane < axis.taps
    return True


cdef void sum_rows(
    const Plan* plan, const Source* kernel, const char* first, real* sums, real* errors
) noexcept nogil:
    """Add up the rows of taps along all window axes but the last transformed one.

    `errors` are those of the sums, and NULL if there is one row. A row is read behind them.
    """
    cdef Py_ssize_t last = plan.program.last, taps = plan.axis[last].taps, changed = 0, a
    cdef const TileAxis* axis
    cdef Odometer odometer
    cdef const char* taps_at[MOST_AXES + 1]         # up to each axis
    cdef real* row = sums
    if errors != NULL:
        row = errors + taps
        memset(sums, 0, taps * sizeof(real))
        memset(errors, 0, taps * sizeof(real))
    start(&odometer, plan.axes)
    for a in range(plan.axes):
        axis = &plan.axis[a]
        odometer.count[a] = 1
        if a != last and axis.is_window and axis.kernel != NONE:
            odometer.count[a] = axis.taps
    taps_at[0] = first
    while changed != NONE:
        for a in range(changed, plan.axes):
            taps_at[a + 1] = taps_at[a] + odometer.index[a] * kernel.axis[a].stride
        read_samples(
            kernel.element, kernel.swapped, &kernel.digit, row, 1, taps_at[plan.axes],
            kernel.axis[last].stride, taps,
        )
        if errors != NULL:
            add_taps(sums, errors, row, taps)
        changed = advance(&odometer)
