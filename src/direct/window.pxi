# The window of a block, and the taps of a chunk, as reals.

cdef enum:
    # phases of an axis from which on a window is filled slot by slot, not phase by phase
    MANY_PHASES = 32
    # taps of a run below which a call of the converter takes longer than the taps
    FEW_TAPS = 32
    # runs of taps from one that is read to one that is prefetched
    RUNS_AHEAD = 8
    # rows from one that is packed, or stored, to the one that is prefetched with it
    ROWS_AHEAD = 4
    # bytes of a row up to which it is prefetched: the CPU itself prefetches most of a longer
    # one, but begins again with each page
    PREFETCHED_BYTES = 2048


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
        if inner:
            prefetch_columns(job, block, inner, row[inner])
        pack_columns(plan, job, block, span, row[inner], rank[inner], plane, target[inner])
        changed = advance(&odometer)


cdef inline void prefetch_columns(
    const Job* job, const Block* block, Py_ssize_t inner, const char* row
) noexcept nogil:
    """Prefetch the samples of a row that is packed soon, if rows are short."""
    cdef const SourceAxis* axis = &job.signal.axis[inner]
    cdef Py_ssize_t bytes = block.needed[inner] * axis.step * axis.stride, i
    if bytes > PREFETCHED_BYTES:
        return
    row += ROWS_AHEAD * job.signal.axis[inner - 1].stride + block.origin[inner] * axis.stride
    for i from 0 <= i < bytes by CACHE_LINE:
        prefetch_to_read(row + i)


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
    if has_whole_rows(plan):
        pack_whole_row(plan, job, block, row, rank, plane, target)
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


cdef inline bint has_whole_rows(const Plan* plan) noexcept nogil:
    """Whether rows are read whole before their positions are sorted into phases."""
    cdef const DirectAxis* axis = &plan.axis[plan.program.inner_axis]
    return (
        1 < axis.phases == axis.stride and axis.spread == 1 and axis.phases < MANY_PHASES
        and plan.program.channels == 1
    )


cdef void pack_whole_row(
    const Plan* plan, const Job* job, const Block* block, const char* row, Py_ssize_t rank,
    int plane, real* target,
) noexcept nogil:
    """Read one row of the window without gaps, then sort its positions into phases."""
    cdef Py_ssize_t inner = plan.program.inner_axis, pitch = plan.program.phase_pitch
    cdef const DirectAxis* axis = &plan.axis[inner]
    cdef Py_ssize_t slots = block.needed[inner], phases = axis.phases, slot = 0, phase
    cdef SourceAxis source = job.signal.axis[inner]
    cdef Span span = find_span(block.origin[inner], axis.step, phases * slots, axis.samples)
    cdef Channels channels = job.channels
    cdef const real* positions = block.row
    cdef vec even, odd
    source.step = axis.step
    channels.contiguous = (
        plan.program.signal_element == REAL_ELEMENT and not plan.program.signal_swapped
        and plan.program.signal_planes == 1 and axis.step * source.stride == sizeof(real)
    )
    pack_row(
        &job.signal, &source, axis.samples, &span, row, rank, plane, NULL, channels, block.row
    )
    if phases == 2:
        while slot + LANES <= slots:
            load_pairs(positions + 2 * slot, &even, &odd)
            store(target + slot, even)
            store(target + pitch + slot, odd)
            slot += LANES
    while slot < slots:
        for phase in range(phases):
            target[phase * pitch + slot] = positions[slot * phases + phase]
        slot += 1


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
        read_taps(plan, kernel, first, chunk.taps, plane, unordered, 1, 0, 0)
        for i in range(count):
            taps[plane * count + i] = unordered[order[i]]
        if program.finite_taps:
            nonfinite_sum += nonfinite_sum_of(taps + plane * count, count)
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
    int plane, real* taps, Py_ssize_t filters, Py_ssize_t filter_stride, Py_ssize_t pitch,
) noexcept nogil:
    """Convert the taps of filters, in C order.

    Those of a filter are `filter_stride` bytes behind those of the filter before it, and go
    `pitch` reals behind them. All filters are read run by run: they often share cache lines.
    Runs that lie far apart are prefetched.
    """
    cdef Py_ssize_t last = plan.axes - 1, changed = 0, a, count = counts[last], stride, f
    cdef Py_ssize_t ahead = 0
    cdef bint copies = kernel.element == REAL_ELEMENT and not kernel.swapped
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
    if filters > 1 and last:
        ahead = RUNS_AHEAD * plan.axis[last - 1].tap_step * kernel.axis[last - 1].stride
    while changed != NONE:
        for a in range(changed, last):
            row[a + 1] = row[a] + (
                odometer.index[a] * plan.axis[a].tap_step * kernel.axis[a].stride
            )
        for f in range(filters):
            if ahead:
                prefetch_to_read(row[last] + f * filter_stride + ahead)
            if copies and stride == -<Py_ssize_t>sizeof(real):
                copy_reversed(taps + f * pitch, row[last] + f * filter_stride, count)
            elif copies and count < FEW_TAPS:
                copy_few(taps + f * pitch, row[last] + f * filter_stride, stride, count)
            else:
                read_samples(
                    kernel.element, kernel.swapped, NULL, taps + f * pitch, 1,
                    row[last] + f * filter_stride, stride, count,
                )
        taps += count
        changed = advance(&odometer)


cdef inline void copy_few(
    real* target, const char* source, Py_ssize_t stride, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        target[i] = load_one(source + i * stride)


cdef inline void copy_reversed(
    real* target, const char* source, Py_ssize_t count
) noexcept nogil:
    """Copy reals that lie before one another."""
    cdef Py_ssize_t i = 0, size = sizeof(real)
    while i + LANES <= count:
        store(target + i, reverse(load(source - (i + LANES - 1) * size)))
        i += LANES
    while i < count:
        target[i] = load_one(source - i * size)
        i += 1
