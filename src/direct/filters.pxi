# Outputs of filters that share a signal: tiles of several filters at the same positions.
#
# Taps of a tile of filters lie side by side: for each tap of the kernel, a real of each
# filter. They are packed once for all blocks, before the first one; or, if they are many and
# blocks are few, by each block, chunk by chunk.


cdef inline Py_ssize_t padded_filters(Py_ssize_t filters) noexcept nogil:
    """Filters of whole tiles. The last tile may have half the rows of the others."""
    cdef Py_ssize_t half = FILTER_ROWS // 2
    return (filters + half - 1) // half * half


cdef inline Py_ssize_t rows_of_tile(Py_ssize_t left) noexcept nogil:
    """Rows of the next tile of filters, of which so many are left."""
    return FILTER_ROWS if left > FILTER_ROWS // 2 else FILTER_ROWS // 2


cdef Py_ssize_t sorts_of(const DirectProgram* program) noexcept nogil:
    """Number of sorts of taps that are packed: real, imaginary, and the same negated."""
    return 1 if program.planes == 1 else 4


cdef Py_ssize_t packed_reals(const Plan* plan) noexcept nogil:
    """Reals of one sort of the taps of all filters that share a signal."""
    return plan.program.all_taps * padded_filters(plan.axis[plan.program.filter_axis].outputs)


cdef Py_ssize_t kernels_of(const Plan* plan) noexcept nogil:
    """Number of sets of filters: the kernel's outputs along its other batch axes."""
    cdef Py_ssize_t number = 1, a
    for a in range(plan.program.filter_axis):
        number *= plan.axis[a].outputs
    return number


cdef bint pack_filters(
    const Plan* plan, const Source* kernel, real* packed, real* unordered
) noexcept nogil:
    """Pack the taps of all filters.

    `unordered` has room for the longest chunk of a tile of filters. Return false if a tap
    is not finite where the plan needs finite taps.
    """
    cdef const DirectProgram* program = plan.program
    cdef Py_ssize_t filters = program.filter_axis, changed = 0, a
    cdef Odometer odometer
    cdef const char* address[MOST_AXES + 1]
    cdef real nonfinite_sum = 0
    start(&odometer, filters)
    for a in range(filters):
        odometer.count[a] = plan.axis[a].outputs
    address[0] = kernel.data
    while changed != NONE:
        for a in range(changed, filters):
            address[a + 1] = address[a] + odometer.index[a] * kernel.axis[a].stride
        nonfinite_sum += pack_set(plan, kernel, address[filters], packed, unordered)
        packed += sorts_of(program) * packed_reals(plan)
        changed = advance(&odometer)
    return nonfinite_sum == 0


cdef real pack_set(
    const Plan* plan, const Source* kernel, const char* first, real* packed, real* unordered
) noexcept nogil:
    """Pack filters that share a signal; return 0 if all their taps are finite."""
    cdef const DirectProgram* program = plan.program
    cdef Py_ssize_t filters = plan.axis[program.filter_axis].outputs, number
    cdef Py_ssize_t padded = padded_filters(filters)
    cdef real nonfinite_sum = 0
    cdef Chunk chunk
    for number in range(program.chunks):
        read_chunk(plan, number, &chunk)
        nonfinite_sum += pack_chunk(
            plan, kernel, first, &chunk, filters, packed + chunk.first_packed * padded,
            packed_reals(plan), unordered,
        )
    return nonfinite_sum


cdef real pack_chunk(
    const Plan* plan, const Source* kernel, const char* first, const Chunk* chunk,
    Py_ssize_t filters, real* packed, Py_ssize_t sort, real* unordered,
) noexcept nogil:
    """Pack a chunk of some filters, from the one at `first` on.

    `sort`: reals from one sort of taps to the next. Return 0 if all taps are finite.
    """
    cdef const DirectProgram* program = plan.program
    cdef Py_ssize_t count = chunk.table.taps, f, rows, read, i, a
    cdef Py_ssize_t stride = kernel.axis[program.filter_axis].stride
    cdef bint side_by_side = (
        stride == sizeof(real) and kernel.element == REAL_ELEMENT and not kernel.swapped
        and program.kernel_planes == 1
    )
    cdef real nonfinite_sum = 0
    cdef real* target
    cdef int plane
    for a in range(plan.axes):
        if plan.axis[a].is_window:
            first += chunk.tap[a] * kernel.axis[a].stride
    for plane in range(<int>program.kernel_planes):
        for f from 0 <= f < filters by FILTER_ROWS:
            rows = rows_of_tile(filters - f)
            read = min(rows, filters - f)
            target = packed + plane * sort + f * count
            if side_by_side:
                copy_taps(plan, kernel, first + f * stride, chunk.taps, target, rows, read)
                if program.finite_taps:
                    nonfinite_sum += nonfinite_sum_of(target, rows * count)
            else:
                read_taps(
                    plan, kernel, first + f * stride, chunk.taps, plane, unordered, read, stride,
                    count,
                )
                memset(unordered + read * count, 0, (rows - read) * count * sizeof(real))
                if program.finite_taps:
                    nonfinite_sum += nonfinite_sum_of(unordered, rows * count)
                if rows == FILTER_ROWS:
                    interleave(target, unordered, count, FILTER_ROWS)
                else:
                    interleave(target, unordered, count, FILTER_ROWS // 2)
            if sorts_of(program) > 1:
                for i in range(rows * count):
                    target[2 * sort + i] = -target[i]
    return nonfinite_sum


cdef void copy_taps(
    const Plan* plan, const Source* kernel, const char* first, const Py_ssize_t* counts,
    real* target, Py_ssize_t rows, Py_ssize_t filters,
) noexcept nogil:
    """Pack a tile of filters whose taps lie side by side in the kernel, too."""
    cdef Py_ssize_t last = plan.axes - 1, changed = 0, a, r
    cdef Odometer odometer
    cdef const char* tap[MOST_AXES + 1]
    start(&odometer, plan.axes)
    for a in range(plan.axes):
        odometer.count[a] = counts[a]
    # the longest axis is summed, and far apart in memory
    tap[0] = first
    while changed != NONE:
        for a in range(changed, plan.axes):
            tap[a + 1] = tap[a] + (
                odometer.index[a] * plan.axis[a].tap_step * kernel.axis[a].stride
            )
        prefetch_to_read(
            tap[last + 1] + RUNS_AHEAD * plan.axis[last].tap_step * kernel.axis[last].stride
        )
        for r in range(rows):
            target[r] = load_one(tap[last + 1] + r * <Py_ssize_t>sizeof(real)) if (
                r < filters
            ) else <real>0
        target += rows
        changed = advance(&odometer)


cdef inline void interleave(
    real* target, const real* taps, Py_ssize_t count, int rows
) noexcept nogil:
    """Bring taps of filters, one filter behind the other, side by side."""
    cdef Py_ssize_t i = 0
    cdef vec square[LANES]
    cdef int r, first, lane
    if rows % LANES == 0:
        while i + LANES <= count:
            for first from 0 <= first < rows by LANES:
                for lane in range(<int>LANES):
                    square[lane] = load(taps + (first + lane) * count + i)
                transpose(square)
                for lane in range(<int>LANES):
                    store(target + (i + lane) * rows + first, square[lane])
            i += LANES
    while i < count:
        for r in range(rows):
            target[i * rows + r] = taps[r * count + i]
        i += 1


cdef inline Py_ssize_t filters_in(const Plan* plan, const Block* block) noexcept nogil:
    """Number of filters of a block."""
    cdef const DirectAxis* axis = &plan.axis[plan.program.filter_axis]
    return min(axis.block, axis.outputs - block.begin[plan.program.filter_axis])


cdef inline Py_ssize_t sort_of_block(
    const Plan* plan, const Block* block, const Chunk* chunk
) noexcept nogil:
    """Reals of one sort of the taps of a chunk, of all filters of a block."""
    return padded_filters(filters_in(plan, block)) * chunk.table.taps


cdef const real* filters_of_block(
    const Plan* plan, const Block* block, const real* packed
) noexcept nogil:
    """Address of the packed taps of the filters that a block's signal has."""
    cdef Py_ssize_t number = 0, a
    for a in range(plan.program.filter_axis):
        number = number * plan.axis[a].outputs + block.begin[a]
    return packed + number * sorts_of(plan.program) * packed_reals(plan)


cdef void compute_filters(
    const Plan* plan, const Block* block, bint buffered, real* target
) noexcept nogil:
    """Compute the outputs of one plane of a block, tile of filters by tile of filters."""
    cdef const DirectProgram* program = plan.program
    cdef Py_ssize_t axis = program.filter_axis, line = program.line_axis, f = 0, a, changed
    cdef Py_ssize_t width = block.extent[program.inner_axis] * program.channels, room
    cdef Odometer odometer
    # up to each axis: first sample in the window, first output
    cdef Py_ssize_t first[MOST_AXES + 1]
    cdef real* output[MOST_AXES + 1]
    cdef FilterTile tile
    if line < program.inner_axis:
        width += (block.extent[line] - 1) * block.pitch[line]
    # whole vectors may be written to the buffer
    room = program.line if buffered else width
    tile.pitch, tile.room = block.target_pitch[axis], room
    while f < block.extent[axis]:
        tile.filters = block.extent[axis] - f
        tile.rows = rows_of_tile(tile.filters)
        tile.at = f * block.sum.table.taps
        if not program.packs_chunks:
            tile.at += block.begin[axis] * block.sum.table.taps
        start(&odometer, line)
        for a in range(line):
            odometer.count[a] = block.extent[a] if a > axis else 1
        first[0], output[0], changed = 0, target + f * tile.pitch, 0
        while changed != NONE:
            for a in range(changed, line):
                first[a + 1] = first[a] + odometer.index[a] * block.pitch[a]
                output[a + 1] = output[a] + odometer.index[a] * block.target_pitch[a]
            compute_filter_line(block, &tile, first[line], output[line], width)
            changed = advance(&odometer)
        f += tile.rows


cdef void compute_filter_line(
    const Block* block, const FilterTile* tile, Py_ssize_t first, real* target, Py_ssize_t width
) noexcept nogil:
    """Compute one line of outputs of a tile of filters."""
    cdef real buffer[FILTER_ROWS * FILTER_VECTORS * LANES]
    cdef Py_ssize_t left = (width + LANES - 1) // LANES, at = 0, vectors, tiles
    while left:
        vectors = FILTER_VECTORS if left >= FILTER_VECTORS and left != 4 else min(left, 2)
        tiles = left // vectors if vectors == FILTER_VECTORS else 1
        if left - tiles * vectors == 1 and tiles > 1:
            tiles -= 1              # 2 + 2 vectors rather than 3 + 1
        while tiles and at + tiles * vectors * LANES > tile.room:
            tiles -= 1
        if tiles == 0 or tile.rows > tile.filters:
            tiles = 1
            sum_tile(block, tile, first + at, buffer, vectors * LANES, 1, vectors, False)
            copy_filters(block, tile, target + at, buffer, vectors, tile.room - at)
        else:
            sum_tile(
                block, tile, first + at, target + at, tile.pitch, tiles, vectors,
                block.sum.adding,
            )
        at += tiles * vectors * LANES
        left -= tiles * vectors


cdef void sum_tile(
    const Block* block, const FilterTile* tile, Py_ssize_t first, real* target,
    Py_ssize_t pitch, Py_ssize_t tiles, Py_ssize_t vectors, bint adding,
) noexcept nogil:
    """Compute tiles side by side."""
    cdef const real* x[2]
    cdef const real* taps[2]
    cdef const Py_ssize_t* offsets = block.offsets
    cdef Py_ssize_t count = block.sum.table.taps
    cdef int terms = block.sum.count, t
    for t in range(terms):
        x[t] = block.sum.terms[t].window + first
        taps[t] = block.sum.terms[t].taps + tile.at
    if tile.rows == FILTER_ROWS:
        sum_vectors(
            x, taps, terms, offsets, count, target, pitch, tiles, adding, vectors, FILTER_ROWS
        )
    else:
        sum_vectors(
            x, taps, terms, offsets, count, target, pitch, tiles, adding, vectors,
            FILTER_ROWS // 2,
        )


cdef inline void sum_vectors(
    const real** x, const real** taps, int terms, const Py_ssize_t* offsets, Py_ssize_t count,
    real* target, Py_ssize_t pitch, Py_ssize_t tiles, bint adding, Py_ssize_t vectors, int rows,
) noexcept nogil:
    if vectors == 3:
        sum_filters(x, taps, terms, offsets, count, target, pitch, tiles, adding, 3, rows)
    elif vectors == 2:
        sum_filters(x, taps, terms, offsets, count, target, pitch, tiles, adding, 2, rows)
    else:
        sum_filters(x, taps, terms, offsets, count, target, pitch, tiles, adding, 1, rows)


cdef void copy_filters(
    const Block* block, const FilterTile* tile, real* target, const real* values,
    Py_ssize_t vectors, Py_ssize_t room,
) noexcept nogil:
    """Store or add the part of a tile that lies inside the block."""
    cdef Py_ssize_t count = min(vectors * LANES, room), r
    for r in range(min(tile.rows, tile.filters)):
        store_some(target + r * tile.pitch, values + r * vectors * LANES, count, block.sum.adding)
