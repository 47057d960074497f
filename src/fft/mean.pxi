# The mean of a tile's samples, subtracted before the transform.
#
# A transform spreads the rounding of a constant over all outputs of a tile. So the mean, or
# zero if the samples have no common sign, is subtracted while samples are packed, and the
# kernel's exact response to it, the mean times the response to ones, is added while outputs
# are stored. Each lane and each column has a mean of its own.

cdef enum:
    SAMPLED_ROWS = 8        # rows of a tile that its mean is estimated from
    SAMPLES_PER_ROW = 16    # samples of each, about


cdef void clear_means(const Plan* plan, Work* work) noexcept nogil:
    """Subtract nothing."""
    work.mean.subtracted = False
    memset(work.mean.re, 0, plan.means * sizeof(real))
    memset(work.mean.im, 0, plan.means * sizeof(real))


cdef void find_means(
    const Plan* plan, const Signal* signal, const TileExtent* extent, Work* work
) noexcept nogil:
    """Estimate the mean of a tile, or of each column, from a few rows.

    The means are zero unless they explain an eighth of the power of those samples.
    """
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t last = plan.axes - 1, count = plan.axis[last].points
    # a tile of one row has more samples in that row
    cdef Py_ssize_t a, i, s, p, position, step, rows = SAMPLED_ROWS if last else 1
    cdef Py_ssize_t seen = rows
    cdef Mean* mean = &work.mean
    cdef RowPointers row
    cdef real* re = work.line
    cdef real* im = re + program.line
    cdef double total = 0, im_total = 0, squares = 0, explained = 0, number = 0
    if mean.step_response == NULL:
        return
    if program.planes == 1:
        seen *= 2
    step = 1
    if program.panels:
        step = max(1, count * rows // (SAMPLES_PER_ROW * SAMPLED_ROWS))
    for s in range(rows):
        row = first_row(&signal.source)
        for a in range(last):
            # a different order along each axis
            p = (2 * (s * (2 * a + 1) % SAMPLED_ROWS) + 1) * plan.axis[a].points
            row = step_to(plan, &signal.source, extent, a, p // (2 * SAMPLED_ROWS), row)
        position = extent.origin[last] + signal.source.axis[last].step * row.along
        if program.planes == 2:
            read_complex(plan, signal, extent, position, row.re, row.re_rank, re, im)
        else:
            read_row(plan, &signal.source, extent, position, row.re, row.re_rank, 0, re)
            position += signal.source.axis[last].step * plan.axis[last].half
            read_row(plan, &signal.source, extent, position, row.im, row.im_rank, 0, im)
        for i from 0 <= i < count by step:
            squares += <double>re[i] * re[i]
            squares += <double>im[i] * im[i]
            mean.re[i] += re[i]
            mean.im[i] += im[i]
    for i from 0 <= i < count by step:
        number += seen
        total += mean.re[i]
        explained += <double>mean.re[i] * mean.re[i] / seen
        if program.planes == 2:
            im_total += mean.im[i]
            explained += <double>mean.im[i] * mean.im[i] / seen
    if program.panels:
        explained = (total * total + im_total * im_total) / number
    mean.subtracted = explained > squares / 8
    if not mean.subtracted:
        clear_means(plan, work)
        return
    for i in range(count):
        if program.panels:
            mean.re[i] = <real>(total / number)
        else:
            mean.re[i] /= seen
        if program.planes == 2:
            if program.panels:
                mean.im[i] = <real>(im_total / number)
            else:
                mean.im[i] /= seen
            respond_to_complex(plan, i, work)


cdef void respond_to_complex(const Plan* plan, Py_ssize_t i, Work* work) noexcept nogil:
    """Compute the kernel's response to a complex mean: it is the same at all positions."""
    cdef Mean* mean = &work.mean
    cdef real re = mean.re[i], im = mean.im[i]
    cdef Py_ssize_t responses = plan.program.response_lanes, lane = i if responses > 1 else 0
    cdef real sum_re = mean.step_response[lane], sum_im = mean.step_response[responses + lane]
    mean.response[i] = re * sum_re - im * sum_im
    mean.imaginary_response[i] = re * sum_im + im * sum_re


cdef void respond_to_means(const Plan* plan, Work* work) noexcept nogil:
    """Compute the responses of another kernel to the same complex means."""
    cdef Py_ssize_t count = LANES, i
    if work.mean.step_response == NULL or plan.program.planes == 1:
        return
    if plan.program.lanes == 1:
        count = plan.axis[plan.axes - 1].points
    for i in range(count):
        respond_to_complex(plan, i, work)


cdef void respond_at(const Plan* plan, Py_ssize_t position, Work* work) noexcept nogil:
    """Compute the response to the columns' means at one position."""
    cdef Py_ssize_t responses = plan.program.response_lanes, i
    cdef const real* step_response = work.mean.step_response + min(
        position * responses, plan.program.responses - responses
    )
    for i in range(plan.axis[plan.axes - 1].points):
        work.mean.response[i] = work.mean.re[i] * step_response[i if responses > 1 else 0]


cdef void subtract_lane_means(const Plan* plan, Sums* sums, Work* work) noexcept nogil:
    """Find the mean of each lane, and subtract it from the lane's points in the panel."""
    cdef Mean* mean = &work.mean
    cdef Py_ssize_t points = plan.axis[plan.axes - 1].points, seen = points
    cdef real squares[LANES]
    cdef real power
    cdef int lane
    if plan.program.planes == 1:
        seen *= 2
        sums.parts.re = sums.parts.im = sums.parts.re + sums.parts.im
    store(mean.re, sums.parts.re)
    store(mean.im, sums.parts.im)
    store(squares, sums.squares)
    for lane in range(<int>LANES):
        mean.re[lane] /= seen
        power = mean.re[lane] * mean.re[lane]
        if plan.program.planes == 2:
            mean.im[lane] /= seen
            power += mean.im[lane] * mean.im[lane]
        if power > squares[lane] / (4 * seen):
            mean.subtracted = True
        else:
            mean.re[lane] = mean.im[lane] = 0
        if plan.program.planes == 2:
            respond_to_complex(plan, lane, work)
    if mean.subtracted:
        add_to_points(work.panel, points, -load(mean.re), -load(mean.im))
