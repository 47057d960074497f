# Filters that share a signal, and channels that are summed.
#
# Each tile of the signal, of each channel, is transformed once. For each filter, the products
# of its spectra with those of the channels are summed point by point, and transformed back.
# Points are stored in the order in which they are computed.


cdef void filter_batch(
    const Plan* plan, const Job* job, Py_ssize_t batch, Py_ssize_t number, Py_ssize_t lanes,
    TileExtent* extents, Work* work,
) noexcept nogil:
    """Compute a batch of tiles, from tile `number` on, for all filters."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t size = program.spectrum + program.responses, filter, channel, lane
    cdef real* transformed = work.transformed
    cdef const real* spectra
    choose_spectrum(plan, job, batch, number, work)
    spectra = work.spectrum
    for lane in range(lanes):
        locate_tile(plan, job, number + lane, &extents[lane])
    for channel in range(program.channels):
        work.transformed = transformed + channel * program.transformed
        clear_means(plan, work)
        for lane in range(program.lanes):
            if lane < lanes:
                if channel:
                    extents[lane].origin[program.channel_axis] = channel
                pack_tile(plan, &job.signal, &extents[lane], lane, work)
            else:
                clear_lane(plan, lane, work)
        compute_tile(plan, 0, program.parts, TRANSFORM_SIGNAL, work)
    for filter in range(program.filters):
        if work.poll.outcome != DONE:
            break
        work.transformed = transformed
        work.spectrum = <real*>spectra + filter * program.channels * size
        if program.responses:
            work.mean.step_response = work.spectrum + program.spectrum
            respond_to_means(plan, work)
        for lane in range(lanes):
            if program.filter_axis != NONE:
                extents[lane].outputs[program.filter_axis] = 1
            if filter:
                extents[lane].output += job.output.stride[program.filter_axis]
        find_direct(plan, job, extents, lanes, work)
        compute_tile(plan, 0, program.parts, FILTER, work)
        for lane in range(lanes):
            store_tile(plan, job, &extents[lane], lane, work)
            if not extents[lane].finite:
                job.nonfinite[number + lane] = 1
    work.transformed = transformed


cdef void store_transformed(
    const real* x, Py_ssize_t pitch, Py_ssize_t points, Work* work
) noexcept nogil:
    """Store the transform of a column, or of a panel."""
    cdef Py_ssize_t _p
    for _p in range(points):
        store(work.transformed, load(x))
        store(work.transformed + LANES, load(x + LANES))
        work.transformed += 2 * LANES
        x += pitch


cdef void filter_points(
    const Plan* plan, real* x, Py_ssize_t pitch, Py_ssize_t points, Work* work
) noexcept nogil:
    """Sum the products of the next points of all channels with their spectra."""
    if plan.program.per_lane:
        sum_products(plan, x, pitch, points, True, work)
    else:
        sum_products(plan, x, pitch, points, False, work)
    work.transformed += 2 * LANES * points


cdef inline void sum_products(
    const Plan* plan, real* x, Py_ssize_t pitch, Py_ssize_t points, bint per_lane,
    const Work* work,
) noexcept nogil:
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t step = 2 * LANES if per_lane else 2, channel, p
    cdef const real* samples
    cdef const real* spectrum
    cdef vec re, im, tap_re, tap_im
    for p in range(points):
        samples = work.transformed + 2 * LANES * p
        spectrum = work.spectrum + step * p
        re = im = broadcast(<real>0)
        for channel in range(program.channels):
            if per_lane:
                tap_re, tap_im = load(spectrum), load(spectrum + LANES)
            else:
                tap_re, tap_im = broadcast(spectrum[0]), broadcast(spectrum[1])
            re = re + load(samples) * tap_re - load(samples + LANES) * tap_im
            im = im + load(samples) * tap_im + load(samples + LANES) * tap_re
            samples += program.transformed
            spectrum += program.spectrum + program.responses
        store(x + p * pitch, re)
        store(x + p * pitch + LANES, im)
