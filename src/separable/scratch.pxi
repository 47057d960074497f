# Scratch memory of a run: where planes and rows lie in it.


cdef Py_ssize_t rounded_up(Py_ssize_t number, Py_ssize_t step) noexcept nogil:
    return (number + step - 1) // step * step


cdef Py_ssize_t row_bytes(const Lines* table, Py_ssize_t reals) noexcept nogil:
    """Bytes of a row that is written in whole tiles, an odd number of cache lines.

    So rows of any length are apart in the caches.
    """
    reals = rounded_up(max(reals, table.along), table.columns) + table.beyond
    return rounded_up(reals * table.size, CACHE_LINE) | CACHE_LINE


cdef void lay_out(const FilterProgram* program, const Lines* table, Layout* layout) noexcept:
    """Find the sizes of planes and rows, and of all scratch memory together."""
    cdef Py_ssize_t loops = program.loops, last = program.axes - 1, most = 0, rows = 1, a
    cdef const FilterAxis* axes = <const FilterAxis*>(<const char*>program + program.axis_at)
    cdef const FilterAxis* inner = &axes[last]
    cdef const FilterAxis* axis
    cdef Py_ssize_t unit = program.unit, halo = 0
    if program.row_stage != NONE:
        halo = inner.taps - 1
    layout.narrow = row_bytes(table, inner.block * unit)
    layout.wide = row_bytes(table, max(inner.block * unit, table.along) + halo * unit)
    layout.buffer = row_bytes(table, CHUNK + table.along + unit)
    layout.outside = PIECES * (inner.block + halo)
    layout.total = CACHE_LINE
    for a in range(last - 1, loops - 1, -1):
        axis = &axes[a]
        layout.pitch[a] = layout.narrow
        if program.row_stage != NONE and program.row_stage >= last - a:
            layout.pitch[a] = layout.wide
        layout.inner[a] = rows
        layout.plane[a] = rows * layout.pitch[a]
        layout.total += axis.planes * layout.plane[a] + layout.pitch[a]
        layout.total += rounded_up(axis.planes * sizeof(Py_ssize_t), CACHE_LINE)
        layout.total += pointers_bytes(axis, table)
        most = max(most, pointers_bytes(axis, table))
        rows *= axis.block
    # rows between the levels and the pass along rows
    layout.lines = layout.wide + CACHE_LINE if program.row_stage > 0 else 0
    layout.total += most + table.rows * (layout.lines + layout.buffer) + layout.wide
    layout.total += layout.outside * sizeof(Py_ssize_t)


cdef Py_ssize_t pointers_bytes(const FilterAxis* axis, const Lines* table) noexcept nogil:
    """Bytes of the addresses of the planes under the taps of some outputs."""
    return rounded_up((axis.taps + table.rows - 1) * sizeof(char*), CACHE_LINE)


cdef void divide_scratch(Work* work, char* memory) noexcept:
    """Divide scratch memory as `lay_out` has it."""
    cdef const FilterProgram* program = work.program
    cdef const Layout* layout = work.layout
    cdef const FilterAxis* axis
    cdef Py_ssize_t last = program.axes - 1, most = 0, a
    for a in range(last - 1, program.loops - 1, -1):
        axis = &work.axis[a]
        work.ring[a] = memory
        memory += axis.planes * layout.plane[a]
        work.constant[a] = memory
        memory += layout.pitch[a]
        work.keys[a] = <Py_ssize_t*>memory
        memory += rounded_up(axis.planes * sizeof(Py_ssize_t), CACHE_LINE)
        work.planes[a] = <const char**>memory
        memory += pointers_bytes(axis, work.table)
        most = max(most, pointers_bytes(axis, work.table))
    work.rows = <const char**>memory
    memory += most
    work.lines = memory
    memory += work.table.rows * layout.lines
    work.buffer = memory
    memory += work.table.rows * layout.buffer
    work.packed = memory
    memory += layout.wide
    work.outside = <Py_ssize_t*>memory
