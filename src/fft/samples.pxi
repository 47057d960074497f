# Samples of a tile: packed as points, of which each has a real and an imaginary part.
#
# The two halves of an axis of real samples are the real and the imaginary parts of its
# points; the parts of complex samples are those of their own points.

cdef struct RowPointers:                    # of one row of a tile, in the signal
    const char* re                          # sample 0 of the row of real parts
    const char* im                          # the same for imaginary parts
    Py_ssize_t re_rank, im_rank             # of the constant that a row holds; NONE: samples
    Py_ssize_t along                        # positions of the last axis before the row


cdef void describe_signal(const Plan* plan, object array, object constants, Signal* signal):
    cdef const TileProgram* program = plan.program
    cdef const TileAxis* axis
    cdef Source* source = &signal.source
    cdef Py_ssize_t a, last = plan.axes - 1
    set_source(
        source, array, constants, program.signal_element, program.signal_swapped,
        program.signal_planes, program.signal_conjugated,
    )
    for a in range(plan.axes):
        axis = &plan.axis[a]
        set_source_axis(
            &source.axis[a], stride_of(array, axis.signal), axis.step, axis.boundary,
            axis.period, axis.mirror, axis.rank,
        )
    signal.next_row = 0
    if last:
        signal.next_row = ROWS_AHEAD * source.axis[last - 1].step * source.axis[last - 1].stride
    signal.contiguous = signal.pairs = (
        source.element == REAL_ELEMENT and not source.swapped
        and program.planes == source.planes
        and source.axis[last].step == 1
        and source.axis[last].stride == source.planes * source.part
    )
    signal.contiguous &= source.planes == 1
    signal.pairs &= source.planes == 2


cdef void pack_tile(
    const Plan* plan, const Signal* signal, const TileExtent* extent, Py_ssize_t lane,
    Work* work,
) noexcept nogil:
    """Fill the tile, or the row of one lane. A lane may be read where its samples lie."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t a, p, last = plan.axes - 1, position = extent.origin[last]
    cdef Py_ssize_t points = plan.axis[last].points
    cdef const Source* source = &signal.source
    cdef const char* samples = source.data
    cdef real* row = work.tile + lane * program.row
    if program.lanes == 1:
        work.next_row = signal.next_row
        find_means(plan, signal, extent, work)
        if program.early == NONE:
            pack_rows(plan, signal, extent, 0, work)
            return
        for p in range(work.begin, work.end):
            pack_rows(plan, signal, extent, p, work)
            run_early_passes(plan, work.tile + p * plan.axis[program.early].pitch, False, work)
        return
    for a in range(last):
        samples += extent.origin[a] * source.axis[a].stride
    work.lanes.samples[lane] = row
    if signal.contiguous and 0 <= position <= extent.samples[last] - 2 * points:
        work.lanes.samples[lane] = <const real*>samples + position
    elif program.planes == 1:
        read_row(plan, source, extent, position, samples, NONE, 0, row)
        position += source.axis[last].step * points
        read_row(plan, source, extent, position, samples, NONE, 0, row + points)
    else:
        read_complex(plan, signal, extent, position, samples, NONE, row, row + points)


cdef void clear_lane(const Plan* plan, Py_ssize_t lane, Work* work) noexcept nogil:
    """Fill the row of a lane that has no tile with zeros."""
    cdef real* row = work.tile + lane * plan.program.row
    memset(row, 0, plan.program.row * sizeof(real))
    work.lanes.samples[lane] = row


cdef void pack_rows(
    const Plan* plan, const Signal* signal, const TileExtent* extent, Py_ssize_t first,
    Work* work,
) noexcept nogil:
    """Fill rows of a tile: along the early axis those of point `first` of each block."""
    cdef const TileProgram* program = plan.program
    cdef Py_ssize_t last = plan.axes - 1, early = program.early, changed = 0, a, p
    cdef Odometer odometer
    # up to each axis
    cdef RowPointers rows[MOST_AXES + 1]
    cdef real* target[MOST_AXES + 1]
    start(&odometer, last)
    for a in range(last):
        odometer.count[a] = program.parts if a == early else plan.axis[a].points
    rows[0], target[0] = first_row(&signal.source), work.tile
    while changed != NONE and work.poll.outcome == DONE:
        for a in range(changed, last):
            p = odometer.index[a]
            if a == early:
                p = first + program.steps * p
                if a == last - 1:
                    work.next_row = bytes_to_next_row(
                        plan, p, signal.source.axis[a].step * signal.source.axis[a].stride
                    )
            rows[a + 1] = step_to(plan, &signal.source, extent, a, p, rows[a])
            target[a + 1] = target[a] + p * plan.axis[a].pitch
        pack_points(plan, signal, extent, rows[last], target[last], work)
        changed = advance(&odometer)


cdef RowPointers first_row(const Source* source) noexcept nogil:
    cdef RowPointers row
    row.re = row.im = source.data
    row.re_rank = row.im_rank = NONE
    row.along = 0
    return row


cdef RowPointers step_to(
    const Plan* plan, const Source* source, const TileExtent* extent, Py_ssize_t a,
    Py_ssize_t p, RowPointers row,
) noexcept nogil:
    """Find the row at point `p` of axis `a`."""
    cdef const TileAxis* axis = &plan.axis[a]
    cdef const SourceAxis* samples = &source.axis[a]
    cdef Py_ssize_t position = extent.origin[a] + samples.step * p, re, im
    if axis.along:
        row.along += p * axis.along
        return row
    re = im = fold(
        position, extent.samples[a], samples.boundary, samples.period, samples.mirror
    )
    if axis.half:
        im = fold(
            position + samples.step * axis.half, extent.samples[a], samples.boundary,
            samples.period, samples.mirror,
        )
    row.re += re * samples.stride
    row.im += im * samples.stride
    if re < 0:
        row.re_rank = max(row.re_rank, axis.rank)
    if im < 0:
        row.im_rank = max(row.im_rank, axis.rank)
    return row


cdef void pack_points(
    const Plan* plan, const Signal* signal, const TileExtent* extent, RowPointers row,
    real* target, Work* work,
) noexcept nogil:
    """Fill one row of a tile: a vector of real, then one of imaginary parts in turn."""
    cdef const TileProgram* program = plan.program
    cdef const Source* source = &signal.source
    cdef Py_ssize_t a = plan.axes - 1, count = plan.axis[a].points, i, p
    cdef int k
    cdef Py_ssize_t position = extent.origin[a] + source.axis[a].step * row.along
    cdef Py_ssize_t last_inside = extent.samples[a] - count
    cdef real* buffer = work.line
    cdef real* imaginary_buffer = buffer + program.line
    cdef const real* re_samples = buffer
    cdef const real* im_samples = imaginary_buffer
    # samples of a row that is needed soon; a prefetch of the buffers does no harm
    cdef const char* next_re = <const char*>buffer
    cdef const char* next_im = <const char*>imaginary_buffer
    cdef vec re[2]
    cdef vec im[2]
    count_work(&work.poll, count // LANES)
    if signal.contiguous and row.re_rank == NONE:
        next_re = <const char*>(<const real*>row.re + position) + work.next_row
    if signal.contiguous and row.re_rank == NONE and 0 <= position <= last_inside:
        re_samples = <const real*>row.re + position
    elif program.planes == 1:
        read_row(plan, source, extent, position, row.re, row.re_rank, 0, buffer)
    else:
        read_complex(
            plan, signal, extent, position, row.re, row.re_rank, buffer, imaginary_buffer
        )
        if signal.pairs and row.re_rank == NONE:
            next_re = <const char*>(<const real*>row.re + 2 * position) + work.next_row
            next_im = next_re + count * <Py_ssize_t>sizeof(real)
    if program.planes == 1:
        position += source.axis[a].step * plan.axis[a].half
        if signal.contiguous and row.im_rank == NONE:
            next_im = <const char*>(<const real*>row.im + position) + work.next_row
        if signal.contiguous and row.im_rank == NONE and 0 <= position <= last_inside:
            im_samples = <const real*>row.im + position
        else:
            read_row(plan, source, extent, position, row.im, row.im_rank, 0, imaginary_buffer)
    for i from 0 <= i < count by 2 * LANES:
        for k in range(2):
            # the last two once more, where their number is odd
            p = max(0, min(i + k * LANES, count - (2 - k) * LANES))
            prefetch_to_read(next_re + p * <Py_ssize_t>sizeof(real))
            prefetch_to_read(next_im + p * <Py_ssize_t>sizeof(real))
            re[k], im[k] = load(re_samples + p), load(im_samples + p)
            store(target + 2 * p, re[k] - load(work.mean.re + p))
            store(target + 2 * p + LANES, im[k] - load(work.mean.im + p))


cdef void read_complex(
    const Plan* plan, const Signal* signal, const TileExtent* extent, Py_ssize_t position,
    const char* row, Py_ssize_t rank, real* re_buffer, real* im_buffer,
) noexcept nogil:
    """Read real and imaginary parts of complex samples from a position on."""
    cdef Py_ssize_t last = plan.axes - 1, count = plan.axis[last].points, i
    cdef const Source* source = &signal.source
    cdef const real* pairs = <const real*>row + 2 * position
    cdef bint inside = 0 <= position <= extent.samples[last] - count
    cdef vec re, im
    if signal.pairs and inside and rank == NONE:
        for i from 0 <= i < count by LANES:
            load_pairs(pairs + 2 * i, &re, &im)
            store(re_buffer + i, re)
            store(im_buffer + i, im)
    else:
        read_row(plan, source, extent, position, row, rank, 0, re_buffer)
        if source.planes == 1:
            memset(im_buffer, 0, count * sizeof(real))
            return
        read_row(plan, source, extent, position, row, rank, 1, im_buffer)
    if source.conjugated:
        for i from 0 <= i < count by LANES:
            store(im_buffer + i, -load(im_buffer + i))


cdef void read_row(
    const Plan* plan, const Source* source, const TileExtent* extent, Py_ssize_t position,
    const char* row, Py_ssize_t rank, int plane, real* buffer,
) noexcept nogil:
    """Read the samples of a row from a position on."""
    cdef Py_ssize_t last = plan.axes - 1, samples = extent.samples[last]
    cdef const SourceAxis* axis = &source.axis[last]
    cdef Span span = find_span(position, axis.step, plan.axis[last].points, samples)
    cdef Channels one
    one.count = one.pitch = 1
    one.stride = 0
    one.contiguous = False
    pack_row(source, axis, samples, &span, row, rank, plane, &source.digit, one, buffer)
