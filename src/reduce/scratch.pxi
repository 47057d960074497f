# Scratch memory of a run: where planes and rows lie in it.


cdef Py_ssize_t rounded_up(Py_ssize_t bytes) noexcept nogil:
    return (bytes + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE


cdef void lay_out(const BoxProgram* program, const Rows* table, Layout* layout) noexcept:
    """Find the sizes of planes and rows, and of all scratch memory together."""
    cdef Py_ssize_t loops = program.loops, last = program.axes - 1, a, s, slots
    cdef const BoxAxis* axes = <const BoxAxis*>(<const char*>program + program.axis_at)
    cdef const BoxAxis* inner = &axes[last]
    cdef const BoxAxis* axis
    cdef const Step* step = <const Step*>(<const char*>program + program.step_at)
    # whole vectors and whole phases end behind a row; an odd number of cache lines keeps
    # long rows apart in the caches
    slots = program.chunk if program.chunk else inner.slots
    layout.row = (slots + 2 * inner.shift) * program.unit + 3 * table.lanes
    if program.steps == 0 and not program.chunk:
        layout.row += inner.shift * table.lanes
    if inner.block == 1:
        # outputs of many rows are divided together
        layout.row = max(layout.row, MOST_COLLECTED + table.lanes)
    layout.row = rounded_up(layout.row * table.size)
    layout.flat = (
        not program.chunk and layout.row < FLAT_BYTES and inner.shift <= 4 and program.unit == 1
        and inner.upsampling == 1
    )
    layout.rows = 2
    if layout.flat:
        # all rows begin at the same phase
        layout.row = (layout.row + inner.shift * CACHE_LINE - 1) // (inner.shift * CACHE_LINE)
        layout.row *= inner.shift * CACHE_LINE
        layout.rows = min(
            <Py_ssize_t>MOST_COLLECTED, max(2, COLLECTED_BYTES // layout.row)
        )
    else:
        layout.row |= CACHE_LINE
    layout.phase = (slots // inner.shift + 3) * program.unit + table.lanes
    if layout.flat:
        layout.phase = layout.rows * layout.row // table.size // inner.shift + table.lanes
    layout.ring, layout.planes = 0, 1
    for s in range(program.steps):
        layout.planes = max(layout.planes, step[s].windows + step[s].samples)
    layout.total = CACHE_LINE
    for a in range(last - 1, loops - 1, -1):
        axis = &axes[a]
        layout.plane[a] = layout.row
        if a + 1 < last:
            layout.plane[a] = axes[a + 1].slots * layout.pitch[a + 1]
        layout.pitch[a] = layout.plane[a]
        layout.total += layout.row + layout.plane[a] * planes_of(axis, a + 1 == last)
        if axis.group > 1:
            layout.planes = max(layout.planes, max(axis.shift, <Py_ssize_t>MOST_ROWS) + 2)
        else:
            layout.planes = max(layout.planes, axis.taps + axis.shift)
        if a == loops:
            layout.ring = axis.taps + axis.shift
            if axis.group > 1:
                layout.ring = max(axis.shift, <Py_ssize_t>MOST_ROWS)
            layout.total += layout.ring * layout.plane[a]
    layout.total += 3 * rounded_up(layout.planes * sizeof(char*))
    layout.total += rounded_up(layout.ring * sizeof(Py_ssize_t))
    layout.total += rounded_up(slots * sizeof(int))
    # collected rows, with room for vectors behind them, and as many windows if all are
    # computed together
    layout.total += layout.row * (layout.rows + 1)
    layout.total += windows_bytes(program, inner, layout, table)
    layout.total += layout.row if inner.upsampling > 1 else 0
    layout.total += buffer_bytes(inner, program.unit, layout, table)
    layout.total += row_bytes(inner, program.unit, table)
    if program.steps == 0 and not program.chunk:
        layout.total += rounded_up(inner.shift * layout.phase * table.size)
        layout.total += rounded_up(inner.taps * sizeof(char*))


cdef Py_ssize_t planes_of(const BoxAxis* axis, bint is_last) noexcept nogil:
    """Number of planes that a level needs: suffixes, prefixes and outputs."""
    return (axis.group + 1 if axis.group > 1 else 0) + (0 if is_last else 2)


cdef Py_ssize_t buffer_bytes(
    const BoxAxis* inner, Py_ssize_t unit, const Layout* layout, const Rows* table
) noexcept nogil:
    """Bytes of the outputs of all rows that are computed together, in whole vectors."""
    if layout.flat:
        return rounded_up(
            layout.rows * layout.row // inner.shift + table.lanes * table.size
        )
    return row_bytes(inner, unit, table)


cdef Py_ssize_t row_bytes(
    const BoxAxis* inner, Py_ssize_t unit, const Rows* table
) noexcept nogil:
    """Bytes of the outputs of a row, or of as many rows as are collected with one each."""
    return rounded_up(
        (max(inner.block * unit, <Py_ssize_t>MOST_COLLECTED) + table.lanes) * table.size
    )


cdef Py_ssize_t windows_bytes(
    const BoxProgram* program, const BoxAxis* inner, const Layout* layout, const Rows* table
) noexcept nogil:
    """Bytes of the windows of all rows that are computed together, or of their outputs."""
    if program.chunk:
        return row_bytes(inner, program.unit, table)
    return layout.row * (layout.rows + 1 if layout.flat else 1)


cdef void divide_scratch(Work* work, char* memory) noexcept:
    """Divide scratch memory as `lay_out` has it."""
    cdef const BoxProgram* program = work.program
    cdef const Layout* layout = work.layout
    cdef const BoxAxis* inner = &work.axis[program.axes - 1]
    cdef Py_ssize_t a, group
    work.ring = memory
    if layout.ring:
        memory += layout.ring * layout.plane[program.loops]
    for a in range(program.loops, program.axes - 1):
        work.constant[a] = memory
        memory += layout.row
        group = work.axis[a].group
        if group > 1:
            work.suffix[a], work.prefix[a] = memory, memory + (group - 1) * layout.plane[a]
        work.plane[a] = memory + (group + 1 if group > 1 else 0) * layout.plane[a]
        memory += layout.plane[a] * planes_of(&work.axis[a], a + 2 == program.axes)
    work.rows = <const char**>memory
    memory += rounded_up(layout.planes * sizeof(char*))
    work.planes = <const char**>memory
    memory += rounded_up(layout.planes * sizeof(char*))
    work.strides = <Py_ssize_t**>memory
    memory += rounded_up(layout.planes * sizeof(char*))
    work.in_ring = <Py_ssize_t*>memory
    memory += rounded_up(layout.ring * sizeof(Py_ssize_t))
    work.halo = <int*>memory
    memory += rounded_up((program.chunk if program.chunk else inner.slots) * sizeof(int))
    work.row_memory = memory
    memory += layout.row * (layout.rows + 1)
    work.windows = memory
    memory += windows_bytes(program, inner, layout, work.table)
    work.spread = memory
    if inner.upsampling > 1:
        memory += layout.row
    work.buffer = memory
    memory += buffer_bytes(inner, program.unit, layout, work.table)
    work.counts = memory
    memory += row_bytes(inner, program.unit, work.table)
    work.phases = memory
    if program.steps == 0 and not program.chunk:
        memory += rounded_up(inner.shift * layout.phase * work.size)
        work.phase_rows = <const char**>memory
        find_phase_rows(work, inner)
