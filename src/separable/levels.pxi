# Levels: planes of rows, summed along one axis after the other.

cdef Py_ssize_t UNKNOWN = -(<Py_ssize_t>1 << (8 * sizeof(Py_ssize_t) - 2))


cdef void run_level(
    Work* work, Py_ssize_t a, const char* samples, char* target
) noexcept nogil:
    """Compute all outputs of a level.

    Parameters
    ----------
    samples
        Sample 0 of this axis and those behind it.
    target
        The first output: of the tile, or of the plane that the next level reads.
    """
    cdef const FilterAxis* axis = &work.axis[a]
    cdef Py_ssize_t count = work.extent[a].count, most = work.table.rows
    cdef Py_ssize_t known = 0, k = 0, outputs, number, i
    for i in range(axis.planes):
        work.keys[a][i] = UNKNOWN
    while k < count and work.poll.outcome == DONE:
        outputs = min(most, count - k)
        number = outputs + axis.taps - 1
        for i in range(known, number):
            work.planes[a][i] = plane_at(work, a, samples, work.extent[a].position + k + i)
        # sums that are not stored need lines, too
        for i in range(number, most + axis.taps - 1):
            work.planes[a][i] = work.planes[a][number - 1]
        look_ahead(work, a, samples, k + number)
        sum_planes(work, a, k, outputs, target)
        known, k = axis.taps - 1, k + outputs
        memmove(work.planes[a], work.planes[a] + outputs, known * sizeof(char*))


cdef const char* plane_at(
    Work* work, Py_ssize_t a, const char* samples, Py_ssize_t position
) noexcept nogil:
    """Return the plane at a position; make it unless the level holds it.

    Planes of neighbouring samples have different places. Samples that wrap around are not
    neighbours, unless the level holds all samples: their places follow positions.
    """
    cdef const FilterAxis* axis = &work.axis[a]
    cdef Py_ssize_t sample, key, place
    cdef char* plane
    sample = key = fold(
        position, axis.samples, <int>axis.boundary, axis.period, axis.mirror
    )
    if sample == NONE:
        return work.constant[a]
    if work.reads_rows and a + 2 == work.program.axes:
        return row_of(work, samples + sample * work.signal.axis[a].stride)
    if axis.boundary == FOLD and axis.mirror == 0 and axis.samples > axis.planes:
        key = position
    place = key % axis.planes
    if place < 0:
        place += axis.planes
    plane = work.ring[a] + place * work.layout.plane[a]
    if work.keys[a][place] != key:
        work.keys[a][place] = key
        samples += sample * work.signal.axis[a].stride
        if a + 2 < work.program.axes:
            run_level(work, a + 1, samples, plane)
        else:
            make_row(work, samples, plane, False)
    return plane


cdef void look_ahead(
    Work* work, Py_ssize_t a, const char* samples, Py_ssize_t slot
) noexcept nogil:
    """Find rows of the signal that are packed after the next sums: those from a slot on."""
    cdef const FilterAxis* axis = &work.axis[a]
    cdef Py_ssize_t last = work.program.axes - 1, position = work.extent[a].position + slot
    work.ahead.lines = 0
    if a + 1 < last or not work.prefetches or position < 0:
        return
    work.ahead.lines = max(0, min(work.table.rows, axis.samples - position))
    work.ahead.stride = work.signal.axis[a].stride
    work.ahead.data = samples + position * work.ahead.stride
    position = work.held.span.first + work.held.span.inside
    work.ahead.data += position * work.signal.axis[last].stride


cdef void sum_planes(
    Work* work, Py_ssize_t a, Py_ssize_t first, Py_ssize_t outputs, char* target
) noexcept nogil:
    """Compute a few outputs of a level, for each row of the planes that it reads."""
    cdef const FilterAxis* axis = &work.axis[a]
    cdef const Layout* layout = work.layout
    cdef Py_ssize_t loops = work.program.loops, last = work.program.axes - 1
    cdef Py_ssize_t number = axis.taps + work.table.rows - 1, changed = a + 1, b, i, r, at
    cdef Py_ssize_t step                # bytes between two outputs along the level
    cdef bint has_constants = False
    cdef char* row
    cdef char* out[MOST_ROWS]
    cdef Odometer odometer
    if axis.boundary == CONSTANT:
        for i in range(number):
            has_constants = has_constants or work.planes[a][i] == work.constant[a]
    step = work.output_stride[a] if a == loops else layout.inner[a] * layout.pitch[a - 1]
    start(&odometer, last)
    for b in range(a + 1):
        odometer.count[b] = 1
    for b in range(a + 1, last):
        odometer.count[b] = work.extent[b].count
    while changed != NONE and work.poll.outcome == DONE:
        at, row = 0, target + first * step
        for b in range(a + 1, last):
            at += odometer.index[b] * layout.inner[b] * layout.pitch[a]
            if a == loops:
                row += odometer.index[b] * work.output_stride[b]
            else:
                row += odometer.index[b] * layout.inner[b] * layout.pitch[a - 1]
        for r in range(outputs):
            out[r] = row + r * step
        if has_constants:
            # the row of constants is no plane
            for i in range(number):
                work.rows[i] = work.planes[a][i]
                if work.rows[i] != work.constant[a]:
                    work.rows[i] += at
            sum_lines(work, a, work.rows, 0, out, outputs)
        else:
            sum_lines(work, a, work.planes[a], at, out, outputs)
        changed = advance(&odometer)


cdef void sum_lines(
    Work* work, Py_ssize_t a, const char** rows, Py_ssize_t at, char** out,
    Py_ssize_t outputs,
) noexcept nogil:
    """Compute a row of a few outputs of a level."""
    cdef const FilterProgram* program = work.program
    cdef const FilterAxis* axis = &work.axis[a]
    cdef const Lines* table = work.table
    cdef const Taps* taps = &work.taps[a]
    cdef Py_ssize_t stage = program.axes - 1 - a, n = work.narrow, m, r
    cdef Py_ssize_t before, first
    cdef double rounding = work.roundings[axis.rank]
    cdef const FilterAxis* axis_of_row = &work.axis[program.axes - 1]
    cdef bint is_output = a == program.loops
    cdef char* lines[MOST_ROWS]
    if program.row_stage >= stage:
        n = work.wide
    count_work(&work.poll, n * axis.taps * outputs)
    if program.row_stage == stage:
        before = work.whole.span.inside * program.unit * work.size if work.is_bare else 0
        first = work.whole.span.first * program.unit * work.size
        for r in range(outputs):
            # samples inside begin at a cache line
            lines[r] = work.lines + r * work.layout.lines + rounded_up(before, CACHE_LINE)
        m = max(n, table.columns)
        table.sum_rows(lines, rows, at, taps, m, outputs, False, &work.ahead)
        for r in range(outputs):
            if program.rounds:
                table.round(<int>program.storing, lines[r], n, rounding)
            lines[r] -= before
            if work.is_bare or axis_of_row.boundary == CONSTANT:
                # the levels before have changed a constant
                surround(work, &work.whole, lines[r], lines[r] - first)
            filter_row(work, lines[r], out[r], work.narrow, is_output)
    elif not is_output:
        m = max(n, table.columns)
        table.sum_rows(out, rows, at, taps, m, outputs, False, &work.ahead)
        if program.rounds:
            for r in range(outputs):
                table.round(<int>program.storing, out[r], n, rounding)
    elif not work.contiguous or n < table.columns:
        sum_chunks(work, rows, at, taps, 0, n, out, outputs)
    elif not program.streams:
        table.sum_rows(out, rows, at, taps, n, outputs, False, &work.ahead)
    else:
        stream_lines(work, a, rows, at, taps, out, outputs)


cdef void stream_lines(
    Work* work, Py_ssize_t a, const char** rows, Py_ssize_t at, const Taps* taps, char** out,
    Py_ssize_t outputs,
) noexcept nogil:
    """Compute rows of the output; the cache lines that they fill go past the caches."""
    cdef const Lines* table = work.table
    cdef Py_ssize_t n = work.narrow, first, m, r
    cdef char* lines[MOST_ROWS]
    if work.output_stride[a] % CACHE_LINE or not find_lines(
        work, out[0], n, table.columns, &first, &m
    ):
        # rows begin at different places in cache lines
        sum_chunks(work, rows, at, taps, 0, n, out, outputs)
        return
    for r in range(outputs):
        lines[r] = out[r] + first * work.size
        if first:
            prefetch_to_write(out[r])
        if first + m < n:
            prefetch_to_write(lines[r] + m * work.size)
    table.sum_rows(
        lines, rows, at + first * work.size, taps, m, outputs, True, &work.ahead
    )
    work.ahead.lines = 0
    sum_chunks(work, rows, at, taps, 0, first, out, outputs)
    sum_chunks(work, rows, at, taps, first + m, n, out, outputs)


cdef void sum_chunks(
    Work* work, const char** rows, Py_ssize_t at, const Taps* taps, Py_ssize_t first,
    Py_ssize_t end, char** out, Py_ssize_t outputs,
) noexcept nogil:
    """Compute the reals `first` to `end` - 1 of rows of the output, by way of a buffer."""
    cdef Py_ssize_t unit = work.program.unit, least = work.table.columns, m, r
    cdef Py_ssize_t last = rounded_up(least, unit)
    cdef Ahead ahead = work.ahead
    cdef char* lines[MOST_ROWS]
    for r in range(outputs):
        lines[r] = work.buffer + r * work.layout.buffer
    m = max(1, CHUNK // unit) * unit
    ahead.data += first * ahead.size
    while first < end:
        m = min(m, end - first)
        if m < least and last <= end:
            # the last chunk overlaps the one before
            first, m = end - last, last
        work.table.sum_rows(
            lines, rows, at + first * work.size, taps, max(m, least), outputs, False,
            &ahead,
        )
        for r in range(outputs):
            store_reals(work, lines[r], out[r], first, m)
        first += m
        ahead.data += m * ahead.size
