# A block, branch by branch and chunk by chunk of taps: their samples and taps.


cdef void sum_chunks(
    const Plan* plan, const Job* job, const char* kernel, const char** packed, real* window,
    real* buffer, real* taps, char* output, Block* block, Poll* poll,
) noexcept nogil:
    """Compute a block: sum its products, branch by branch and chunk by chunk of taps."""
    cdef const DirectProgram* program = plan.program
    cdef const real* samples = NULL
    cdef const real* of_chunk
    cdef char* target
    cdef real* outputs
    cdef bint is_packed = program.reuses_taps and kernel == packed[0]
    cdef Chunk chunk
    cdef Py_ssize_t number, sort
    cdef int p
    for number in range(program.chunks):
        read_chunk(plan, number, &chunk)
        block.sum.table, block.sum.adding = chunk.table, chunk.adds
        of_chunk = find_taps_of_chunk(plan, job, kernel, is_packed, &chunk, block, taps, &sort)
        if of_chunk == NULL:
            poll.outcome = NOT_FINITE
            return
        if number == 0 or not program.one_window:
            samples = find_samples(plan, job, &chunk, block, window)
        block.offsets = plan.offsets + chunk.table.first_offset
        if samples != window:
            block.offsets += program.columns
        target = choose_branch(plan, job, &chunk, block, output) if program.branched else output
        if target == NULL:
            continue
        for p in range(<int>program.planes):
            choose_terms(plan, p, samples, of_chunk, sort, block)
            outputs = buffer + p * program.buffer if job.buffered else <real*>target
            if program.filter_axis != NONE:
                compute_filters(plan, block, job.buffered, outputs)
            else:
                compute_block(plan, block, outputs)
            if job.buffered and is_last(plan, number):
                store_block(plan, &job.output, block, buffer + p * program.buffer, target, p)
        count_work(poll, 1)
        if poll.outcome != DONE:
            return
    if program.reuses_taps:
        packed[0] = kernel


cdef const real* find_taps_of_chunk(
    const Plan* plan, const Job* job, const char* kernel, bint is_packed, const Chunk* chunk,
    const Block* block, real* taps, Py_ssize_t* sort,
) noexcept nogil:
    """Find the taps of a chunk where they are packed, or pack them.

    `is_packed` tells whether `taps` has all chunks of the kernel. `sort` receives the reals
    from one sort of taps to the next. Return NULL if a tap is not finite where the plan
    needs finite taps.
    """
    cdef const DirectProgram* program = plan.program
    cdef real* own = taps
    if program.packs_chunks:
        sort[0] = sort_of_block(plan, block, chunk)
        if pack_chunk(
            plan, &job.kernel, kernel, chunk, filters_in(plan, block), taps, sort[0],
            taps + sorts_of(program) * program.packed_taps,
        ) != 0:
            return NULL
        return taps
    if program.filter_axis != NONE:
        sort[0] = packed_reals(plan)
        return filters_of_block(plan, block, job.packed) + chunk.first_packed * padded_filters(
            plan.axis[program.filter_axis].outputs
        )
    sort[0] = chunk.table.taps
    if program.reuses_taps:
        own += 4 * chunk.first_packed
    if not is_packed and not pack_taps(
        plan, &job.kernel, kernel, chunk, own, taps + 4 * program.packed_taps
    ):
        return NULL
    return own


cdef const char* first_tap(const Plan* plan, const Job* job, const Block* block) noexcept nogil:
    """Address of the first tap of a block's kernel."""
    cdef const char* kernel = job.kernel.data
    cdef Py_ssize_t a
    for a in range(plan.axes):
        if not plan.axis[a].is_window:
            kernel += block.begin[a] * job.kernel.axis[a].stride
    return kernel


cdef const real* find_samples(
    const Plan* plan, const Job* job, const Chunk* chunk, Block* block, real* window
) noexcept nogil:
    """Find the samples that a chunk sums: in place, or packed into the window."""
    cdef const DirectProgram* program = plan.program
    cdef const real* samples
    cdef Py_ssize_t a
    cdef int p
    find_needed(plan, chunk, block)
    samples = find_in_place(plan, job, block) if job.in_place else NULL
    for a in range(plan.axes):
        block.pitch[a] = plan.axis[a].pitch if samples == NULL else plan.axis[a].signal_pitch
    if samples != NULL:
        return samples
    for p in range(<int>program.signal_planes):
        pack_window(plan, job, block, p, window + p * (program.window + LANES))
    return window


cdef bint is_last(const Plan* plan, Py_ssize_t number) noexcept nogil:
    """Whether no later chunk adds to the outputs of a chunk."""
    cdef Chunk following
    if number + 1 == plan.program.chunks:
        return True
    read_chunk(plan, number + 1, &following)
    return not following.adds


cdef void choose_terms(
    const Plan* plan, int plane, const real* window, const real* taps, Py_ssize_t sort,
    Block* block,
) noexcept nogil:
    """Choose the products of signal and kernel planes that a plane of the output sums."""
    cdef const Py_ssize_t* term = &plan.program.terms[plane][0][0]
    cdef int span
    block.sum.count = 0
    while block.sum.count < 2 and term[0] != NONE:
        block.sum.terms[block.sum.count].window = window + term[0] * (plan.program.window + LANES)
        block.sum.terms[block.sum.count].taps = taps + term[1] * sort
        block.sum.count += 1
        term += 2
    block.sum.simple = 0
    if block.sum.count == 1 and not block.sum.adding:
        for span in range(1, MOST_SPAN + 1):
            if block.sum.table.columns[span]:
                block.sum.simple = span if block.sum.simple == 0 else -1
