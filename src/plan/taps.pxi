# Tap columns of a direct convolution.
#
# Taps along the axis of tile rows are cut into pieces of at most `span` taps, which lie
# one tile row below the other. A tap column is a piece at one combination of taps of the
# other axes, so it has one offset into the window. Columns of a chunk are ordered by span,
# the widest first, and then by tap.

cdef struct Buffer:                 # integers, of which more can be appended
    Py_ssize_t* data
    Py_ssize_t size, room           # integers it has, and integers it has memory for


cdef int append(Buffer* buffer, Py_ssize_t value) except -1:
    if buffer.size == buffer.room:
        buffer.room = max(64, 2 * buffer.room)
        buffer.data = <Py_ssize_t*>PyMem_Realloc(buffer.data, buffer.room * sizeof(Py_ssize_t))
        if buffer.data == NULL:
            raise MemoryError("no memory for a plan")
    buffer.data[buffer.size] = value
    buffer.size += 1
    return 0


cdef inline Py_ssize_t bytes_of(const Buffer* buffer) noexcept nogil:
    return buffer.size * sizeof(Py_ssize_t)


cdef inline void copy(const Buffer* buffer, char* target) noexcept nogil:
    memcpy(target, buffer.data, bytes_of(buffer))


cdef struct Chunk:
    const Blocks* blocks
    const Py_ssize_t* taps          # per axis
    const Py_ssize_t* first         # position of tap 0 in the window, per axis
    int along                       # axis of tile rows
    Py_ssize_t tap_pitch            # taps between two that lie one tile row apart
    Py_ssize_t behind               # product of the taps of all later axes
    const char* support             # of its first tap, as in Problem


cdef struct Columns:
    Buffer offsets                  # of each tap column in the window
    Buffer signal_offsets           # of each tap column in a signal read in place
    Buffer order                    # number in its chunk of each packed tap
    Py_ssize_t taps                 # of all chunks; chunks may share a table


cdef inline Py_ssize_t window_offset(const Chunk* chunk, int a, Py_ssize_t tap) noexcept nogil:
    """Reals from the first position of the window to a tap of an axis."""
    cdef const Blocks* blocks = chunk.blocks
    cdef Py_ssize_t slots = slots_of(blocks, a, blocks.block[a], blocks.chunk[a])
    cdef Py_ssize_t position = chunk.first[a] + blocks.dilation[a] * tap
    cdef Py_ssize_t stride = blocks.stride[a]
    if a == blocks.inner:
        if is_separate(blocks, a, blocks.block[a], blocks.chunk[a]):
            return tap * blocks.phase_pitch
        return position % stride * blocks.phase_pitch + position // stride * blocks.pitch[a]
    if is_separate(blocks, a, blocks.block[a], blocks.chunk[a]):
        return tap * slots * blocks.pitch[a]
    return (position % stride * slots + position // stride) * blocks.pitch[a]


cdef inline Py_ssize_t signal_offset(const Chunk* chunk, int a, Py_ssize_t tap) noexcept nogil:
    """The same in a signal read in place."""
    cdef const Blocks* blocks = chunk.blocks
    return (chunk.first[a] + blocks.dilation[a] * tap) * blocks.signal_pitch[a]


cdef int add_columns(
    DirectModel model, const Chunk* chunk, int span, int a, Py_ssize_t offset,
    Py_ssize_t in_signal, Py_ssize_t index, Columns* columns,
) except -1:
    """Append the tap columns of one span, for all taps of the axes from `a` on."""
    cdef Py_ssize_t tap, run, pieces, piece, size
    cdef int i
    if a == chunk.blocks.count:
        append(&columns.offsets, offset)
        append(&columns.signal_offsets, in_signal)
        for i in range(span):
            append(&columns.order, index + i * chunk.tap_pitch * chunk.behind)
    elif a != chunk.along:
        for tap in range(chunk.taps[a]):
            add_tap(model, chunk, span, a, tap, offset, in_signal, index, columns)
    else:
        for run in range(min(chunk.tap_pitch, chunk.taps[a])):
            tap = run
            size = ceil_divide(chunk.taps[a] - run, chunk.tap_pitch)
            pieces = pieces_of(model, size)
            for piece in range(pieces):
                if size // pieces + (piece < size % pieces) == span:
                    add_tap(model, chunk, span, a, tap, offset, in_signal, index, columns)
                tap += chunk.tap_pitch * (size // pieces + (piece < size % pieces))
    return 0


cdef int add_tap(
    DirectModel model, const Chunk* chunk, int span, int a, Py_ssize_t tap,
    Py_ssize_t offset, Py_ssize_t in_signal, Py_ssize_t index, Columns* columns,
) except -1:
    """Go on to the next axis, with the first tap of a column along axis `a`."""
    return add_columns(
        model, chunk, span, a + 1, offset + window_offset(chunk, a, tap),
        in_signal + signal_offset(chunk, a, tap), index * chunk.taps[a] + tap, columns,
    )


cdef double add_sparse_columns(
    DirectModel model, const Chunk* chunk, int span, Columns* columns
) except -1:
    """Append the tap columns of one span, where some taps take no part.

    Runs of taps that do are cut into pieces. Return the time of all runs, in units of the
    time of a tap at the FMA peak. Only this is done if `columns` is NULL.
    """
    cdef Py_ssize_t pitch = chunk.blocks.support_pitch[chunk.along], changed = 0
    cdef Py_ssize_t taps = chunk.taps[chunk.along], run, tap, end
    cdef double seconds = 0
    cdef const char* support
    cdef Odometer odometer
    cdef int a
    start(&odometer, chunk.blocks.count)
    for a in range(chunk.blocks.count):
        odometer.count[a] = 1 if a == chunk.along else chunk.taps[a]
    while changed != NONE:
        support = chunk.support
        for a in range(chunk.blocks.count):
            support += odometer.index[a] * chunk.blocks.support_pitch[a]
        for run in range(min(chunk.tap_pitch, taps)):
            tap = run
            while tap < taps:
                end = tap
                while end < taps and support[end * pitch]:
                    end += chunk.tap_pitch
                seconds += run_seconds(model, (end - tap) // chunk.tap_pitch)
                if columns != NULL and end > tap:
                    add_run(model, chunk, span, odometer.index, tap, end, columns)
                tap = end + chunk.tap_pitch
        changed = advance(&odometer)
    return seconds


cdef int add_run(
    DirectModel model, const Chunk* chunk, int span, const Py_ssize_t* taps, Py_ssize_t tap,
    Py_ssize_t end, Columns* columns,
) except -1:
    """Append the tap columns of one span of a run: of `taps`, with `tap` in a row of tiles."""
    cdef Py_ssize_t size = (end - tap) // chunk.tap_pitch, piece, length, at
    cdef Py_ssize_t pieces = pieces_of(model, size)
    cdef Py_ssize_t offset, in_signal, index
    cdef int a, i
    for piece in range(pieces):
        length = size // pieces + (piece < size % pieces)
        if length == span:
            offset = in_signal = index = 0
            for a in range(chunk.blocks.count):
                at = tap if a == chunk.along else taps[a]
                offset += window_offset(chunk, a, at)
                in_signal += signal_offset(chunk, a, at)
                index = index * chunk.taps[a] + at
            append(&columns.offsets, offset)
            append(&columns.signal_offsets, in_signal)
            for i in range(span):
                append(&columns.order, index + i * chunk.tap_pitch * chunk.behind)
        tap += length * chunk.tap_pitch
    return 0


cdef void set_chunk(
    DirectModel model, const Blocks* blocks, const Py_ssize_t* taps, const Py_ssize_t* first,
    const char* support, Chunk* chunk,
) noexcept:
    """Describe a chunk of taps: see `add_table`."""
    cdef int a
    chunk.blocks, chunk.taps, chunk.first, chunk.support = blocks, taps, first, support
    chunk.along = blocks.row_axis if blocks.row_axis >= 0 else blocks.inner
    # each tap is a column where filters share tiles, and each output of inner products
    chunk.tap_pitch = taps[chunk.along]
    if blocks.filter_axis == NONE and not blocks.exchanged:
        chunk.tap_pitch = tap_pitch_of(model, blocks, chunk.along, taps[chunk.along])
    chunk.behind = 1
    for a in range(chunk.along + 1, blocks.count):
        chunk.behind *= taps[a]


cdef int add_table(
    DirectModel model, const Blocks* blocks, const Py_ssize_t* taps, const Py_ssize_t* first,
    const char* support, Table* table, Columns* columns,
) except -1:
    """Find the tap columns of a chunk.

    `taps` are its taps per axis. `first` are the positions of its first tap in the window.
    `support` is that of its first tap, or NULL.
    """
    cdef Chunk chunk
    cdef Py_ssize_t before
    cdef int span
    set_chunk(model, blocks, taps, first, support, &chunk)
    table.first_offset, table.first_tap = columns.offsets.size, columns.order.size
    table.columns[0] = 0
    for span in range(MOST_SPAN, 0, -1):
        before = columns.offsets.size
        if support == NULL:
            add_columns(model, &chunk, span, 0, 0, 0, 0, columns)
        else:
            add_sparse_columns(model, &chunk, span, columns)
        table.columns[span] = columns.offsets.size - before
    table.taps = columns.order.size - table.first_tap
    return 0


def tap_columns(problem, DirectModel model):
    """Return the tap columns of the first chunk of taps, without up-sampling.

    Returns
    -------
    columns : list of int
        Numbers of tap columns of spans 0 to 5.
    offsets : list of int
        Offset of each tap column in the window, the widest span first.
    signal_offsets : list of int
        Offset of each tap column in a C-contiguous signal.
    order : list of int
        Numbers of the taps in the chunk, column by column.
    """
    cdef Problem given
    cdef Blocks blocks
    cdef Table table
    cdef Columns columns
    cdef Py_ssize_t first[MOST_AXES]
    cdef Py_ssize_t i
    memset(first, 0, sizeof(first))
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    memset(&columns, 0, sizeof(Columns))
    try:
        add_table(model, &blocks, blocks.chunk, first, blocks.support, &table, &columns)
        return (
            [table.columns[i] for i in range(MOST_SPAN + 1)],
            [columns.offsets.data[i] for i in range(columns.offsets.size)],
            [columns.signal_offsets.data[i] for i in range(columns.signal_offsets.size)],
            [columns.order.data[i] for i in range(columns.order.size)],
        )
    finally:
        PyMem_Free(columns.offsets.data)
        PyMem_Free(columns.signal_offsets.data)
        PyMem_Free(columns.order.data)
