# The program of a direct convolution: the struct DirectProgram, then its arrays.

cdef bytes write_direct(
    const Problem* problem, DirectModel model, const Blocks* blocks, int storing
):
    """Write the program of a direct convolution: the struct, then its arrays."""
    cdef DirectProgram head
    cdef Columns columns
    cdef Buffer chunks, tables
    cdef bytes program
    memset(&columns, 0, sizeof(Columns))
    memset(&chunks, 0, sizeof(Buffer))
    memset(&tables, 0, sizeof(Buffer))
    memset(&head, 0, sizeof(DirectProgram))
    try:
        find_chunks(problem, model, blocks, &chunks, &tables, &columns)
        describe_direct(problem, model, blocks, storing, &head)
        head.chunks = chunks.size // (3 + 4 * head.axes)
        head.columns = columns.offsets.size
        head.all_taps = columns.taps
        head.reuses_taps = columns.taps <= max(model.chunk_taps, head.taps)
        head.packed_taps = columns.taps if head.reuses_taps else head.taps
        head.packs_chunks = blocks.packs_chunks
        if blocks.packs_chunks:
            head.packed_taps = head.taps * padded_filters(
                model, blocks.block[blocks.filter_axis]
            )
        elif blocks.filter_axis != NONE:
            head.packed_taps = 0
        head.axis_at = sizeof(DirectProgram)
        head.chunk_at = head.axis_at + head.axes * sizeof(DirectAxis)
        head.table_at = head.chunk_at + bytes_of(&chunks)
        head.offset_at = head.table_at + bytes_of(&tables)
        head.order_at = head.offset_at + 2 * bytes_of(&columns.offsets)
        program = PyBytes_FromStringAndSize(NULL, head.order_at + bytes_of(&columns.order))
        memcpy(PyBytes_AS_STRING(program), &head, sizeof(DirectProgram))
        write_axes(problem, blocks, <DirectAxis*>(PyBytes_AS_STRING(program) + head.axis_at))
        copy(&chunks, PyBytes_AS_STRING(program) + head.chunk_at)
        copy(&tables, PyBytes_AS_STRING(program) + head.table_at)
        copy(&columns.offsets, PyBytes_AS_STRING(program) + head.offset_at)
        copy(
            &columns.signal_offsets,
            PyBytes_AS_STRING(program) + head.offset_at + bytes_of(&columns.offsets),
        )
        copy(&columns.order, PyBytes_AS_STRING(program) + head.order_at)
        return program
    finally:
        PyMem_Free(columns.offsets.data)
        PyMem_Free(columns.signal_offsets.data)
        PyMem_Free(columns.order.data)
        PyMem_Free(chunks.data)
        PyMem_Free(tables.data)


cdef int find_chunks(
    const Problem* problem, DirectModel model, const Blocks* blocks, Buffer* chunks,
    Buffer* tables, Columns* columns,
) except -1:
    """List the chunks of taps of all branches, branch by branch."""
    cdef Branch branch[MOST_AXES]
    cdef Odometer odometer
    cdef Py_ssize_t changed = 0
    cdef dict known = {}
    cdef int a
    start(&odometer, blocks.count)
    for a in range(blocks.count):
        if blocks.branches[a] == 0:
            return 0
        odometer.count[a] = min(
            blocks.polyphase[blocks.number[a]].outputs, problem.axes[blocks.number[a]].outputs
        )
    while changed != NONE:
        for a in range(changed, blocks.count):
            if not find_branch(
                &problem.axes[blocks.number[a]], &blocks.polyphase[blocks.number[a]],
                odometer.index[a], &branch[a],
            ):
                break
        else:
            add_branch(problem, model, blocks, branch, known, chunks, tables, columns)
            a = blocks.count - 1
        changed = skip(&odometer, a)
    return 0


cdef int add_branch(
    const Problem* problem, DirectModel model, const Blocks* blocks, const Branch* branch,
    dict known, Buffer* chunks, Buffer* tables, Columns* columns,
) except -1:
    """List the chunks of a branch. Chunks with equal taps and positions share a table."""
    cdef Odometer odometer
    cdef Py_ssize_t taps[MOST_AXES]
    cdef Py_ssize_t first[MOST_AXES]
    cdef Table table
    cdef const Table* found
    cdef const char* support
    cdef Py_ssize_t changed = 0, tap
    cdef bint adds = False
    cdef int a, i
    start(&odometer, blocks.count)
    for a in range(blocks.count):
        odometer.count[a] = ceil_divide(branch[a].taps, blocks.chunk[a])
        first[a] = branch[a].offset - blocks.axes[a].offset
    while changed != NONE:
        for a in range(changed, blocks.count):
            taps[a] = min(blocks.chunk[a], branch[a].taps - odometer.index[a] * blocks.chunk[a])
        key = tuple([(taps[a], first[a]) for a in range(blocks.count)])
        support = blocks.support
        if support != NULL:
            for a in range(blocks.count):
                tap = odometer.index[a] * blocks.chunk[a] * blocks.support_pitch[a]
                support += branch[a].tap * problem.support_pitch[blocks.number[a]] + tap
            key = *key, support - blocks.support
        number = known.get(key)
        if number is None:
            number = known[key] = len(known)
            add_table(model, blocks, taps, first, support, &table, columns)
            for i in range(<int>(sizeof(Table) // sizeof(Py_ssize_t))):
                append(tables, (<Py_ssize_t*>&table)[i])
        append(chunks, number)
        append(chunks, adds)
        append(chunks, columns.taps)
        for a in range(blocks.count):
            append(chunks, branch[a].output)
        for a in range(blocks.count):
            tap = odometer.index[a] * blocks.chunk[a]
            append(chunks, branch[a].tap + blocks.polyphase[blocks.number[a]].taps * tap)
        for a in range(blocks.count):
            append(chunks, blocks.dilation[a] * odometer.index[a] * blocks.chunk[a])
        for a in range(blocks.count):
            append(chunks, taps[a])
        adds = True
        found = <const Table*>tables.data + <Py_ssize_t>number
        columns.taps += found.taps
        changed = advance(&odometer)
    return 0


cdef void write_axes(
    const Problem* problem, const Blocks* blocks, DirectAxis* target
) noexcept nogil:
    cdef const Axis* axis
    cdef const Axis* whole
    cdef Py_ssize_t block, chunk
    cdef int a
    for a in range(blocks.count):
        axis = &blocks.axes[a]
        whole = &problem.axes[blocks.number[a]]
        block, chunk = blocks.block[a], blocks.chunk[a]
        target[a].samples, target[a].outputs = axis.samples, axis.outputs
        target[a].start, target[a].step = axis.offset, blocks.step[a]
        target[a].block = block
        target[a].stride, target[a].dilation = blocks.stride[a], blocks.dilation[a]
        target[a].taps, target[a].chunk = whole.taps, chunk
        target[a].all_outputs = whole.outputs
        target[a].output_step = blocks.polyphase[blocks.number[a]].outputs
        target[a].tap_step = blocks.polyphase[blocks.number[a]].taps
        target[a].branch_reach = blocks.branch_reach[a]
        target[a].boundary = axis.rule
        target[a].period, target[a].mirror = axis.period, axis.mirror
        target[a].rank = blocks.number[a]
        target[a].signal, target[a].kernel = axis.signal, axis.kernel
        target[a].output = axis.output
        if blocks.exchanged:
            target[a].kernel, target[a].output = axis.output, axis.kernel
        target[a].is_window, target[a].reversed = axis.is_window, axis.reversed
        target[a].phases = phases_of(blocks, a, block, chunk)
        target[a].spread = blocks.dilation[a] if is_separate(blocks, a, block, chunk) else 1
        target[a].slots = slots_of(blocks, a, block, chunk)
        target[a].pitch = blocks.pitch[a]
        target[a].signal_pitch = blocks.signal_pitch[a]
        target[a].buffer_pitch = blocks.buffer_pitch[a]


cdef void describe_direct(
    const Problem* problem, DirectModel model, const Blocks* blocks, int storing,
    DirectProgram* head,
) noexcept:
    cdef double sums = blocks.planes[0] * blocks.planes[1]
    cdef Py_ssize_t branches
    cdef bint once = True
    cdef int a
    cdef const Operand* kernel = &problem.kernel
    cdef const Operand* output = &problem.output
    if blocks.exchanged:
        kernel, output = output, kernel
    head.axes = blocks.count
    head.exchanged, head.bank_axis = blocks.exchanged, blocks.bank_axis
    head.blocks = number_of_blocks(blocks)
    head.units = number_of_units(blocks) if blocks.exchanged else head.blocks
    head.inner_axis, head.channels = blocks.inner, blocks.channels
    head.row_axis, head.row_step = blocks.row_axis, blocks.row_step
    head.segment = blocks.segment
    head.filter_axis, head.line_axis = blocks.filter_axis, blocks.line_axis
    head.line, head.phase_pitch = blocks.line, blocks.phase_pitch
    head.window, head.packed = blocks.window, blocks.packed
    head.buffer, head.overread = blocks.buffer, blocks.overread
    head.taps, head.branched, head.leaves_gaps = 1, False, False
    for a in range(blocks.count):
        branches = min(
            blocks.polyphase[blocks.number[a]].outputs, problem.axes[blocks.number[a]].outputs
        )
        head.branched |= branches > 1
        head.leaves_gaps |= blocks.branches[a] < branches
        head.taps *= blocks.chunk[a]
        sums *= <double>blocks.chunk[a] * blocks.block[a]
        once &= blocks.axes[a].taps <= blocks.chunk[a]
    # packing and storing a number takes as long as 32 products
    sums += 32 * (blocks.packed * blocks.planes[0] + blocks.buffer * blocks.planes[2])
    head.one_window = once
    head.poll = <Py_ssize_t>max(1, model.poll_sums // sums)
    head.signal_element, head.signal_swapped = problem.signal.element, problem.signal.swapped
    head.kernel_element, head.kernel_swapped = kernel.element, kernel.swapped
    head.signal_planes, head.kernel_planes = blocks.planes[0], kernel.planes
    head.planes = output.planes
    head.storing, head.rounding = storing, problem.rounding
    head.finite_taps = needs_finite_taps(problem)
    head.in_place = blocks.in_place
    # outputs that are many and are stored only once go past the caches
    head.streams = (
        once and storing == SAME and outputs_of(problem) * output.itemsize >= model.streamed
    )
    find_terms(&problem.signal, kernel, output, head)


cdef void find_terms(
    const Operand* signal, const Operand* kernel, const Operand* output, DirectProgram* head
) noexcept nogil:
    """Find the products that each plane of the output sums: signal plane, sort of tap.

    Sorts 0 and 1 are the real and the imaginary part of the taps, 2 and 3 the same
    negated.
    """
    cdef int plane, s, k, i
    cdef bint negative
    for plane in range(2):
        for i in range(2):
            head.terms[plane][i][0] = head.terms[plane][i][1] = NONE
    for plane in range(output.planes):
        i = 0
        for s in range(signal.planes):
            for k in range(kernel.planes):
                if (s + k) % 2 != plane:
                    continue
                negative = (
                    (s & k) ^ (s & signal.conjugated)
                    ^ (k & kernel.conjugated)
                )
                head.terms[plane][i][0] = s
                head.terms[plane][i][1] = k + 2 * negative
                i += 1


def direct_program(problem, DirectModel model, str storing):
    """Lay out a direct convolution.

    Parameters
    ----------
    problem : Problem
    model : DirectModel
    storing : str
        How results are stored in the output, a key of `STORING`.

    Returns
    -------
    bytes
        The program, which the compiled module reads.
    """
    cdef Problem given
    cdef Blocks blocks
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    return write_direct(&given, model, &blocks, STORING[storing])


def blocks_of(problem, DirectModel model):
    """Return the layout of a direct convolution, as a dict with lists by axis."""
    cdef Problem given
    cdef Blocks blocks
    cdef int a
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    axes = range(blocks.count)
    return {
        "order": [blocks.number[a] for a in axes],
        "inner": blocks.inner,
        "channels": blocks.channels,
        "row_axis": blocks.row_axis,
        "filter_axis": blocks.filter_axis,
        "exchanged": blocks.exchanged,
        "line_axis": blocks.line_axis,
        "row_step": blocks.row_step,
        "segment": blocks.segment,
        "taps": [blocks.chunk[a] for a in axes],
        "outputs": [blocks.block[a] for a in axes],
        "phases": [phases_of(&blocks, a, blocks.block[a], blocks.chunk[a]) for a in axes],
        "slots": [slots_of(&blocks, a, blocks.block[a], blocks.chunk[a]) for a in axes],
        "window": blocks.window,
        "in_place": blocks.in_place,
    }
