# Blocks of the output: where they lie, and which samples of the signal they need.

cdef enum:
    PARTS = 3                               # either end of a block, and its middle
    # bytes of a row from which on packing its ends takes less time than packing all of it
    DIVIDED_BYTES = 2048

cdef struct Plan:                           # a program, as addresses
    const DirectProgram* program
    const DirectAxis* axis
    Py_ssize_t axes
    const Py_ssize_t* chunks
    const Table* tables
    const Py_ssize_t* offsets
    const Py_ssize_t* order

cdef struct Job:                            # arrays of one call
    Source signal                           # steps are from slot to slot
    Source kernel                           # or, of filters that share tiles:
    const real* packed
    Destination output
    Channels channels                       # of the signal, read together
    Py_ssize_t branch_stride[MOST_AXES]     # bytes between the outputs of two branches
    bint buffered                           # outputs go to a buffer before they are stored
    bint in_place                           # the signal may be read in place
    bint kernel_in_place                    # the kernel is, if the program is exchanged

cdef struct Chunk:                          # of taps of a branch
    const Table* table
    bint adds                               # to the outputs of the chunk before it
    Py_ssize_t first_packed                 # taps of the chunks before it
    # by axis
    const Py_ssize_t* output                # first output of the branch
    const Py_ssize_t* tap                   # first tap
    const Py_ssize_t* position              # of the first tap
    const Py_ssize_t* taps                  # how many taps

cdef struct Block:
    Py_ssize_t begin[MOST_AXES]             # first output
    Py_ssize_t extent[MOST_AXES]            # outputs
    Py_ssize_t most[MOST_AXES]              # outputs of a branch, at most
    Py_ssize_t needed[MOST_AXES]            # slots of a phase
    Py_ssize_t origin[MOST_AXES]            # sample at the window's first position
    Py_ssize_t target_pitch[MOST_AXES]      # reals between two outputs
    Py_ssize_t pitch[MOST_AXES]             # reals between two samples, packed or in place
    const Py_ssize_t* offsets               # of the tap columns, packed or in place
    real* row                               # scratch memory for a row of the window
    Sum sum

cdef struct FilterTile:
    Py_ssize_t filters                      # that are left
    Py_ssize_t rows                         # filters of the tile; some may be none
    Py_ssize_t at                           # reals before the tile's taps
    Py_ssize_t pitch                        # reals between the outputs of two filters
    Py_ssize_t room                         # reals that may be written in a line


cdef inline void read_chunk(const Plan* plan, Py_ssize_t number, Chunk* chunk) noexcept nogil:
    cdef const Py_ssize_t* values = plan.chunks + number * (3 + 4 * plan.axes)
    chunk.table, chunk.adds = &plan.tables[values[0]], values[1]
    chunk.first_packed, chunk.output = values[2], values + 3
    chunk.tap = chunk.output + plan.axes
    chunk.position = chunk.tap + plan.axes
    chunk.taps = chunk.position + plan.axes


cdef void locate_block(const Plan* plan, Py_ssize_t number, Block* block) noexcept nogil:
    """Find the outputs of a block."""
    cdef const DirectAxis* axis
    cdef Py_ssize_t a, blocks
    for a in range(plan.axes - 1, -1, -1):
        axis = &plan.axis[a]
        blocks = (axis.outputs + axis.block - 1) // axis.block
        block.begin[a], block.most[a] = number % blocks * axis.block, axis.block
        block.extent[a] = min(axis.block, axis.outputs - block.begin[a])
        number //= blocks


cdef struct Parts:                          # of a block, along each axis
    Py_ssize_t count[MOST_AXES]
    Py_ssize_t ends[MOST_AXES][PARTS]       # first output behind each part


cdef void divide_block(
    const Plan* plan, const Job* job, const Block* block, Parts* parts
) noexcept nogil:
    """Divide a block, so that its middle may be read in place.

    The middle reads samples inside the signal only. There are parts at either end if the
    middle is larger than these, and rows are long.
    """
    cdef const DirectProgram* program = plan.program
    cdef const DirectAxis* axis
    cdef bint divides = (
        job.in_place and program.row_axis != NONE and program.filter_axis == NONE
        and not program.branched
        and block.extent[program.inner_axis] * program.channels * sizeof(real) >= DIVIDED_BYTES
    )
    cdef Py_ssize_t a, begin, end, first, last, tile
    for a in range(plan.axes):
        axis = &plan.axis[a]
        begin, end = block.begin[a], block.begin[a] + block.extent[a]
        parts.count[a], parts.ends[a][0] = 1, end
        if not divides or not axis.is_window:
            continue
        tile = 1
        if a == program.inner_axis:
            tile = CACHE_LINE // sizeof(real)
            tile = (tile + program.channels - 1) // program.channels
        elif a == program.row_axis:
            tile = TILE_ROWS * program.row_step
        # outputs all of whose samples are inside, in whole cache lines and rows of tiles
        first = -axis.start
        last = axis.samples - axis.start - axis.dilation * (axis.taps - 1)
        first = begin + (max(0, first - begin) + tile - 1) // tile * tile
        last = end - (max(0, end - last) + tile - 1) // tile * tile
        if last - first < end - last + first - begin:
            continue
        parts.count[a] = 0
        if first > begin:
            add_part(parts, a, first)
        add_part(parts, a, last)
        if last < end:
            add_part(parts, a, end)


cdef inline void add_part(Parts* parts, Py_ssize_t a, Py_ssize_t end) noexcept nogil:
    parts.ends[a][parts.count[a]] = end
    parts.count[a] += 1


cdef char* choose_branch(
    const Plan* plan, const Job* job, const Chunk* chunk, Block* block, char* output
) noexcept nogil:
    """Find the outputs of a chunk's branch in a block.

    `output` is the address of the block's first output. Return the address of the branch's
    first output, or NULL if it has none in the block.
    """
    cdef const DirectAxis* axis
    cdef Py_ssize_t a, outputs
    for a in range(plan.axes):
        axis = &plan.axis[a]
        outputs = axis.outputs
        if axis.output_step > 1:
            # all branches have as many outputs, or one less
            outputs -= (outputs - 1) * axis.output_step + chunk.output[a] >= axis.all_outputs
            output += chunk.output[a] * job.branch_stride[a]
        block.extent[a] = min(block.most[a], outputs - block.begin[a])
        if block.extent[a] == 0:
            return NULL
    return output


cdef void find_needed(const Plan* plan, const Chunk* chunk, Block* block) noexcept nogil:
    """Find the samples that a chunk of taps needs, or that all branches need."""
    cdef const DirectAxis* axis
    cdef Py_ssize_t a, taps
    for a in range(plan.axes):
        axis = &plan.axis[a]
        block.needed[a] = min(block.most[a], axis.outputs - block.begin[a])
        if axis.signal == NONE:
            block.needed[a] = 1
        if axis.slots > axis.block:
            taps = axis.chunk if plan.program.one_window else chunk.taps[a]
            block.needed[a] += (axis.dilation * (taps - 1) + axis.branch_reach) // axis.stride
        block.origin[a] = axis.start + axis.step * (
            axis.stride * block.begin[a] + chunk.position[a]
        )


cdef const real* find_in_place(const Plan* plan, const Job* job, const Block* block) noexcept nogil:
    """Address of a block's window in the signal; NULL if it is not wholly inside."""
    cdef const DirectProgram* program = plan.program
    cdef const char* samples = job.signal.data
    cdef Py_ssize_t a, beyond, least
    for a in range(plan.axes):
        beyond = block.origin[a] + block.needed[a]
        # some branches have one output less
        least = block.extent[a] - (plan.axis[a].output_step > 1)
        if a == program.inner_axis:
            if program.row_axis == NONE:
                beyond += program.overread
            elif least * program.channels < TILE_VECTORS * LANES:
                return NULL
        elif a == program.row_axis and least < TILE_ROWS * program.row_step:
            return NULL
        if block.origin[a] < 0 or beyond > plan.axis[a].samples:
            return NULL
        samples += block.origin[a] * job.signal.axis[a].stride
    return <const real*>samples
