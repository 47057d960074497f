# Tap columns of a direct convolution, and its program.
#
# Taps along the axis of tile rows are cut into pieces of up to `span` that lie one tile
# row below the other. A tap column is a piece at one combination of taps of the other
# axes: one offset into the window. Columns of a chunk are in order of their span, the
# widest first, then of their taps.

cdef struct Buffer:                 # numbers that are appended
    Py_ssize_t* data
    Py_ssize_t size, room


cdef int append(Buffer* buffer, Py_ssize_t value) except -1:
    if buffer.size == buffer.room:
        buffer.room = max(64, 2 * buffer.room)
        buffer.data = <Py_ssize_t*>PyMem_Realloc(buffer.data, buffer.room * sizeof(Py_ssize_t))
        if buffer.data == NULL:
            raise MemoryError("no memory for a plan")
    buffer.data[buffer.size] = value
    buffer.size += 1
    return 0


cdef struct Columns:
    Buffer offsets, signal_offsets  # of tap columns: in the window, in the signal itself
    Buffer order                    # which tap of its chunk each packed tap is


cdef inline Py_ssize_t window_offset(const Blocks* blocks, int a, Py_ssize_t tap) noexcept nogil:
    """Reals from tap 0 of an axis to another, in the window."""
    cdef Py_ssize_t slots = slots_of(blocks, a, blocks.block[a], blocks.chunk[a])
    cdef Py_ssize_t position = blocks.dilation[a] * tap, stride = blocks.stride[a]
    if is_separate(blocks, a, blocks.block[a], blocks.chunk[a]):
        return tap * slots * blocks.pitch[a]
    return (position % stride * slots + position // stride) * blocks.pitch[a]


cdef inline Py_ssize_t signal_offset(const Blocks* blocks, int a, Py_ssize_t tap) noexcept nogil:
    """The same in the signal itself."""
    return blocks.dilation[a] * tap * blocks.signal_pitch[a]


cdef struct Chunk:
    const Blocks* blocks
    const Py_ssize_t* taps          # per axis
    int along                       # the axis that tile rows follow
    Py_ssize_t apart                # taps of it from one to the next that lies vertically
    Py_ssize_t behind               # taps of the axes behind it


cdef int add_columns(
    DirectModel model, const Chunk* chunk, int span, int a, Py_ssize_t offset,
    Py_ssize_t in_signal, Py_ssize_t index, Columns* columns,
) except -1:
    """Append the tap columns of a span, for all taps of the axes from `a` on."""
    cdef Py_ssize_t tap, run, pieces, piece, size
    cdef int i
    if a == chunk.blocks.count:
        append(&columns.offsets, offset)
        append(&columns.signal_offsets, in_signal)
        for i in range(span):
            append(&columns.order, index + i * chunk.apart * chunk.behind)
    elif a != chunk.along:
        for tap in range(chunk.taps[a]):
            add_tap(model, chunk, span, a, tap, offset, in_signal, index, columns)
    else:
        for run in range(min(chunk.apart, chunk.taps[a])):
            tap = run
            size = ceil_divide(chunk.taps[a] - run, chunk.apart)
            pieces = pieces_of(model, size)
            for piece in range(pieces):
                if size // pieces + (piece < size % pieces) == span:
                    add_tap(model, chunk, span, a, tap, offset, in_signal, index, columns)
                tap += chunk.apart * (size // pieces + (piece < size % pieces))
    return 0


cdef int add_tap(
    DirectModel model, const Chunk* chunk, int span, int a, Py_ssize_t tap,
    Py_ssize_t offset, Py_ssize_t in_signal, Py_ssize_t index, Columns* columns,
) except -1:
    """Go on behind a tap of axis `a`, for a tap column the first of its taps."""
    return add_columns(
        model, chunk, span, a + 1, offset + window_offset(chunk.blocks, a, tap),
        in_signal + signal_offset(chunk.blocks, a, tap), index * chunk.taps[a] + tap, columns,
    )


cdef int add_table(
    DirectModel model, const Blocks* blocks, const Py_ssize_t* taps, Table* table,
    Columns* columns,
) except -1:
    """Find the tap columns of a chunk with so many taps per axis."""
    cdef Chunk chunk
    cdef Py_ssize_t before
    cdef int a, span
    chunk.blocks, chunk.taps = blocks, taps
    chunk.along = blocks.row_axis if blocks.row_axis >= 0 else blocks.inner
    chunk.apart = taps_apart(model, blocks, chunk.along, taps[chunk.along])
    chunk.behind = 1
    for a in range(chunk.along + 1, blocks.count):
        chunk.behind *= taps[a]
    table.first_offset, table.first_tap = columns.offsets.size, columns.order.size
    table.columns[0] = 0
    for span in range(MOST_SPAN, 0, -1):
        before = columns.offsets.size
        add_columns(model, &chunk, span, 0, 0, 0, 0, columns)
        table.columns[span] = columns.offsets.size - before
    table.taps = columns.order.size - table.first_tap
    return 0


cdef bytes write_direct(
    const Problem* problem, DirectModel model, const Blocks* blocks, int storing
):
    """Lay out the program of a direct convolution, head first."""
    cdef DirectProgram head
    cdef Columns columns
    cdef Buffer chunks, tables
    cdef bytes program
    memset(&columns, 0, sizeof(Columns))
    memset(&chunks, 0, sizeof(Buffer))
    memset(&tables, 0, sizeof(Buffer))
    memset(&head, 0, sizeof(DirectProgram))
    try:
        find_chunks(model, blocks, &chunks, &tables, &columns)
        describe_direct(problem, model, blocks, storing, &head)
        head.chunks = chunks.size // (1 + 2 * head.axes)
        head.columns = columns.offsets.size
        head.axis_at = sizeof(DirectProgram)
        head.chunk_at = head.axis_at + head.axes * sizeof(DirectAxis)
        head.table_at = head.chunk_at + bytes_of(&chunks)
        head.offset_at = head.table_at + bytes_of(&tables)
        head.order_at = head.offset_at + 2 * bytes_of(&columns.offsets)
        program = PyBytes_FromStringAndSize(NULL, head.order_at + bytes_of(&columns.order))
        memcpy(PyBytes_AS_STRING(program), &head, sizeof(DirectProgram))
        write_axes(blocks, <DirectAxis*>(PyBytes_AS_STRING(program) + head.axis_at))
        copy(&chunks, PyBytes_AS_STRING(program) + head.chunk_at)
        copy(&tables, PyBytes_AS_STRING(program) + head.table_at)
        copy(&columns.offsets, PyBytes_AS_STRING(program) + head.offset_at)
        copy(
            &columns.signal_offsets,
            PyBytes_AS_STRING(program) + head.offset_at + bytes_of(&columns.offsets),
        )
        copy(&columns.order, PyBytes_AS_STRING(program) + head.order_at)
        return program
    finally:
        PyMem_Free(columns.offsets.data)
        PyMem_Free(columns.signal_offsets.data)
        PyMem_Free(columns.order.data)
        PyMem_Free(chunks.data)
        PyMem_Free(tables.data)


cdef inline Py_ssize_t bytes_of(const Buffer* buffer) noexcept nogil:
    return buffer.size * sizeof(Py_ssize_t)


cdef inline void copy(const Buffer* buffer, char* target) noexcept nogil:
    memcpy(target, buffer.data, bytes_of(buffer))


cdef int find_chunks(
    DirectModel model, const Blocks* blocks, Buffer* chunks, Buffer* tables, Columns* columns
) except -1:
    """List the chunks of taps; those of as many taps per axis share a table."""
    cdef Py_ssize_t first[MOST_AXES]
    cdef Py_ssize_t taps[MOST_AXES]
    cdef Table table
    cdef dict known = {}
    cdef int a, i
    for a in range(blocks.count):
        first[a] = 0
    while True:
        for a in range(blocks.count):
            taps[a] = min(blocks.chunk[a], blocks.axes[a].taps - first[a])
        key = tuple([taps[a] for a in range(blocks.count)])
        number = known.get(key)
        if number is None:
            number = known[key] = len(known)
            add_table(model, blocks, taps, &table, columns)
            for i in range(<int>(sizeof(Table) // sizeof(Py_ssize_t))):
                append(tables, (<Py_ssize_t*>&table)[i])
        append(chunks, number)
        for a in range(blocks.count):
            append(chunks, first[a])
        for a in range(blocks.count):
            append(chunks, taps[a])
        # the next one, along the last axis first
        for a in range(blocks.count - 1, -1, -1):
            first[a] += blocks.chunk[a]
            if first[a] < blocks.axes[a].taps:
                break
            first[a] = 0
        else:
            return 0


cdef void write_axes(const Blocks* blocks, DirectAxis* target) noexcept nogil:
    cdef const Axis* axis
    cdef Py_ssize_t block, chunk
    cdef int a
    for a in range(blocks.count):
        axis = &blocks.axes[a]
        block, chunk = blocks.block[a], blocks.chunk[a]
        target[a].samples, target[a].outputs = axis.samples, axis.outputs
        target[a].start, target[a].step = axis.offset, blocks.step[a]
        target[a].block = block
        target[a].stride, target[a].dilation = blocks.stride[a], blocks.dilation[a]
        target[a].boundary = axis.rule
        target[a].period, target[a].mirror = axis.period, axis.mirror
        target[a].rank = blocks.number[a]
        target[a].signal, target[a].kernel = axis.signal, axis.kernel
        target[a].output = axis.output
        target[a].is_window, target[a].reversed = axis.is_window, axis.reversed
        target[a].phases = phases_of(blocks, a, block, chunk)
        target[a].spread = blocks.dilation[a] if is_separate(blocks, a, block, chunk) else 1
        target[a].slots = slots_of(blocks, a, block, chunk)
        target[a].pitch = blocks.pitch[a]
        target[a].signal_pitch = blocks.signal_pitch[a]
        target[a].buffer_pitch = blocks.buffer_pitch[a]


cdef void describe_direct(
    const Problem* problem, DirectModel model, const Blocks* blocks, int storing,
    DirectProgram* head,
) noexcept:
    cdef double sums = blocks.planes[0] * blocks.planes[1]
    cdef bint once = True
    cdef int a
    head.axes = blocks.count
    head.blocks = number_of_blocks(blocks)
    head.inner_axis, head.channels = blocks.inner, blocks.channels
    head.row_axis, head.row_step = blocks.row_axis, blocks.row_step
    head.segment = blocks.segment
    head.window, head.packed = blocks.window, blocks.packed
    head.buffer, head.overread = blocks.buffer, blocks.overread
    head.taps = 1
    for a in range(blocks.count):
        head.taps *= blocks.chunk[a]
        sums *= <double>blocks.chunk[a] * blocks.block[a]
        once &= blocks.axes[a].taps <= blocks.chunk[a]
    # packing and storing take time, too
    sums += 32 * (blocks.packed * blocks.planes[0] + blocks.buffer * blocks.planes[2])
    head.poll = <Py_ssize_t>max(1, model.poll_sums // sums)
    head.signal_element, head.signal_swapped = problem.signal.element, problem.signal.swapped
    head.kernel_element, head.kernel_swapped = problem.kernel.element, problem.kernel.swapped
    head.signal_planes, head.kernel_planes = blocks.planes[0], blocks.planes[1]
    head.planes = blocks.planes[2]
    head.storing = storing
    head.finite_taps = needs_finite_taps(problem)
    head.in_place = blocks.in_place
    # outputs may go past the caches if they are many, and stored only once
    head.streams = once and outputs_of(problem) * problem.output.itemsize >= model.streamed
    find_terms(problem, head)


cdef void find_terms(const Problem* problem, DirectProgram* head) noexcept nogil:
    """Products that each plane of the output sums: signal plane, sort of tap.

    Sorts 0 to 3 are the real and imaginary part of the taps, and the same negated.
    """
    cdef int plane, s, k, i
    cdef bint negative
    for plane in range(2):
        for i in range(2):
            head.terms[plane][i][0] = head.terms[plane][i][1] = NONE
    for plane in range(problem.output.planes):
        i = 0
        for s in range(problem.signal.planes):
            for k in range(problem.kernel.planes):
                if (s + k) % 2 != plane:
                    continue
                negative = (
                    (s & k) ^ (s & problem.signal.conjugated)
                    ^ (k & problem.kernel.conjugated)
                )
                head.terms[plane][i][0] = s
                head.terms[plane][i][1] = k + 2 * negative
                i += 1


def count_direct(problem, DirectModel model):
    """Count what a direct convolution has to do.

    Parameters
    ----------
    problem : Problem
    model : DirectModel

    Returns
    -------
    tuple of float
        In the order of `DIRECT_COUNTS`.
    """
    cdef Problem given
    cdef Blocks blocks
    cdef double counts[8]
    cdef int i
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    count_work(&given, model, &blocks, counts)
    return tuple([counts[i] for i in range(8)])


def direct_seconds(problem, DirectModel model):
    """Predict how long a direct convolution takes one thread."""
    cdef Problem given
    cdef Blocks blocks
    cdef double counts[8]
    cdef double seconds = 0
    cdef int i
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    count_work(&given, model, &blocks, counts)
    for i in range(8):
        seconds += counts[i] * model.seconds[i]
    return seconds


def direct_program(problem, DirectModel model, str storing):
    """Lay out a direct convolution.

    Parameters
    ----------
    problem : Problem
    model : DirectModel
    storing : str
        How computed numbers become samples of the output, one of `STORING`.

    Returns
    -------
    bytes
        The program that the compiled module reads.
    """
    cdef Problem given
    cdef Blocks blocks
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    return write_direct(&given, model, &blocks, STORING[storing])


def blocks_of(problem, DirectModel model):
    """Return how a direct convolution is laid out, as a dict of numbers by axis."""
    cdef Problem given
    cdef Blocks blocks
    cdef int a
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    axes = range(blocks.count)
    return {
        "order": [blocks.number[a] for a in axes],
        "inner": blocks.inner,
        "channels": blocks.channels,
        "row_axis": blocks.row_axis,
        "row_step": blocks.row_step,
        "segment": blocks.segment,
        "taps": [blocks.chunk[a] for a in axes],
        "outputs": [blocks.block[a] for a in axes],
        "phases": [phases_of(&blocks, a, blocks.block[a], blocks.chunk[a]) for a in axes],
        "slots": [slots_of(&blocks, a, blocks.block[a], blocks.chunk[a]) for a in axes],
        "window": blocks.window,
        "in_place": blocks.in_place,
    }


def tap_columns(problem, DirectModel model):
    """Return tap columns of the first chunk of taps.

    Returns
    -------
    columns : list of int
        How many there are of spans 0 to 5.
    offsets : list of int
        Of each in the window, those of the widest span first.
    signal_offsets : list of int
        The same in the signal itself, if C-contiguous.
    order : list of int
        Which taps they have, column by column.
    """
    cdef Problem given
    cdef Blocks blocks
    cdef Table table
    cdef Columns columns
    cdef Py_ssize_t i
    read_problem(problem, &given)
    choose_blocks(&given, model, &blocks)
    memset(&columns, 0, sizeof(Columns))
    try:
        add_table(model, &blocks, blocks.chunk, &table, &columns)
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
