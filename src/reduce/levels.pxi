# Levels: planes of rows, combined along one axis after the other.
#
# A plane has a row for each combination of slots of the levels behind its own; a plane of
# the last level is one row. The first level reads planes of samples. Each other level
# reads a plane of the level before it.


cdef void run_levels(Work* work, char* target, double factor) noexcept nogil:
    """Compute the outputs of a tile, the first of which is at `target`."""
    cdef Py_ssize_t loops = work.program.loops
    cdef Py_ssize_t i
    if loops == work.program.axes - 1:
        if work.program.chunk:
            run_long_row(work, target, factor)
        else:
            run_row(work, target, factor)
        return
    if work.packed:
        for i in range(work.layout.ring):
            work.in_ring[i] = NONE
    run_level(work, loops, work.origin, target, factor)


cdef void run_level(
    Work* work, Py_ssize_t a, const char* plane, char* target, double factor
) noexcept nogil:
    if work.axis[a].group > 1:
        combine_blocks(work, a, plane, target, factor)
    else:
        combine_taps(work, a, plane, target, factor)


cdef void combine_taps(
    Work* work, Py_ssize_t a, const char* plane, char* target, double factor
) noexcept nogil:
    """Combine all taps of each output, or of two outputs that share some."""
    cdef const BoxAxis* axis = &work.axis[a]
    cdef Py_ssize_t count = work.extent[a].count, k = 0, t, number, slot
    cdef bint in_pairs = axis.shift < axis.taps and axis.upsampling == 1
    cdef char* first
    cdef char* second
    while k < count and work.poll.outcome == DONE:
        slot = axis.shift * k
        first = place_of(work, a, k, 0, target)
        if in_pairs and k + 1 < count:
            second = place_of(work, a, k + 1, 1, target)
            for t in range(axis.taps + axis.shift):
                refer(work, a, plane, slot + t, t)
            combine_planes(work, a, axis.taps, axis.shift, first, second, NULL, 2 * axis.shift)
            emit(work, a, k, first, target, factor)
            emit(work, a, k + 1, second, target, factor)
            k += 2
            continue
        number = 0
        for t in range(axis.taps):
            number += refer(work, a, plane, slot + t, number)
        # if no sample is there, the last reference is a constant
        combine_planes(work, a, max(1, number), 0, first, NULL, NULL, axis.shift)
        emit(work, a, k, first, target, factor)
        k += 1


cdef void combine_blocks(
    Work* work, Py_ssize_t a, const char* plane, char* target, double factor
) noexcept nogil:
    """Combine suffixes of a block of slots with prefixes of the slots behind it.

    The windows of a group of outputs begin in a block, and all of them end behind it. The
    slots behind the block that all have are combined once. The next prefixes grow by
    the slots of one output.
    """
    cdef const BoxAxis* axis = &work.axis[a]
    cdef Py_ssize_t count = work.extent[a].count, size = work.layout.plane[a]
    cdef Py_ssize_t k = 0, group, slot, end, number, i, t
    cdef char* out = NULL
    cdef char* prefix
    cdef char* other
    cdef bint has_prefix
    while k < count and work.poll.outcome == DONE:
        group = min(axis.group, count - k)
        slot, end = axis.shift * (k + group), axis.shift * k + axis.taps
        prefix, other, has_prefix = work.prefix[a], work.prefix[a] + size, False
        while slot < end:
            number = 0
            if has_prefix:
                refer_to(work, prefix, number)
                number += 1
            for t in range(min(<Py_ssize_t>MOST_ROWS, end - slot)):
                refer(work, a, plane, slot, number)
                slot, number = slot + 1, number + 1
            combine_planes(work, a, number, 0, other, NULL, NULL, 1)
            prefix, other, has_prefix = other, prefix, True
        for i in range(group - 1, -1, -1):
            for t in range(axis.shift):
                refer(work, a, plane, axis.shift * (k + i) + t, t)
            number = axis.shift
            if i + 1 < group:
                refer_to(work, work.suffix[a] + i * size, number)
                number += 1
            if i == 0 and has_prefix:
                refer_to(work, prefix, number)
                number += 1
            out = work.suffix[a] + (i - 1) * size
            if i == 0:
                out = place_of(work, a, k, 0, target)
            combine_planes(work, a, number, 0, out, NULL, NULL, 0)
        emit(work, a, k, out, target, factor)
        for i in range(1, group):
            number = 0
            if has_prefix:
                refer_to(work, prefix, number)
                number += 1
            for t in range(axis.shift):
                refer(work, a, plane, end, number)
                end, number = end + 1, number + 1
            out = place_of(work, a, k + i, 0, target)
            combine_planes(
                work, a, number, 0, out, other, work.suffix[a] + (i - 1) * size, axis.shift
            )
            prefix, other, has_prefix = other, prefix, True
            emit(work, a, k + i, out, target, factor)
            if work.poll.outcome != DONE:
                return
        k += group


cdef inline void refer_to(Work* work, const char* plane, Py_ssize_t number) noexcept nogil:
    """Make a plane of scratch memory the plane `number` of those that are combined."""
    work.planes[number] = plane
    work.strides[number] = work.layout.pitch


cdef inline char* place_of(
    Work* work, Py_ssize_t a, Py_ssize_t k, Py_ssize_t which, char* target
) noexcept nogil:
    """Where output k of a level is computed, if it is the first or second of a pair."""
    if a + 2 < work.program.axes:
        return work.plane[a] + which * work.layout.plane[a]
    if work.direct:
        return target + k * work.axis[a].classes * work.output_stride[a]
    if which == 0:
        make_room(work, 2)
    return row_at(work, work.collected + which) + work.lead * work.size


cdef inline void emit(
    Work* work, Py_ssize_t a, Py_ssize_t k, char* plane, char* target, double factor,
) noexcept nogil:
    """Let the next level, or the row, go on with output k of a level."""
    cdef Py_ssize_t output = k * work.axis[a].classes
    if work.counted != NULL:
        factor *= count_taps(work, a, work.extent[a].first + output)
    target += output * work.output_stride[a]
    if a + 2 < work.program.axes:
        run_level(work, a + 1, plane, target, factor)
    elif not work.direct:
        collect_row(work, target, factor)


cdef void combine_planes(
    Work* work, Py_ssize_t a, Py_ssize_t count, Py_ssize_t shift, char* out, char* second,
    const char* suffix, Py_ssize_t ahead,
) noexcept nogil:
    """Combine the rows of the planes that are referred to.

    Parameters
    ----------
    count
        Planes of an output.
    shift
        Planes between two outputs of a pair.
    out, second
        Planes of outputs. With `suffix`, `second` is for the prefix; without it, for the
        other output of a pair. NULL: there is neither.
    suffix
        A plane that is combined with the prefix; NULL: there is none.
    ahead
        Planes of samples behind the last one that will be combined next.
    """
    cdef Py_ssize_t last = work.program.axes - 1, changed = a + 1, at, b, i
    cdef Py_ssize_t planes = count + (shift if suffix == NULL and second != NULL else 0)
    cdef const char* row
    cdef Odometer odometer
    if a > work.program.loops or work.packed or not work.program.prefetches:
        ahead = 0
    if a + 1 == last:
        combine_rows(work, a, work.planes, count, shift, out, second, suffix)
        prefetch_rows(work, work.planes[planes - 1], work.row_stride[a], ahead)
        return
    start(&odometer, last)
    for b in range(a + 1):
        odometer.count[b] = 1
    for b in range(a + 1, last):
        odometer.count[b] = work.extent[b].rows
        if odometer.count[b] <= 0:
            return
    while changed != NONE and work.poll.outcome == DONE:
        at = 0
        for b in range(a + 1, last):
            at += odometer.index[b] * work.layout.pitch[b]
        for i in range(planes):
            row = work.planes[i]
            for b in range(a + 1, last):
                row += odometer.index[b] * work.strides[i][b]
            work.rows[i] = row
        if suffix != NULL:
            combine_rows(work, a, work.rows, count, shift, out + at, second + at, suffix + at)
        elif second != NULL:
            combine_rows(work, a, work.rows, count, shift, out + at, second + at, NULL)
        else:
            combine_rows(work, a, work.rows, count, shift, out + at, NULL, NULL)
        prefetch_rows(work, work.rows[planes - 1], work.row_stride[a], ahead)
        changed = advance(&odometer)


cdef inline void prefetch_rows(
    const Work* work, const char* row, Py_ssize_t stride, Py_ssize_t count
) noexcept nogil:
    """Prefetch rows of the signal behind a row."""
    cdef Py_ssize_t size = work.length * work.size, i
    while count > 0:
        row += stride
        if row < work.signal.data or row + size > work.end:
            return
        i = 0
        while i < size:
            prefetch_to_read(row + i)
            i += CACHE_LINE
        count -= 1


cdef inline void combine_rows(
    Work* work, Py_ssize_t a, const char** rows, Py_ssize_t count, Py_ssize_t shift, char* out,
    char* second, const char* suffix,
) noexcept nogil:
    """Combine a row of each plane: in whole vectors, if all have room behind."""
    cdef Py_ssize_t reduction = work.program.reduction, n = work.padded, i
    if n > work.length:
        if work.direct and a + 2 == work.program.axes:
            n = work.length
        elif a == work.program.loops and not work.packed:
            for i in range(count if second == NULL or suffix != NULL else count + shift):
                if rows[i] + n * work.size > work.end:
                    n = work.length
                    break
    if suffix != NULL:
        work.table.combine_prefix[reduction](out, second, rows, count, suffix, n)
    elif second != NULL:
        work.table.combine_pair[reduction](out, second, rows, count, shift, n)
    else:
        work.table.combine[reduction](out, rows, count, n)
    count_work(&work.poll, n * (count + 1))
