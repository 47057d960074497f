# The window of a tile: the samples that it reads, in rows of scratch memory.


cdef inline Py_ssize_t in_whole_vectors(const Work* work, Py_ssize_t n) noexcept nogil:
    return (n + work.table.lanes - 1) // work.table.lanes * work.table.lanes


cdef inline Py_ssize_t rounded_up(Py_ssize_t bytes) noexcept nogil:
    return (bytes + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE


cdef void lay_out(const FootprintProgram* program, const Rows* table, Layout* layout) noexcept:
    """Find the sizes of the window, and of all scratch memory together."""
    cdef Py_ssize_t last = program.axes - 1, a
    cdef const BoxAxis* axes = <const BoxAxis*>(<const char*>program + program.axis_at)
    cdef const BoxAxis* inner = &axes[last]
    # whole vectors are read behind a row
    layout.row = rounded_up((inner.slots + inner.shift + table.lanes) * table.size)
    layout.phase = inner.slots // inner.shift + 2
    layout.window = rounded_up((inner.shift * layout.phase + table.lanes) * table.size)
    # an odd number of cache lines keeps rows apart in the caches
    layout.window |= CACHE_LINE
    for a in range(last - 1, program.loops - 1, -1):
        layout.pitch[a] = layout.window
        layout.window *= axes[a].slots
    layout.window += table.lanes * table.size
    layout.outputs = rounded_up((inner.block + table.lanes) * table.size)
    layout.total = 2 * CACHE_LINE + layout.window + layout.row + 2 * layout.outputs
    layout.total += 3 * rounded_up(program.taps * sizeof(char*))
    layout.total += 2 * rounded_up((inner.block + table.lanes) * sizeof(int))


cdef void divide_scratch(Work* work, char* memory) noexcept:
    """Divide scratch memory as `lay_out` has it, and find where taps lie in it."""
    cdef const FootprintProgram* program = work.program
    cdef const Layout* layout = work.layout
    cdef const BoxAxis* inner = &work.axis[program.axes - 1]
    cdef const Py_ssize_t* slot = work.slots
    cdef Py_ssize_t numbers = rounded_up(program.taps * sizeof(char*)), t, a
    cdef Py_ssize_t taps = rounded_up((inner.block + work.table.lanes) * sizeof(int))
    work.rows = <const char**>memory
    work.offset = <Py_ssize_t*>(memory + numbers)
    work.index = <Py_ssize_t*>(memory + 2 * numbers)
    memory += 3 * numbers
    work.taps, work.some_taps = <int*>memory, <int*>(memory + taps)
    memory += 2 * taps
    work.outputs, work.some_outputs = memory, memory + layout.outputs
    memory += 2 * layout.outputs
    work.row, work.window = memory, memory + layout.row
    for t in range(program.taps):
        work.offset[t] = work.index[t] = 0
        for a in range(program.loops, program.axes):
            work.index[t] += slot[0] * work.axis[a].step * work.index_step[a]
            if a + 1 < program.axes:
                work.offset[t] += slot[0] * layout.pitch[a]
            else:
                work.offset[t] += (
                    slot[0] % inner.shift * layout.phase + slot[0] // inner.shift
                ) * work.size
            slot += 1


cdef void pack_window(Work* work, const char* samples) noexcept nogil:
    """Pack the samples of a tile, and sort rows into the phases of a stride."""
    cdef const FootprintProgram* program = work.program
    cdef Py_ssize_t loops = program.loops, last = program.axes - 1, changed = loops, a, sample
    cdef Py_ssize_t shift = work.axis[last].shift
    cdef const Extent* extent = &work.extent[last]
    cdef Py_ssize_t numbers = (extent.slots + shift - 1) // shift
    cdef bint in_place = (
        work.channels.contiguous and extent.rows == extent.slots
    )
    cdef const char* sorted_row
    cdef Odometer odometer
    # up to each axis
    cdef const char* row[MOST_AXES + 1]
    cdef char* target[MOST_AXES + 1]
    cdef Py_ssize_t rank[MOST_AXES + 1]
    start(&odometer, last)
    for a in range(loops):
        odometer.count[a] = 1
    for a in range(loops, last):
        odometer.count[a] = work.extent[a].slots
    row[loops], target[loops], rank[loops] = samples, work.window, NONE
    while changed != NONE:
        for a in range(changed, last):
            sample = sample_at(
                &work.axis[a], work.extent[a].position + odometer.index[a] * work.axis[a].step
            )
            rank[a + 1], row[a + 1] = rank[a], row[a]
            if sample == NONE:
                rank[a + 1] = max(rank[a], work.axis[a].rank)
            else:
                row[a + 1] += sample * work.signal.axis[a].stride
            target[a + 1] = target[a] + odometer.index[a] * work.layout.pitch[a]
        # the last samples of the last phases may lie behind the row
        sorted_row = row[last] + extent.position * work.size
        if shift == 1 or not in_place or rank[last] != NONE or (
            sorted_row + numbers * shift * work.size > work.end
        ):
            sorted_row = work.row
            work.table.pack(
                &work.signal, &work.signal.axis[last], work.axis[last].samples, &work.span,
                row[last], rank[last], work.channels,
                target[last] if shift == 1 else work.row,
            )
        if shift > 1:
            work.table.split(
                target[last], work.layout.phase, sorted_row, shift, shift, numbers, 1
            )
        changed = advance(&odometer)
