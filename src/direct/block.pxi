# Blocks of the output: where they lie, and which samples of the signal they need.

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
    Source kernel
    Destination output
    Channels channels                       # of the signal, read together
    bint buffered                           # outputs go to a buffer before they are stored
    bint in_place                           # the signal may be read in place

cdef struct Block:
    Py_ssize_t begin[MOST_AXES]             # first output
    Py_ssize_t extent[MOST_AXES]            # outputs
    Py_ssize_t needed[MOST_AXES]            # slots of a phase
    Py_ssize_t origin[MOST_AXES]            # sample at the window's first position
    Py_ssize_t target_pitch[MOST_AXES]      # reals between two outputs
    Py_ssize_t pitch[MOST_AXES]             # reals between two samples, packed or in place
    const Py_ssize_t* offsets               # of the tap columns, packed or in place
    Sum sum


cdef void locate_block(const Plan* plan, Py_ssize_t number, Block* block) noexcept nogil:
    """Find the outputs of a block."""
    cdef const DirectAxis* axis
    cdef Py_ssize_t a, blocks
    for a in range(plan.axes - 1, -1, -1):
        axis = &plan.axis[a]
        blocks = (axis.outputs + axis.block - 1) // axis.block
        block.begin[a] = number % blocks * axis.block
        block.extent[a] = min(axis.block, axis.outputs - block.begin[a])
        number //= blocks


cdef void find_needed(
    const Plan* plan, const Py_ssize_t* first_taps, const Py_ssize_t* taps, Block* block
) noexcept nogil:
    """Find the samples that a chunk of taps needs."""
    cdef const DirectAxis* axis
    cdef Py_ssize_t a
    for a in range(plan.axes):
        axis = &plan.axis[a]
        block.needed[a] = block.extent[a]
        if axis.slots > axis.block:
            block.needed[a] += axis.dilation * (taps[a] - 1) // axis.stride
        block.origin[a] = axis.start + axis.step * (
            axis.stride * block.begin[a] + axis.dilation * first_taps[a]
        )


cdef const real* find_in_place(const Plan* plan, const Job* job, const Block* block) noexcept nogil:
    """Address of a block's window in the signal; NULL if it is not wholly inside."""
    cdef const DirectProgram* program = plan.program
    cdef const char* samples = job.signal.data
    cdef Py_ssize_t a, beyond
    for a in range(plan.axes):
        beyond = block.origin[a] + block.needed[a]
        if a == program.inner_axis:
            if program.row_axis == NONE:
                beyond += program.overread
            elif block.extent[a] * program.channels < TILE_VECTORS * LANES:
                return NULL
        elif a == program.row_axis and block.extent[a] < TILE_ROWS * program.row_step:
            return NULL
        if block.origin[a] < 0 or beyond > plan.axis[a].samples:
            return NULL
        samples += block.origin[a] * job.signal.axis[a].stride
    return <const real*>samples
