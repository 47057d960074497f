# Samples and spectra are fetched into the caches before they are needed.

cdef enum:
    ROWS_AHEAD = 3          # rows from the one that is packed or stored to one prefetched


cdef void plan_prefetch(
    const Plan* plan, const Signal* signal, const TileExtent* extent, Prefetch* prefetch
) noexcept nogil:
    """Find the rows that a tile reads: panels of the tile before it prefetch them."""
    cdef const TileAxis* axis
    cdef Py_ssize_t a, stride, step, first, beyond, number, points = 1
    prefetch.row = signal.source.data
    prefetch.rows = prefetch.planes_left = 1
    prefetch.row_stride = prefetch.plane_stride = 0
    for a in range(plan.axes):
        axis = &plan.axis[a]
        step, stride = signal.source.axis[a].step, signal.source.axis[a].stride
        first = max(0, extent.origin[a])
        beyond = min(extent.samples[a], extent.origin[a] + step * (axis.points + axis.half))
        number = max(0, (beyond - first + step - 1) // step)
        prefetch.row += first * stride
        points *= axis.points
        if a == plan.axes - 1:
            prefetch.bytes = number * stride
        elif a == plan.axes - 2:
            prefetch.rows, prefetch.row_stride = number, step * stride
        elif a == plan.axes - 3:
            prefetch.planes_left, prefetch.plane_stride = number, step * stride
    prefetch.plane_stride -= prefetch.rows * prefetch.row_stride
    prefetch.rows_left = prefetch.rows
    prefetch.points = 0
    if not (signal.contiguous or signal.pairs) or prefetch.rows * prefetch.planes_left == 0:
        prefetch.planes_left = 0
        return
    # a panel holds LANES times the points that it counts
    prefetch.interval = max(1, points // LANES // (prefetch.rows * prefetch.planes_left))


cdef void prefetch_batch(
    const Plan* plan, const Job* job, Py_ssize_t batch, const TileExtent* extent, Work* work
) noexcept nogil:
    """Let the samples of a batch be fetched while the batch before it is computed.

    `extent` is that of the earlier batch's first tile.
    """
    cdef TileExtent next_extent
    cdef Py_ssize_t a
    locate_tile(plan, job, first_tile(plan.program, batch), &next_extent)
    if plan.program.lanes == 1:
        plan_prefetch(plan, &job.signal, &next_extent, &work.prefetch)
    elif job.signal.contiguous:
        for a in range(plan.axes):
            work.lanes.next_samples += (
                (next_extent.origin[a] - extent.origin[a]) * job.signal.source.axis[a].stride
            )


cdef void prefetch_rows(Prefetch* prefetch, Py_ssize_t points) noexcept nogil:
    """Fetch the rows that are due after so many more points."""
    cdef Py_ssize_t i
    prefetch.points += points
    while prefetch.planes_left > 0 and prefetch.points > 0:
        prefetch.points -= prefetch.interval
        for i from 0 <= i < prefetch.bytes + CACHE_LINE - 1 by CACHE_LINE:
            prefetch_for_later(prefetch.row + i)
        prefetch.row += prefetch.row_stride
        prefetch.rows_left -= 1
        if prefetch.rows_left == 0:
            prefetch.row += prefetch.plane_stride
            prefetch.rows_left = prefetch.rows
            prefetch.planes_left -= 1


cdef Py_ssize_t bytes_to_next_row(
    const Plan* plan, Py_ssize_t point, Py_ssize_t stride
) noexcept nogil:
    """Bytes to a row that is needed soon, where rows of the early axis come in turn.

    That axis is the one before the last; `stride` bytes lie between its points.
    """
    cdef Py_ssize_t points = plan.axis[plan.program.early].points
    cdef Py_ssize_t later = point + ROWS_AHEAD * plan.program.steps
    while later >= points:
        later -= points - 1
    return (later - point) * stride


cdef inline void prefetch_square(
    const TileProgram* program, const Work* work, Py_ssize_t points, Py_ssize_t p
) noexcept nogil:
    """Fetch the spectrum of LANES points of a panel, from `p` on, and the samples that
    stand there in the lanes of the next batch."""
    # inline: compilers drop calls of a function that seems to do nothing
    cdef Py_ssize_t line = CACHE_LINE // <Py_ssize_t>sizeof(real), q
    cdef const char* sample
    if program.prefetches_spectrum:
        for q from 0 <= q < 2 * LANES * LANES by line:
            prefetch_for_later(work.spectrum + 2 * LANES * p + q)
    if work.lanes.next_samples == 0 or p % line:
        return
    for q in range(<Py_ssize_t>LANES):
        sample = <const char*>(work.lanes.samples[q] + p) + work.lanes.next_samples
        prefetch_for_later(sample)
        prefetch_for_later(sample + points * <Py_ssize_t>sizeof(real))
