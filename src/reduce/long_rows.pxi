# Windows along rows that are too long for scratch memory: no other axis has windows.


cdef void run_long_row(Work* work, char* target, double factor) noexcept nogil:
    """Compute outputs by the suffixes of a block of slots, and by prefixes behind it.

    The windows of all outputs of a tile begin in the block, and end behind it. The slots
    behind the block that all have are combined once.
    """
    cdef const BoxProgram* program = work.program
    cdef const BoxAxis* axis = &work.axis[program.axes - 1]
    cdef Py_ssize_t outputs = work.extent[program.axes - 1].count, shift = axis.shift
    cdef Py_ssize_t most = program.chunk // shift, i = outputs, slot = shift * outputs, n
    cdef bint stored = work.contiguous and not program.streams and work.counted == NULL
    cdef bint has_carry = False
    cdef char* out = work.buffer
    cdef char* place = work.windows
    cdef char carry[16]
    cdef char part[16]
    if stored:
        out = target
    while i > 0 and work.poll.outcome == DONE:
        n = min(most, i)
        i -= n
        work.table.suffixes[program.reduction](
            out + i * work.size, chunk_at(work, shift * i, shift * n), shift, n, carry, has_carry
        )
        has_carry = True
    has_carry = False
    while slot < axis.taps and work.poll.outcome == DONE:
        n = min(program.chunk, axis.taps - slot)
        work.table.fold[program.reduction](part, chunk_at(work, slot, n), n)
        # its place is behind all outputs
        work.table.prefixes[program.reduction](
            out_of_use(work), part, 1, 1, carry, has_carry
        )
        slot, has_carry = slot + n, True
    work.table.prefixes[program.reduction](out, part, 0, 1, carry, has_carry)
    i = 1
    while i < outputs and work.poll.outcome == DONE:
        n = min(most, outputs - i)
        work.table.prefixes[program.reduction](
            out + i * work.size, chunk_at(work, axis.taps + shift * (i - 1), shift * n), shift,
            n, carry, has_carry,
        )
        i, has_carry = i + n, True
    if stored or work.poll.outcome != DONE:
        return
    if work.counted != NULL:
        if work.contiguous and not program.streams:
            place = target
        divide_outputs(work, out, outputs, factor, place)
        out = place
    if out != target:
        store_row(work, out, target, outputs)


cdef inline char* out_of_use(Work* work) noexcept nogil:
    """A real whose value does not matter."""
    return work.counts + (work.axis[work.program.axes - 1].block + 1) * work.size


cdef const char* chunk_at(Work* work, Py_ssize_t slot, Py_ssize_t count) noexcept nogil:
    """Address of so many slots of a row, in the signal or packed."""
    cdef Py_ssize_t last = work.program.axes - 1, position
    cdef const BoxAxis* axis = &work.axis[last]
    cdef const Extent* extent = &work.extent[last]
    count_work(&work.poll, count)
    position = extent.position + slot * axis.step
    if work.in_place and extent.inside <= slot and slot + count <= extent.beyond:
        return work.origin + position * work.signal.axis[last].stride
    work.span = find_span(position, axis.step, count, axis.samples)
    pack(work, work.origin, NONE, work.row_memory)
    return work.row_memory
