# Few outputs of many taps: each is an inner product, in vectors of neighbouring taps.
#
# Outputs and taps have changed places. A block is of taps, and has a window that its samples
# are packed into, where neighbouring taps meet neighbouring samples. Outputs are constant
# offsets into the window: the "taps" of the program. Each output has a vector of sums, which
# stays in the L1 cache while the blocks pass by. A unit is what one thread computes: the
# outputs of the kernel's batch axes that no other unit has, and a block of filters.

cdef struct Dots:
    DotRows rows
    Py_ssize_t filters              # of the unit
    Py_ssize_t outputs              # of a filter
    Py_ssize_t pitch[MOST_AXES]     # reals between two taps
    Py_ssize_t plane                # reals between real and imaginary parts of taps


cdef inline Py_ssize_t terms_of(const DirectProgram* program) noexcept nogil:
    """Number of products of planes of the signal and of the kernel."""
    return program.signal_planes * program.kernel_planes


cdef Py_ssize_t reals_of_sums(const Plan* plan) noexcept nogil:
    """Reals of the sums of a unit."""
    cdef Py_ssize_t filters = 1
    if plan.program.bank_axis != NONE:
        filters = plan.axis[plan.program.bank_axis].block
    return terms_of(plan.program) * filters * plan.program.taps * LANES


cdef void run_units(
    const Plan* plan, const Job* job, Py_ssize_t first, Py_ssize_t last, real* window, Poll* poll
) noexcept nogil:
    cdef const DirectProgram* program = plan.program
    cdef Py_ssize_t plane = program.window + LANES, blocks = program.blocks // program.units
    cdef real* taps = window + program.signal_planes * plane
    cdef real* sums = taps + program.kernel_planes * program.buffer
    cdef Py_ssize_t unit, number
    cdef Chunk chunk
    cdef Block block
    cdef Dots dots
    block.row = sums + reals_of_sums(plan)
    read_chunk(plan, 0, &chunk)
    for unit in range(first, last):
        if is_stopped(poll):
            return
        memset(sums, 0, reals_of_sums(plan) * sizeof(real))
        locate_block(plan, unit * blocks, &block)
        dots.outputs = program.taps
        dots.filters = 1 if program.bank_axis == NONE else block.extent[program.bank_axis]
        for number in range(unit * blocks, (unit + 1) * blocks):
            locate_block(plan, number, &block)
            dots.rows.samples = find_samples(plan, job, &chunk, &block, window)
            dots.rows.offsets = plan.offsets
            if dots.rows.samples != window:
                dots.rows.offsets += program.columns
            if not find_taps(plan, job, &block, taps, &dots):
                poll.outcome = NOT_FINITE
                return
            add_block(plan, &block, &dots, sums)
            count_work(poll, 1)
            if poll.outcome != DONE:
                return
        store_unit(plan, job, &block, &dots, sums)


cdef bint find_taps(
    const Plan* plan, const Job* job, const Block* block, real* packed, Dots* dots
) noexcept nogil:
    """Find the taps of a block, in place or packed.

    Return false if a tap is not finite where the plan needs finite taps.
    """
    cdef const DirectProgram* program = plan.program
    cdef const char* first = job.kernel.data
    cdef Py_ssize_t pitch = 1, a
    cdef real nonfinite_sum = 0
    cdef int plane
    dots.plane = program.buffer
    dots.rows.count = block.extent[program.inner_axis] * program.channels
    for a in range(plan.axes):
        first += block.begin[a] * job.kernel.axis[a].stride
    if job.kernel_in_place:
        dots.rows.taps = <const real*>first
        for a in range(plan.axes):
            dots.pitch[a] = job.kernel.axis[a].stride // <Py_ssize_t>sizeof(real)
    else:
        dots.rows.taps = packed
        for a in range(plan.axes - 1, -1, -1):
            dots.pitch[a] = pitch
            pitch *= block.extent[a]
        for plane in range(<int>program.kernel_planes):
            read_taps(
                plan, &job.kernel, first, block.extent, plane, packed + plane * program.buffer,
                1, 0, 0,
            )
    dots.rows.filter = 0 if program.bank_axis == NONE else dots.pitch[program.bank_axis]
    if program.finite_taps:
        for plane in range(<int>program.kernel_planes):
            nonfinite_sum += nonfinite_sum_of_rows(
                plan, block, dots, dots.rows.taps + plane * program.buffer
            )
    return nonfinite_sum == 0


cdef real nonfinite_sum_of_rows(
    const Plan* plan, const Block* block, const Dots* dots, const real* taps
) noexcept nogil:
    """Return 0 if all taps of a block are finite, else NaN."""
    cdef Py_ssize_t inner = plan.program.inner_axis, changed = 0, a
    cdef Odometer odometer
    cdef const real* row[MOST_AXES + 1]
    cdef real nonfinite_sum = 0
    start(&odometer, inner)
    for a in range(inner):
        odometer.count[a] = block.extent[a]
    row[0] = taps
    while changed != NONE:
        for a in range(changed, inner):
            row[a + 1] = row[a] + odometer.index[a] * dots.pitch[a]
        nonfinite_sum += nonfinite_sum_of(row[inner], dots.rows.count)
        changed = advance(&odometer)
    return nonfinite_sum


cdef bint can_read_kernel(const Plan* plan, const Source* kernel) noexcept nogil:
    """Whether rows of taps are runs of reals in the kernel."""
    cdef Py_ssize_t size = sizeof(real), contiguous = sizeof(real), a
    if kernel.element != REAL_ELEMENT or kernel.swapped or kernel.planes > 1:
        return False
    for a in range(plan.axes - 1, -1, -1):
        if a >= plan.program.inner_axis:
            if kernel.axis[a].stride != contiguous:
                return False
            contiguous *= plan.axis[a].outputs
        elif kernel.axis[a].stride % size:
            return False
    return True


cdef void add_block(
    const Plan* plan, const Block* block, Dots* dots, real* sums
) noexcept nogil:
    """Add the products of a block of taps to the sums of a unit."""
    cdef const DirectProgram* program = plan.program
    cdef const real* samples = dots.rows.samples
    cdef const real* taps = dots.rows.taps
    cdef Py_ssize_t term, signal, kernel, f, filters
    dots.rows.pitch = dots.outputs * LANES
    for term in range(terms_of(program)):
        signal, kernel = term // program.kernel_planes, term % program.kernel_planes
        f = 0
        while f < dots.filters:
            filters = DOT_FILTERS if f + DOT_FILTERS <= dots.filters else 1
            dots.rows.sums = sums + (term * dots.filters + f) * dots.rows.pitch
            add_filters(
                plan, block, dots, samples + signal * (program.window + LANES),
                taps + kernel * dots.plane + f * dots.rows.filter, filters > 1,
            )
            f += filters
    dots.rows.samples, dots.rows.taps = samples, taps


cdef void add_filters(
    const Plan* plan, const Block* block, Dots* dots, const real* samples, const real* taps,
    bint shared,
) noexcept nogil:
    """Do so for one filter, or for DOT_FILTERS filters, tile of outputs by tile of outputs."""
    cdef Py_ssize_t inner = plan.program.inner_axis, last, changed, a
    cdef Py_ssize_t left = dots.outputs, most = SHARED_DOT_OUTPUTS if shared else DOT_OUTPUTS
    cdef Py_ssize_t tiles = (left + most - 1) // most, outputs
    cdef Odometer odometer
    # up to each axis
    cdef const real* x[MOST_AXES + 1]
    cdef const real* tap[MOST_AXES + 1]
    cdef DotRows rows = dots.rows
    # rows along the axis before the inner one are summed by one call
    last = max(inner - 1, 0)
    rows.rows, rows.sample_row, rows.tap_row = 1, 0, 0
    if inner and inner - 1 != plan.program.bank_axis:
        rows.rows = block.extent[last]
        rows.sample_row, rows.tap_row = block.pitch[last], dots.pitch[last]
    while tiles:
        outputs = (left + tiles - 1) // tiles
        start(&odometer, last)
        for a in range(last):
            odometer.count[a] = 1 if a == plan.program.bank_axis else block.extent[a]
        x[0], tap[0], changed = samples, taps, 0
        while changed != NONE:
            for a in range(changed, last):
                x[a + 1] = x[a] + odometer.index[a] * block.pitch[a]
                tap[a + 1] = tap[a] + odometer.index[a] * dots.pitch[a]
            rows.samples, rows.taps = x[last], tap[last]
            compute_dots(&rows, outputs, shared)
            changed = advance(&odometer)
        rows.sums += outputs * LANES
        rows.offsets += outputs
        left -= outputs
        tiles -= 1


cdef real sum_of_lanes(const real* sums) noexcept nogil:
    cdef real total = 0
    cdef int lane
    for lane in range(<int>LANES):
        total += sums[lane]
    return total


cdef void store_unit(
    const Plan* plan, const Job* job, const Block* block, const Dots* dots, const real* sums
) noexcept nogil:
    """Add the lanes of the sums of a unit, and store the outputs."""
    cdef const DirectProgram* program = plan.program
    cdef const Py_ssize_t* term
    cdef Py_ssize_t term_reals = dots.filters * dots.outputs * LANES, at = 0, changed = 0, a
    cdef Odometer odometer
    cdef char* output[MOST_AXES + 1]
    cdef real value, part
    cdef int plane, i
    start(&odometer, plan.axes)
    output[0] = job.output.data
    for a in range(plan.axes):
        # filters, or the outputs along an axis
        odometer.count[a] = block.extent[a] if a == program.bank_axis else plan.axis[a].taps
        if not plan.axis[a].is_window:
            output[0] += block.begin[a] * job.output.stride[a]
    while changed != NONE:
        for a in range(changed, plan.axes):
            output[a + 1] = output[a] + odometer.index[a] * job.output.stride[a]
        for plane in range(<int>program.planes):
            value = 0
            for i in range(2):
                term = program.terms[plane][i]
                if term[0] == NONE:
                    break
                part = sum_of_lanes(
                    sums + (term[0] * program.kernel_planes + term[1] % 2) * term_reals + at
                )
                value = value - part if term[1] >= 2 else value + part
            store_samples(
                &job.output, False, output[plan.axes] + plane * <Py_ssize_t>sizeof(real), 0,
                &value, 1, 1, NULL,
            )
        at += LANES
        changed = advance(&odometer)
