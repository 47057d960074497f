# Outputs of a block, strip by strip of tiles.


cdef void compute_strip(const Strip* strip, const Sum* sum, Py_ssize_t vectors) noexcept nogil:
    if vectors >= TILE_VECTORS:
        compute_tiles(strip, sum, TILE_VECTORS)
    elif TILE_VECTORS > 2 and vectors > 1:
        compute_tiles(strip, sum, 2)
    else:
        compute_tiles(strip, sum, 1)


cdef void compute_partly(
    const Strip* whole, const Sum* sum, Py_ssize_t vectors, Py_ssize_t rows,
    Py_ssize_t room, Py_ssize_t segment,
) noexcept nogil:
    """Compute one tile that overhangs, and keep what lies inside.

    `rows` rows lie inside, and `room` reals from the tile's first, of which each
    row uses up `segment`.
    """
    cdef real buffer[TILE_REALS]
    cdef Strip strip = whole[0]
    strip.tiles = 1
    strip.target = buffer
    strip.target_row = vectors * LANES
    strip.target_vector = LANES
    if sum.adding:
        copy_inside(&strip, whole, vectors, rows, room, segment, whole.vector if segment else LANES)
    compute_strip(&strip, sum, vectors)
    copy_inside(whole, &strip, vectors, rows, room, segment, whole.vector if segment else LANES)


cdef void copy_inside(
    const Strip* to, const Strip* source, Py_ssize_t vectors, Py_ssize_t rows,
    Py_ssize_t room, Py_ssize_t segment, Py_ssize_t vector,
) noexcept nogil:
    cdef Py_ssize_t r, c, inside
    for r in range(min(rows, TILE_ROWS)):
        for c in range(vectors):
            inside = min(LANES, room - r * segment - c * vector)
            if inside > 0:
                # either may be the output, at any address
                memcpy(
                    <char*>(to.target + r * to.target_row + c * to.target_vector),
                    <char*>(source.target + r * source.target_row + c * source.target_vector),
                    inside * sizeof(real),
                )


cdef bint is_aligned(const Strip* strip) noexcept nogil:
    """Whether rows of the target begin where vectors can be streamed to.

    They begin at the same place of a cache line. Otherwise two rows would have parts of a
    line, which takes much longer.
    """
    cdef Py_ssize_t size = LANES * sizeof(real)
    return (
        <Py_ssize_t>strip.target % size == 0
        and strip.target_row * <Py_ssize_t>sizeof(real) % CACHE_LINE == 0
    )


cdef void compute_block(const Plan* plan, const Block* block, real* target) noexcept nogil:
    """Compute the outputs of one plane of a block."""
    cdef const DirectProgram* program = plan.program
    cdef Py_ssize_t inner = program.inner_axis, changed = 0, a
    cdef Odometer odometer
    # up to each axis: first sample in the window, first output
    cdef Py_ssize_t first[MOST_AXES + 1]
    cdef real* output[MOST_AXES + 1]
    start(&odometer, inner)
    for a in range(inner):
        odometer.count[a] = 1 if a == program.row_axis else block.extent[a]
    first[0], output[0] = 0, target
    while changed != NONE:
        for a in range(changed, inner):
            first[a + 1] = first[a] + odometer.index[a] * block.pitch[a]
            output[a + 1] = output[a] + odometer.index[a] * block.target_pitch[a]
        compute_panel(plan, block, first[inner], output[inner])
        changed = advance(&odometer)


cdef void compute_panel(
    const Plan* plan, const Block* block, Py_ssize_t at, real* target
) noexcept nogil:
    """Compute the rows and columns of one panel, tile by tile."""
    cdef const DirectProgram* program = plan.program
    cdef Py_ssize_t width = block.extent[program.inner_axis] * program.channels
    cdef Py_ssize_t rows, classes, pitch, target_pitch, c
    cdef Strip strip
    strip.offsets = block.offsets
    strip.streams = False
    if program.row_axis == NONE:
        strip.at = at
        strip.target = target
        strip.row = strip.target_row = program.segment
        compute_segments(plan, block, strip, width)
        return
    classes = program.row_step
    pitch = block.pitch[program.row_axis]
    target_pitch = block.target_pitch[program.row_axis]
    strip.row = classes * pitch
    strip.target_row = classes * target_pitch
    strip.vector = strip.target_vector = LANES
    rows = block.extent[program.row_axis]
    for c in range(min(classes, rows)):
        strip.at = at + c * pitch
        strip.target = target + c * target_pitch
        compute_rows(plan, block, strip, (rows - c + classes - 1) // classes, width)


cdef void compute_rows(
    const Plan* plan, const Block* block, Strip first, Py_ssize_t rows, Py_ssize_t width
) noexcept nogil:
    """Compute a panel whose tile rows are its rows.

    The last tiles are moved back over outputs that are there already; where
    there is no room for that, or outputs are added to, they go by a buffer.
    """
    cdef Py_ssize_t r = 0, j, left, vectors
    cdef bint movable = not block.sum.adding
    cdef Strip strip
    while r < rows:
        if movable and r + TILE_ROWS > rows >= TILE_ROWS:
            r = rows - TILE_ROWS
        strip = first
        strip.at += r * first.row
        strip.target += r * first.target_row
        strip.pitch = TILE_VECTORS * LANES
        strip.tiles = 0
        if r + TILE_ROWS <= rows:
            strip.tiles = width // strip.pitch
        left = (width - strip.tiles * strip.pitch + LANES - 1) // LANES
        if left == 1 and TILE_VECTORS == 3 and strip.tiles:
            strip.tiles -= 1    # 2 + 2 vectors rather than 3 + 1
        if strip.tiles:
            strip.streams = plan.program.streams and is_aligned(&strip)
            compute_strip(&strip, &block.sum, TILE_VECTORS)
            strip.streams = False
        j = strip.tiles * strip.pitch
        strip.tiles = 1
        while j < width:
            left = (width - j + LANES - 1) // LANES
            vectors = TILE_VECTORS if left >= TILE_VECTORS else min(left, 2)
            if left == TILE_VECTORS + 1 and TILE_VECTORS == 3:
                vectors = 2
            if movable and j + vectors * LANES > width >= vectors * LANES:
                j = width - vectors * LANES
            strip.at = first.at + r * first.row + j
            strip.target = first.target + r * first.target_row + j
            if r + TILE_ROWS <= rows and j + vectors * LANES <= width:
                compute_strip(&strip, &block.sum, vectors)
            else:
                compute_partly(&strip, &block.sum, vectors, rows - r, width - j, 0)
            j += vectors * LANES
        r += TILE_ROWS


cdef void compute_segments(
    const Plan* plan, const Block* block, Strip strip, Py_ssize_t width
) noexcept nogil:
    """Compute a single row: its tile rows are segments, its vectors lie far apart."""
    cdef Py_ssize_t segment = plan.program.segment, tiles, j, n
    cdef Strip last
    strip.pitch = TILE_ROWS * segment
    tiles = (width + TILE_VECTORS * strip.pitch - 1) // (TILE_VECTORS * strip.pitch)
    strip.vector = strip.target_vector = tiles * strip.pitch
    for j from 0 <= j < segment by LANES:
        # the tiles whose last vector lies inside
        n = width - j - LANES - (TILE_ROWS - 1) * segment - (TILE_VECTORS - 1) * strip.vector
        strip.tiles = min(tiles, n // strip.pitch + 1) if n >= 0 else 0
        if strip.tiles:
            compute_strip(&strip, &block.sum, TILE_VECTORS)
        for n in range(strip.tiles, tiles):
            last = strip
            last.at += n * strip.pitch
            last.target += n * strip.pitch
            compute_partly(
                &last, &block.sum, TILE_VECTORS, TILE_ROWS, width - j - n * strip.pitch, segment
            )
        strip.at += LANES
        strip.target += LANES
