# The window of a block, and the taps of a chunk, as reals.

cdef enum:
    # phases of an axis from which on a window is filled slot by slot, not phase by phase
    MANY_PHASES = 32


cdef void pack_window(
    const Plan* plan, const Job* job, const Block* block, int plane, real* window
) noexcept nogil:
    """Fill one plane of the window, row by row: rows follow the inner axis."""
    cdef const DirectProgram* program = plan.program
    cdef const DirectAxis* axis
    cdef const SourceAxis* source
    cdef Py_ssize_t inner = program.inner_axis, changed = 0, a, phase, slot, sample
    cdef Odometer odometer
    # up to each axis: address, rank of the constant outside, place in the window
    cdef const char* row[MOST_AXES + 1]
    cdef Py_ssize_t rank[MOST_AXES + 1]
    cdef real* target[MOST_AXES + 1]
    # of the first phase, which is often the only one
    cdef Span span = find_columns(plan, job, block, 0)
    start(&odometer, inner)
    for a in range(inner):
        odometer.count[a] = plan.axis[a].phases * block.needed[a]
    row[0], rank[0], target[0] = job.signal.data, NONE, window
    while changed != NONE:
        for a in range(changed, inner):
            axis = &plan.axis[a]
            source = &job.signal.axis[a]
            phase, slot = 0, odometer.index[a]
            if axis.phases > 1:
                phase, slot = slot // block.needed[a], slot % block.needed[a]
            sample = fold(
                block.origin[a] + axis.step * axis.spread * phase + source.step * slot,
                axis.samples, axis.boundary, axis.period, axis.mirror,
            )
            row[a + 1] = row[a] + sample * source.stride
            rank[a + 1] = max(rank[a], axis.rank) if sample < 0 else rank[a]
            target[a + 1] = target[a] + (phase * axis.slots + slot) * axis.pitch
        pack_columns(plan, job, block, span, row[inner], rank[inner], plane, target[inner])
        changed = advance(&odometer)


cdef Span find_columns(
    const Plan* plan, const Job* job, const Block* block, Py_ssize_t phase
) noexcept nogil:
    """Find the slots of a phase of the inner axis that lie inside the signal."""
    cdef Py_ssize_t inner = plan.program.inner_axis
    cdef const DirectAxis* axis = &plan.axis[inner]
    return find_span(
        block.origin[inner] + axis.step * axis.spread * phase, job.signal.axis[inner].step,
        block.needed[inner], axis.samples,
    )


cdef void pack_columns(
    const Plan* plan, const Job* job, const Block* block, Span span, const char* row,
    Py_ssize_t rank, int plane, real* target,
) noexcept nogil:
    """Fill one row of the window: the inner axis and the flat axes behind it."""
    cdef const DirectProgram* program = plan.program
    cdef const DirectAxis* axis = &plan.axis[program.inner_axis]
    cdef Py_ssize_t phase, channel
    if axis.phases >= MANY_PHASES and program.channels == 1:
        pack_phases(plan, job, block, row, rank, plane, target)
        return
    for phase in range(axis.phases):
        if phase:
            span = find_columns(plan, job, block, phase)
        for channel from 0 <= channel < program.channels by job.channels.count:
            pack_row(
                &job.signal, &job.signal.axis[program.inner_axis], axis.samples, &span,
                row + channel_offset(plan, job, channel), rank, plane, NULL, job.channels,
                target + channel,
            )
        target += program.phase_pitch


cdef void pack_phases(
    const Plan* plan, const Job* job, const Block* block, const char* row, Py_ssize_t rank,
    int plane, real* target,
) noexcept nogil:
    """Fill one row of a window with many phases, slot by slot: samples are read in order."""
    cdef Py_ssize_t inner = plan.program.inner_axis, slot
    cdef const DirectAxis* axis = &plan.axis[inner]
    cdef const SourceAxis* source = &job.signal.axis[inner]
    cdef Channels phases
    cdef Span span
    phases.count, phases.stride, phases.pitch = 1, source.stride, plan.program.phase_pitch
    phases.contiguous = False
    for slot in range(block.needed[inner]):
        span = find_span(
            block.origin[inner] + source.step * slot, axis.step * axis.spread, axis.phases,
            axis.samples,
        )
        pack_row(
            &job.signal, source, axis.samples, &span, row, rank, plane, NULL, phases,
            target + slot,
        )


cdef Py_ssize_t channel_offset(
    const Plan* plan, const Job* job, Py_ssize_t channel
) noexcept nogil:
    """Bytes from the first to another sample behind the inner axis."""
    cdef Py_ssize_t a = plan.axes - 1, offset = 0
    while channel:
        offset += channel % plan.axis[a].outputs * job.signal.axis[a].stride
        channel //= plan.axis[a].outputs
        a -= 1
    return offset


cdef Py_ssize_t channels_in_run(const Plan* plan, const Py_ssize_t* stride) noexcept nogil:
    """How many samples behind the inner axis lie in one run: all, or 1."""
    cdef Py_ssize_t a, run = stride[plan.axes - 1]
    for a in range(plan.axes - 1, plan.program.inner_axis, -1):
        if stride[a] != run:
            return 1
        run *= plan.axis[a].outputs
    return plan.program.channels


cdef bint pack_taps(
    const Plan* plan, const Source* kernel, const char* first, const Chunk* chunk, real* taps,
    real* unordered,
) noexcept nogil:
    """Convert the taps of a chunk and put them in the order of its tap columns.

    `first` is the address of the kernel's first tap. `unordered` has room for the taps.
    Return false if a tap is not finite where the plan needs finite taps.
    """
    cdef const DirectProgram* program = plan.program
    cdef const Py_ssize_t* order = plan.order + chunk.table.first_tap
    cdef real nonfinite_sum = 0
    cdef Py_ssize_t i, a, count = chunk.table.taps
    cdef int plane
    for a in range(plan.axes):
        if plan.axis[a].is_window:
            first += chunk.tap[a] * kernel.axis[a].stride
    for plane in range(<int>program.kernel_planes):
        read_taps(plan, kernel, first, chunk.taps, plane, unordered)
        if program.finite_taps:
            nonfinite_sum += nonfinite_sum_of(unordered, count)
        for i in range(count):
            taps[plane * count + i] = unordered[order[i]]
        if program.planes == 2:
            for i in range(count):
                taps[(plane + 2) * count + i] = -taps[plane * count + i]
    return nonfinite_sum == 0


cdef real nonfinite_sum_of(const real* values, Py_ssize_t count) noexcept nogil:
    """Return 0 if all values are finite, else NaN."""
    cdef vec total = broadcast(<real>0), value
    cdef real lanes[LANES]
    cdef real nonfinite_sum = 0
    cdef Py_ssize_t i = 0
    while i + LANES <= count:
        value = load(values + i)
        total = total + (value - value)
        i += LANES
    store(lanes, total)
    for i in range(i, count):
        nonfinite_sum += values[i] - values[i]
    for i in range(LANES):
        nonfinite_sum += lanes[i]
    return nonfinite_sum


cdef void read_taps(
    const Plan* plan, const Source* kernel, const char* first, const Py_ssize_t* counts,
    int plane, real* taps,
) noexcept nogil:
    cdef Py_ssize_t last = plan.axes - 1, changed = 0, a, count = counts[last], stride
    cdef Odometer odometer
    cdef const char* row[MOST_AXES + 1]
    stride = plan.axis[last].tap_step * kernel.axis[last].stride
    # axes whose taps follow each other without a gap are one row
    while last and (
        counts[last - 1] == 1
        or plan.axis[last - 1].tap_step * kernel.axis[last - 1].stride == count * stride
        or count == 1
    ):
        last -= 1
        if count == 1:
            stride = plan.axis[last].tap_step * kernel.axis[last].stride
        count *= counts[last]
    start(&odometer, last)
    for a in range(last):
        odometer.count[a] = counts[a]
    row[0] = first + plane * kernel.part
    while changed != NONE:
        for a in range(changed, last):
            row[a + 1] = row[a] + (
                odometer.index[a] * plan.axis[a].tap_step * kernel.axis[a].stride
            )
        read_samples(
            kernel.element, kernel.swapped, NULL, taps, 1, row[last], stride, count
        )
        taps += count
        changed = advance(&odometer)
