# Rows: packed, or read in place, and filtered along themselves.


cdef void find_pieces(Work* work) noexcept nogil:
    """Divide the rows of a tile: the middle may be read in place, both ends are packed.

    The middle has enough outputs for a tile of sums along a row, or there is only one piece.
    """
    cdef const FilterProgram* program = work.program
    cdef const FilterAxis* axis = &work.axis[program.axes - 1]
    cdef const Extent* extent = &work.extent[program.axes - 1]
    cdef Py_ssize_t* outside = work.outside
    cdef Py_ssize_t halo = 0, left, right, least
    if program.row_stage != NONE:
        halo = axis.taps - 1
    work.narrow = extent.count * program.unit
    outside = find_piece(work, &work.whole, 0, extent.count, halo, outside)
    find_held(work)
    work.number_of_pieces = 0
    if not work.in_place or program.row_stage != 0:
        return
    # outputs at either end with samples outside
    left = max(0, -extent.position)
    right = max(0, extent.position + extent.count + halo - axis.samples)
    # whole tiles of outputs: a shorter one takes nearly as long
    least = (work.table.along + program.unit - 1) // program.unit
    left, right = max(left, least) if left else 0, max(right, least) if right else 0
    if extent.count - left - right < 4 * least:
        return
    if left:
        outside = add_piece(work, 0, left, halo, outside)
    outside = add_piece(work, left, extent.count - left - right, halo, outside)
    work.pieces[work.number_of_pieces - 1].packed = False
    if right:
        add_piece(work, extent.count - right, right, halo, outside)


cdef void find_held(Work* work) noexcept nogil:
    """Find the samples that rows have before they are filtered along themselves.

    These are samples inside the signal only, if those outside of it are among them.
    """
    cdef const FilterProgram* program = work.program
    work.held = work.whole
    work.is_bare = program.row_stage > 0 and work.whole.holds_outside
    if work.is_bare:
        work.held.span = inside_of(work, &work.whole.span)
    work.wide = work.held.span.count * program.unit
    work.reads_rows = (
        work.in_place and program.in_place and program.row_stage != 0
        and (work.is_bare or program.row_stage == NONE) and work.wide >= work.table.columns
    )


cdef inline const char* row_of(const Work* work, const char* samples) noexcept nogil:
    """A row of the signal that a level reads in place; sample 0 is at `samples`."""
    return samples + work.held.span.first * work.signal.axis[work.program.axes - 1].stride


cdef Py_ssize_t* add_piece(
    Work* work, Py_ssize_t output, Py_ssize_t count, Py_ssize_t halo, Py_ssize_t* outside
) noexcept nogil:
    work.number_of_pieces += 1
    return find_piece(
        work, &work.pieces[work.number_of_pieces - 1], output, count, halo, outside
    )


cdef Py_ssize_t* find_piece(
    Work* work, Piece* piece, Py_ssize_t output, Py_ssize_t count, Py_ssize_t halo,
    Py_ssize_t* outside,
) noexcept nogil:
    """Find the samples of some outputs; return the place behind the list of samples."""
    cdef const FilterAxis* axis = &work.axis[work.program.axes - 1]
    cdef Py_ssize_t position = work.extent[work.program.axes - 1].position + output
    cdef Py_ssize_t i = 0
    piece.output, piece.count, piece.packed, piece.outside = output, count, True, NULL
    piece.span = find_span(position, 1, count + halo, axis.samples)
    piece.holds_outside = piece.span.inside < piece.span.beyond
    if axis.boundary == CONSTANT:
        return outside
    piece.outside = outside
    while i < piece.span.count:
        if i == piece.span.inside < piece.span.beyond:
            i = piece.span.beyond
            continue
        outside[0] = fold(
            position + i, axis.samples, <int>axis.boundary, axis.period, axis.mirror
        )
        if not piece.span.inside <= outside[0] - position < piece.span.beyond:
            piece.holds_outside = False
        outside, i = outside + 1, i + 1
    return outside


cdef Span inside_of(const Work* work, const Span* span) noexcept nogil:
    """The positions of a span that are inside the signal."""
    return find_span(
        span.first + span.inside, 1, span.beyond - span.inside,
        work.axis[work.program.axes - 1].samples,
    )


cdef inline const char* constant_of(const Work* work, Py_ssize_t a) noexcept nogil:
    """The number outside of an axis."""
    return work.constants + 2 * work.axis[a].rank * work.size


cdef void pack_piece(
    Work* work, const Piece* piece, const char* samples, char* target
) noexcept nogil:
    """Pack the samples of a piece, or of a row; `samples` is the address of sample 0."""
    cdef Py_ssize_t last = work.program.axes - 1
    cdef Py_ssize_t unit = work.program.unit, size = unit * work.size
    cdef const Span* span = &piece.span
    cdef Span inside = span[0]
    if work.in_place:
        work.table.copy(
            target + span.inside * size, samples + (span.first + span.inside) * size,
            (span.beyond - span.inside) * unit,
        )
        surround(work, piece, target, samples)
        return
    if piece.holds_outside:
        inside = inside_of(work, span)
        target += span.inside * size
    work.table.pack(
        &work.signal, &work.signal.axis[last], work.axis[last].samples, &inside, samples,
        work.channels, target,
    )
    if piece.holds_outside:
        target -= span.inside * size
        surround(work, piece, target, target - span.first * size)


cdef inline void surround(
    Work* work, const Piece* piece, char* row, const char* samples
) noexcept nogil:
    """Continue a row by the samples outside: `samples` is the address of sample 0."""
    cdef const Span* span = &piece.span
    work.table.surround(
        row, span.inside, span.beyond - span.inside, span.count - span.beyond, samples,
        piece.outside, constant_of(work, work.program.axes - 1), work.program.unit,
    )


cdef void make_row(
    Work* work, const char* samples, char* target, bint is_output
) noexcept nogil:
    """Make the row that a level reads, or that is a row of the output.

    `samples` is the address of sample 0.
    """
    cdef Py_ssize_t last = work.program.axes - 1, p, at = work.program.unit * work.size
    cdef const Piece* piece
    cdef const char* row
    if work.program.row_stage != 0:
        pack_piece(work, &work.held, samples, target)
        return
    # sums along the last row of the signal could read what is behind it
    row = samples + (work.whole.span.first + work.whole.span.beyond) * at
    if work.number_of_pieces == 0 or row + work.table.beyond * work.size > work.end:
        pack_piece(work, &work.whole, samples, work.packed)
        filter_row(work, work.packed, target, work.narrow, is_output)
        return
    if is_output:
        at = work.output_stride[last]
    for p in range(work.number_of_pieces):
        piece = &work.pieces[p]
        row = work.packed
        if piece.packed:
            pack_piece(work, piece, samples, work.packed)
        else:
            row = samples + piece.span.first * work.signal.axis[last].stride
        filter_row(
            work, row, target + piece.output * at, piece.count * work.program.unit, is_output
        )


cdef void filter_row(
    Work* work, const char* row, char* target, Py_ssize_t n, bint is_output
) noexcept nogil:
    """Compute `n` outputs along a row."""
    cdef const FilterAxis* axis = &work.axis[work.program.axes - 1]
    cdef const Taps* taps = &work.taps[work.program.axes - 1]
    cdef Py_ssize_t unit = work.program.unit, least = work.table.along, first = 0, m, chunks
    cdef Py_ssize_t last = rounded_up(least, unit)
    count_work(&work.poll, n * axis.taps)
    if not is_output:
        work.table.sum_along(target, row, taps, unit, n, False)
        if work.program.rounds:
            work.table.round(<int>work.program.storing, target, n, work.roundings[axis.rank])
        return
    if work.contiguous and n >= least:
        if not work.program.streams:
            work.table.sum_along(target, row, taps, unit, n, False)
            return
        if find_lines(work, target, n, least, &first, &m):
            # cache lines that outputs fill go past the caches, those at either end do not
            if first:
                work.table.sum_along(work.buffer, row, taps, unit, first, False)
                store_reals(work, work.buffer, target, 0, first)
            work.table.sum_along(
                target + first * work.size, row + first * work.size, taps, unit,
                m, True,
            )
            if first + m < n:
                work.table.sum_along(
                    work.buffer, row + (n - least) * work.size, taps, unit, least,
                    False,
                )
                first += m
                store_reals(
                    work, work.buffer + (first - n + least) * work.size, target, first,
                    n - first,
                )
            return
    # chunks of whole positions, of nearly the same length
    chunks = (n + CHUNK - 1) // CHUNK
    m = rounded_up((n + chunks - 1) // chunks, unit)
    while first < n:
        m = min(m, n - first)
        if m < least and last <= n:
            # the last chunk overlaps the one before
            first, m = n - last, last
        work.table.sum_along(
            work.buffer, row + first * work.size, taps, unit, m, False
        )
        store_reals(work, work.buffer, target, first, m)
        first += m


cdef inline bint find_lines(
    const Work* work, const char* target, Py_ssize_t n, Py_ssize_t least, Py_ssize_t* first,
    Py_ssize_t* count,
) noexcept nogil:
    """Find which of `n` reals fill cache lines; tell whether they are at least so many."""
    cdef Py_ssize_t before = (CACHE_LINE - <Py_ssize_t>target % CACHE_LINE) % CACHE_LINE
    cdef Py_ssize_t line = CACHE_LINE // work.size, whole
    whole = (n - before // work.size) // line * line
    if before % work.size or whole < least:
        return False
    first[0], count[0] = before // work.size, whole
    return True


cdef void store_reals(
    Work* work, const char* reals, char* target, Py_ssize_t first, Py_ssize_t n
) noexcept nogil:
    """Store `n` reals of a row of outputs, from the real `first` on."""
    cdef const FilterProgram* program = work.program
    cdef Py_ssize_t stride = work.output_stride[program.axes - 1], unit = program.unit, i
    if work.contiguous:
        # any reals, also a part of a position
        target += first * work.size
        if n >= MANY and program.streams and <Py_ssize_t>target % work.size == 0:
            work.table.stream_row(target, reals, n)
        else:
            work.table.store(<int>program.storing, target, work.size, reals, 1, n, work.rounding)
        return
    target += first // unit * stride
    if unit == 1 or stride == unit * program.output_bytes:
        if unit > 1:
            stride = program.output_bytes
        work.table.store(<int>program.storing, target, stride, reals, 1, n, work.rounding)
    else:
        for i in range(unit):
            work.table.store(
                <int>program.storing, target + i * program.output_bytes, stride,
                reals + i * work.size, unit, n // unit, work.rounding,
            )
