# Outputs of a tile: points of its rows that nothing has wrapped around into.

cdef struct OutputPointers:                 # of one row of a tile
    char* output                            # first output of the row
    real* x                                 # first point of the row
    Py_ssize_t along                        # positions of the last axis before the row
    int part                                # 1: outputs are the imaginary parts
    bint adding


cdef void find_direct(
    const Plan* plan, const Job* job, const TileExtent* extents, Py_ssize_t lanes, Work* work
) noexcept nogil:
    """Find the outputs of a batch that panels can store without going through rows."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t last = plan.axes - 1, first = extents[0].first[last], lane
    cdef const TileAxis* axis = &plan.axis[last]
    work.lanes.direct = work.lanes.behind_direct = 0
    if (
        lanes < LANES or program.lanes == 1 or program.planes == 2
        or program.storing != SAME or program.integer or axis.stride > 1
        or axis.phases * job.output.stride[last] != <Py_ssize_t>sizeof(real)
    ):
        return
    work.lanes.behind_direct = first + extents[0].outputs[last]
    for lane in range(lanes):
        work.lanes.output[lane] = <real*>extents[lane].output
        work.lanes.behind_direct = min(
            work.lanes.behind_direct, first + extents[lane].outputs[last]
        )
    work.lanes.direct = (first + LANES - 1) // LANES * LANES
    work.lanes.behind_direct = work.lanes.behind_direct // LANES * LANES


cdef void store_tile(
    const Plan* plan, const Job* job, TileExtent* extent, Py_ssize_t lane, Work* work
) noexcept nogil:
    """Store the outputs of a tile, or of one lane."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t p
    cdef real* x = work.tile + lane * program.row
    work.next_row = job.next_row
    if work.lanes.direct < work.lanes.behind_direct:
        store_ends(plan, job, extent, lane, x, work)
    elif program.early == NONE:
        store_rows(plan, job, extent, 0, x, work)
    else:
        for p in range(work.begin, work.end):
            run_early_passes(plan, x + p * plan.axis[program.early].pitch, True, work)
            store_rows(plan, job, extent, p, x, work)


cdef void store_ends(
    const Plan* plan, const Job* job, TileExtent* extent, Py_ssize_t lane, const real* x,
    Work* work,
) noexcept nogil:
    """Store the outputs of a lane that panels have not stored."""
    cdef const TileAxis* axis = &plan.axis[plan.axes - 1]
    cdef Py_ssize_t skipped = axis.first_output, count = extent.outputs[plan.axes - 1]
    cdef Py_ssize_t position, first, last
    extent.finite = work.lanes.nonfinite_sum[lane] == 0
    for position from 0 <= position < 2 * axis.points by axis.points:
        first, last = max(0, position - skipped), min(position + axis.points - skipped, count)
        store_outputs(
            plan, job, extent, extent.output, position, x, first,
            min(last, work.lanes.direct - skipped), False, False, work,
        )
        store_outputs(
            plan, job, extent, extent.output, position, x,
            max(first, work.lanes.behind_direct - skipped), last, False, False, work,
        )
        x += LANES


cdef void store_rows(
    const Plan* plan, const Job* job, TileExtent* extent, Py_ssize_t first, real* x, Work* work
) noexcept nogil:
    """Store rows of a tile: along the early axis those of point `first` of each block."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t last = plan.axes - 1, changed = 0, a
    cdef Odometer odometer
    cdef OutputPointers rows[MOST_AXES + 1]         # up to each axis
    start(&odometer, last)
    for a in range(last):
        odometer.count[a] = extent.outputs[a]
        if a == program.early:
            odometer.count[a] = program.parts
        elif plan.axis[a].along:
            odometer.count[a] = plan.axis[a].points
        if odometer.count[a] <= 0:
            return
    rows[0].output, rows[0].x, rows[0].along = extent.output, x, 0
    rows[0].part, rows[0].adding = 0, job.output.adding
    while changed != NONE and work.poll.outcome == DONE:
        for a in range(changed, last):
            if not step_to_outputs(
                plan, job, extent, a, first, odometer.index[a], &rows[a], &rows[a + 1], work
            ):
                # no outputs there
                changed = skip(&odometer, a)
                break
        else:
            store_row(plan, job, extent, &rows[last], work)
            changed = advance(&odometer)


cdef bint step_to_outputs(
    const Plan* plan, const Job* job, const TileExtent* extent, Py_ssize_t a, Py_ssize_t first,
    Py_ssize_t index, const OutputPointers* before, OutputPointers* row, Work* work,
) noexcept nogil:
    """Find the row at an index of axis `a`; false if that row has no outputs."""
    cdef const TileProgram* program = plan.program
    cdef const TileAxis* axis = &plan.axis[a]
    cdef Py_ssize_t stride = axis.phases * job.output.stride[a], p = index, output = index
    row[0] = before[0]
    if a == program.early:
        p = first + program.steps * index
        output = p - extent.first[a]
        if axis.stride > 1:
            output //= axis.stride
        if a == plan.axes - 2:
            work.next_row = bytes_to_next_row(plan, p, stride // axis.stride)
    if axis.along:
        row.along += p * axis.along
        row.x += p * axis.pitch
        return True
    if a == program.early:
        if (
            p < extent.first[a] or output >= extent.outputs[a]
            or p != extent.first[a] + output * axis.stride
        ):
            return False
    else:
        p = extent.first[a] + axis.stride * output
        if work.mean.subtracted and a == program.last and program.planes == 1:
            respond_at(plan, p, work)
    row.output += output * stride
    row.adding = before.adding or holds_sums(extent, a, p)
    if a != program.early and p >= axis.points:
        row.part = 1
        p -= axis.half
    row.x += p * axis.pitch
    return True


cdef void store_row(
    const Plan* plan, const Job* job, TileExtent* extent, const OutputPointers* row, Work* work
) noexcept nogil:
    """Store the outputs of one row of a tile."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t half = plan.axis[plan.axes - 1].half
    cdef Py_ssize_t part = sizeof(float) if program.storing == SINGLE else sizeof(real)
    if program.planes == 2:
        store_parts(plan, job, extent, row, row.output, row.along, row.x, False, work)
        if not stores_pairs(plan, job):
            store_parts(
                plan, job, extent, row, row.output + part, row.along, row.x + LANES, True, work
            )
    elif half:
        store_parts(plan, job, extent, row, row.output, row.along, row.x, False, work)
        store_parts(
            plan, job, extent, row, row.output, row.along + half, row.x + LANES, False, work
        )
    else:
        store_parts(
            plan, job, extent, row, row.output, row.along, row.x + row.part * LANES, False, work
        )


cdef bint stores_pairs(const Plan* plan, const Job* job) noexcept nogil:
    """Whether real and imaginary parts are stored together."""
    cdef Py_ssize_t last = plan.axes - 1
    cdef const TileAxis* axis = &plan.axis[last]
    return (
        plan.program.planes == 2 and plan.program.storing == SAME and axis.stride == 1
        and axis.phases * job.output.stride[last] == 2 * <Py_ssize_t>sizeof(real)
    )


cdef void store_parts(
    const Plan* plan, const Job* job, TileExtent* extent, const OutputPointers* row,
    char* output, Py_ssize_t position, const real* x, bint imaginary, Work* work,
) noexcept nogil:
    """Store the real, or imaginary, parts of a row that are outputs.

    `position` is that of the row's first part.
    """
    cdef Py_ssize_t a = plan.axes - 1, stride = plan.axis[a].stride
    cdef Py_ssize_t skipped = extent.first[a], points = plan.axis[a].points
    cdef Py_ssize_t first = max(0, position - skipped), stored, added
    cdef Py_ssize_t last = max(0, position + points - skipped)
    count_work(&work.poll, points // LANES)
    if stride > 1:
        first = (first + stride - 1) // stride
        last = (last + stride - 1) // stride
    last = min(extent.outputs[a], last)
    stored = max(first, min(extent.stored[a] - skipped, last))
    added = max(stored, min(extent.added[a] - skipped, last))
    if first < stored:
        store_outputs(
            plan, job, extent, output, position, x, first, stored, True, imaginary, work
        )
    if stored < added:
        store_outputs(
            plan, job, extent, output, position, x, stored, added, row.adding, imaginary, work
        )
    if added < last:
        store_outputs(
            plan, job, extent, output, position, x, added, last, True, imaginary, work
        )


cdef void store_outputs(
    const Plan* plan, const Job* job, TileExtent* extent, char* output, Py_ssize_t position,
    const real* x, Py_ssize_t first, Py_ssize_t last, bint adding, bint imaginary, Work* work,
) noexcept nogil:
    """Store, or add, outputs `first` to `last` - 1 of a row."""
    cdef const TileProgram* program = plan.program
    cdef const TileAxis* axis = &plan.axis[plan.axes - 1]
    cdef Py_ssize_t stride = axis.stride, count = last - first, i
    cdef Py_ssize_t bytes = axis.phases * job.output.stride[plan.axes - 1]
    cdef Py_ssize_t p = extent.first[plan.axes - 1] + first * stride, lane = p % LANES
    cdef bint plain, pairs, streaming
    cdef real* buffer = work.line
    cdef real* held = buffer + program.line
    # the response to the mean is this, times a factor
    cdef const real* response = NULL
    cdef const real* imaginary_response = NULL
    cdef vec factor = broadcast(<real>1)
    if count <= 0:
        return
    if work.mean.subtracted and program.lanes == 1:
        response = work.mean.response
        if imaginary:
            response = work.mean.imaginary_response
        elif program.panels and program.planes == 1 and position < program.responses:
            response, factor = work.mean.step_response + position, broadcast(work.mean.re[0])
        elif program.panels and program.planes == 1:
            # beyond the taps the response is the same everywhere
            response = work.mean.re
            factor = broadcast(work.mean.step_response[program.responses - 1])
        response += p - position - lane
    output += first * bytes
    x += 2 * (p - position - lane)
    plain = (
        bytes == <Py_ssize_t>sizeof(real) and stride == 1 and count >= LANES
        and program.storing == SAME and not program.integer
    )
    pairs = stores_pairs(plan, job)
    streaming = (plain or pairs) and program.streams and not adding
    if <Py_ssize_t>output % <Py_ssize_t>sizeof(real):
        # no cache line begins where a number does
        streaming = False
    if job.next_row and streaming:
        # cache lines that two runs share
        prefetch_to_write(output + work.next_row)
        prefetch_to_write(output + work.next_row + count * bytes - 1)
    elif job.next_row:
        for i from 0 <= i < count * bytes by CACHE_LINE:
            prefetch_to_write(output + work.next_row + i)
    if pairs:
        if response != NULL:
            imaginary_response = work.mean.imaginary_response + p - position - lane
        extent.finite &= store_complex(
            <real*>output, x, lane, count, adding, streaming, response, imaginary_response,
            buffer,
        )
        return
    if plain and response == NULL:
        extent.finite &= store_vectors(
            <real*>output, x, lane, count, adding, streaming, NULL, factor, buffer
        )
        return
    if plain:
        extent.finite &= store_vectors(
            <real*>output, x, lane, count, adding, streaming, response, factor, buffer
        )
        return
    for i from 0 <= i < lane + (count - 1) * stride + 1 by LANES:
        store(buffer + i, part_of_row(x, i, response, factor))
    buffer += lane
    for i in range(count):
        extent.finite &= is_finite(buffer[i * stride])
        if program.storing == TRUTH:
            buffer[i * stride] = <real>rint(<double>buffer[i * stride])
    store_samples(&job.output, adding, output, bytes, buffer, stride, count, held)
