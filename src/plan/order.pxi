# The order of the axes of a direct convolution, and their steps.

cdef enum:                          # groups of axes, in their order
    VARYING                         # batch axes of the kernel
    FILTERS                         # the axis of filters that share tiles
    SHORT                           # axes without outputs of their own
    LONG


cdef int find_filters(const Problem* problem) noexcept nogil:
    """Find the longest axis that only the kernel has; NONE: there is none.

    Kernels some of whose taps take no part do not share tiles.
    """
    cdef int a, found = NONE
    if problem.support != NULL:
        return NONE
    for a in range(problem.count):
        if problem.axes[a].signal == NONE and problem.axes[a].outputs > 1 and (
            found == NONE or problem.axes[a].outputs > problem.axes[found].outputs
        ):
            found = a
    return found


cdef void arrange_axes(
    const Problem* problem, DirectModel model, Blocks* blocks, int filters, bint moves
) noexcept:
    """Order the axes: batch axes of the kernel, others, the inner axis, flat axes.

    Axes without outputs of their own are the first of the others: rows never lie along
    them. In an exchanged problem they may be summed axes, which problems name last: axes
    then have the order of the signal. If `moves`, the longest axis becomes the inner one
    where rows are narrow.
    """
    cdef const Axis* axis
    cdef int a, i, varying = 0, count = 0, longest, group
    cdef Py_ssize_t width
    blocks.planes[0] = problem.signal.planes
    blocks.planes[1] = problem.kernel.planes
    blocks.planes[2] = problem.output.planes
    blocks.filter_axis = NONE
    for group in range(VARYING, LONG + 1):
        for i in range(problem.count):
            a = axis_in_memory(problem, i) if blocks.exchanged else i
            axis = &problem.axes[a]
            if (FILTERS if a == filters else group_of(axis)) == group:
                blocks.axes[count] = axis[0]
                blocks.number[count] = a
                find_polyphase(axis, &blocks.polyphase[a])
                blocks.branches[count], blocks.branch_reach[count] = 1, 0
                if axis.upsampling > 1:
                    take_longest_branch(axis, blocks, count)
                count += 1
        if group == FILTERS:
            varying = count
            if filters != NONE:
                blocks.filter_axis = count - 1
    blocks.count = count
    blocks.inner = count - 1
    width = blocks.axes[blocks.inner].outputs
    while blocks.inner > varying and width < model.flat_reals \
            and is_plain(&blocks.axes[blocks.inner]):
        blocks.inner -= 1
        width *= blocks.axes[blocks.inner].outputs
    longest = varying
    for a in range(varying, count):
        if blocks.axes[a].outputs >= blocks.axes[longest].outputs:
            longest = a
    blocks.moved = (
        moves and width < 4 * model.lanes and blocks.axes[longest].outputs >= 2 * width
    )
    if blocks.moved:
        move_last(blocks, longest)
        blocks.inner = count - 1
    blocks.channels = 1
    for a in range(blocks.inner + 1, count):
        blocks.channels *= blocks.axes[a].outputs
    for a in range(count):
        reduce_steps(blocks, a)


cdef int axis_in_memory(const Problem* problem, int number) noexcept nogil:
    """Find the axis before which so many axes stand in the signal."""
    cdef int a, b, before
    for a in range(problem.count):
        before = 0
        for b in range(problem.count):
            before += problem.axes[b].signal < problem.axes[a].signal or (
                b < a and problem.axes[b].signal == problem.axes[a].signal
            )
        if before == number:
            return a
    return NONE


cdef int group_of(const Axis* axis) noexcept nogil:
    """In which group of axes, one before the other, an axis stands."""
    if axis.kernel != NONE and not axis.is_window:
        return VARYING
    return SHORT if axis.output == NONE or axis.samples == axis.outputs == 1 else LONG


cdef void take_longest_branch(const Axis* axis, Blocks* blocks, int a) noexcept nogil:
    """Replace an up-sampled axis by its longest branch, from the least offset of any."""
    cdef const Polyphase* polyphase = &blocks.polyphase[blocks.number[a]]
    cdef Axis* longest = &blocks.axes[a]
    cdef Py_ssize_t output, most = 0
    cdef Branch branch
    blocks.branches[a], longest.taps = 0, 1
    longest.stride, longest.dilation = polyphase.stride, polyphase.dilation
    longest.outputs = ceil_divide(axis.outputs, polyphase.outputs)
    for output in range(min(polyphase.outputs, axis.outputs)):
        if not find_branch(axis, polyphase, output, &branch):
            continue
        if blocks.branches[a] == 0:
            longest.offset = most = branch.offset
        longest.taps = max(longest.taps, branch.taps)
        longest.offset, most = min(longest.offset, branch.offset), max(most, branch.offset)
        blocks.branches[a] += 1
    blocks.branch_reach[a] = most - longest.offset if blocks.branches[a] else 0


cdef void move_last(Blocks* blocks, int a) noexcept nogil:
    """Move an axis behind all others."""
    cdef Axis axis = blocks.axes[a]
    cdef Py_ssize_t number = blocks.number[a], branches = blocks.branches[a]
    cdef Py_ssize_t branch_reach = blocks.branch_reach[a]
    cdef int i
    for i in range(a, blocks.count - 1):
        blocks.axes[i] = blocks.axes[i + 1]
        blocks.number[i] = blocks.number[i + 1]
        blocks.branches[i] = blocks.branches[i + 1]
        blocks.branch_reach[i] = blocks.branch_reach[i + 1]
    blocks.axes[blocks.count - 1] = axis
    blocks.number[blocks.count - 1] = number
    blocks.branches[blocks.count - 1] = branches
    blocks.branch_reach[blocks.count - 1] = branch_reach


cdef void reduce_steps(Blocks* blocks, int a) noexcept nogil:
    """Find the samples per position, and stride and dilation in positions."""
    cdef const Axis* axis = &blocks.axes[a]
    blocks.step[a], blocks.stride[a], blocks.dilation[a] = axis.stride, 1, 1
    if blocks.branch_reach[a]:
        # offsets of branches may have any distance
        blocks.step[a], blocks.stride[a], blocks.dilation[a] = 1, axis.stride, axis.dilation
    elif axis.taps > 1:
        blocks.step[a] = greatest_divisor(axis.stride, axis.dilation)
        blocks.stride[a] = axis.stride // blocks.step[a]
        blocks.dilation[a] = axis.dilation // blocks.step[a]
