# Outputs of a block: straight to the output array, or by a buffer and the storer.


cdef bint can_store_directly(const Plan* plan, const Destination* output) noexcept nogil:
    """Whether tiles may write the output: same type, columns contiguous."""
    cdef Py_ssize_t a, contiguous = sizeof(real)
    if plan.program.storing != SAME or plan.program.planes > 1:
        return False
    for a in range(plan.axes - 1, -1, -1):
        if a >= plan.program.inner_axis:
            if output.stride[a] != contiguous:
                return False
            contiguous *= plan.axis[a].outputs
        elif output.stride[a] % <Py_ssize_t>sizeof(real):
            return False
    return True


cdef void store_block(
    const Plan* plan, const Destination* output, const Block* block, real* buffer, char* first,
    int plane,
) noexcept nogil:
    """Bring one plane of a block from the buffer to the output, whose first is at `first`."""
    cdef Py_ssize_t inner = plan.program.inner_axis, last = plan.axes - 1, changed = 0, a
    cdef Py_ssize_t count = channels_in_run(plan, output.stride), rows = last
    # of a row that is stored soon
    cdef Py_ssize_t ahead = 0, bytes = 0, i
    cdef Odometer odometer
    # up to each axis
    cdef char* target[MOST_AXES + 1]
    cdef real* values[MOST_AXES + 1]
    if inner == last or count > 1 and output.stride[inner] == count * output.stride[last]:
        # the inner axis and those behind it are one run
        rows = inner
    else:
        count = 1
    if rows and output.stride[last] <= <Py_ssize_t>sizeof(real):
        ahead = ROWS_AHEAD * output.stride[rows - 1]
        bytes = block.extent[rows] * count * output.stride[last]
        if bytes > PREFETCHED_BYTES:
            bytes = 0
    start(&odometer, rows)
    for a in range(rows):
        odometer.count[a] = block.extent[a]
    target[0], values[0] = first + plane * <Py_ssize_t>sizeof(real), buffer
    while changed != NONE:
        for a in range(changed, rows):
            target[a + 1] = target[a] + odometer.index[a] * output.stride[a]
            values[a + 1] = values[a] + odometer.index[a] * plan.axis[a].buffer_pitch
        for i from 0 <= i < bytes by CACHE_LINE:
            prefetch_to_write(target[rows] + ahead + i)
        store_samples(
            output, False, target[rows], output.stride[last], values[rows], 1,
            block.extent[rows] * count, NULL,
        )
        changed = advance(&odometer)
