# Indices of extrema: from the number of a tap to the index of a sample.


cdef void find_row(
    Work* work, const Odometer* odometer, char* target, char* indices
) noexcept nogil:
    """Find the extrema of a row of outputs, and their indices."""
    cdef const FootprintProgram* program = work.program
    cdef Py_ssize_t n = in_whole_vectors(work, work.extent[program.axes - 1].count)
    cdef Py_ssize_t first = 0, count
    while first < program.taps:
        count = min(program.taps - first, <Py_ssize_t>MOST_TAPS)
        if first == 0:
            work.table.find_first[program.reduction](
                work.outputs, work.taps, work.rows, count, n
            )
        else:
            work.table.find_first[program.reduction](
                work.some_outputs, work.some_taps, work.rows + first, count, n
            )
            work.table.merge_first[program.reduction](
                work.outputs, work.taps, work.some_outputs, work.some_taps, <int>first, n
            )
        first += count
    store_row(work, work.outputs, target)
    store_indices(work, odometer, indices)


cdef void store_indices(Work* work, const Odometer* odometer, char* indices) noexcept nogil:
    cdef const FootprintProgram* program = work.program
    cdef Py_ssize_t last = program.axes - 1, base = work.first_index, step, stride, span
    cdef Py_ssize_t a, j, slot, tap
    cdef const Extent* extent = &work.extent[last]
    cdef const BoxAxis* axis
    cdef bint inside = True
    for a in range(program.loops, last):
        axis = &work.axis[a]
        slot, span = axis.shift * odometer.index[a], axis.dilation * (axis.taps - 1) + 1
        base += (work.extent[a].position + slot * axis.step) * work.index_step[a]
        if slot < work.extent[a].inside or slot + span > work.extent[a].beyond:
            inside = False
    axis = &work.axis[last]
    span = axis.dilation * (axis.taps - 1) + 1
    base += extent.position * work.index_step[last]
    step = axis.shift * axis.step * work.index_step[last]
    stride = axis.classes * work.indices_stride[last]
    work.table.write_indices(
        indices, stride, work.taps, work.index, base, step, extent.count
    )
    if work.inside:
        return
    for j in range(extent.count):
        slot = axis.shift * j
        if not inside or slot < extent.inside or slot + span > extent.beyond:
            tap = first_inside(work, odometer, j, work.taps[j])
            if tap != work.taps[j]:
                (<int64_t*>(indices + j * stride))[0] = (
                    NONE if tap == NONE else base + j * step + work.index[tap]
                )


cdef Py_ssize_t first_inside(
    const Work* work, const Odometer* odometer, Py_ssize_t j, Py_ssize_t tap
) noexcept nogil:
    """Return a tap if its sample is inside the signal, or the first one that is.

    Samples outside are the extremum only if all samples inside are equal to them.
    """
    cdef Py_ssize_t t
    if is_inside(work, odometer, j, tap):
        return tap
    for t in range(work.program.taps):
        if is_inside(work, odometer, j, t):
            return t
    return NONE


cdef bint is_inside(
    const Work* work, const Odometer* odometer, Py_ssize_t j, Py_ssize_t tap
) noexcept nogil:
    cdef const FootprintProgram* program = work.program
    cdef Py_ssize_t last = program.axes - 1, a, slot
    cdef const Py_ssize_t* slots = work.slots + tap * (program.axes - program.loops)
    for a in range(program.loops, program.axes):
        slot = work.axis[a].shift * (odometer.index[a] if a < last else j)
        slot += slots[a - program.loops]
        if not work.extent[a].inside <= slot < work.extent[a].beyond:
            return False
    return True
