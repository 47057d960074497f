# How tiles cover the outputs of a problem: how many tiles of a length an axis takes.
#
# Positions of an axis are as far apart as its taps. An axis with dilation d and stride s
# has d / gcd(s, d) phases of outputs, whose positions do not meet: each phase is tiled
# on its own.

cdef struct Extent:                 # of a transformed axis
    int axis                        # its number in the problem
    Py_ssize_t taps
    Py_ssize_t outputs              # of one phase
    Py_ssize_t stride               # positions between two outputs
    Py_ssize_t step                 # samples between two positions
    Py_ssize_t phases
    Py_ssize_t whole                # least positions of a tile that covers all outputs, or 0
    # samples, if tiles may hold disjoint samples and add up their outputs; otherwise 0
    Py_ssize_t samples

cdef struct Tiling:                 # the same for all tiles of a problem
    int transformed, batch          # how many axes are transformed, and are not
    Extent extent[MOST_AXES]
    int batch_axis[MOST_AXES]
    # whether a batch axis has a kernel for each output, or for each sample that is summed
    bint varies[MOST_AXES]
    # axis of the kernel's filters that share a signal, and axis that is summed; or NONE
    int filter_axis, channel_axis
    double filters, channels        # kernels along each; 1: there is no such axis
    double signals                  # product of the outputs of all batch axes
    double items                    # number of kernels
    int planes                      # 2: complex samples
    # 2: of real samples, the halves of the last axis are the real and imaginary parts of
    # points; 1: complex samples
    int halves
    Py_ssize_t width                # columns of a tile, in the form `columns`
    double inputs                   # bytes of signal and kernel
    # samples between neighbours along the last transformed axis
    Py_ssize_t distance
    bint last_varies                # whether each output of the last batch axis has a kernel


# Time of a product with a spectrum, over that of a tile's transforms there and back.
cdef double PRODUCT_SHARE = 0.2


cdef inline bint is_single_tap(const Axis* axis) noexcept nogil:
    """Whether each output of a window axis is one sample times one tap."""
    cdef Py_ssize_t last = axis.offset + axis.stride * (axis.outputs - 1)
    return axis.taps == 1 and axis.offset >= 0 and last < axis.samples


cdef void find_extent(const Axis* axis, bint may_add, Extent* extent) noexcept nogil:
    """Reduce an axis to positions that are as far apart as taps."""
    cdef Py_ssize_t common = greatest_divisor(axis.stride, axis.dilation)
    cdef Py_ssize_t first = axis.offset + axis.taps - 1
    extent.taps, extent.step = axis.taps, axis.dilation
    # no more phases than outputs
    extent.phases = max(1, min(axis.dilation // common, axis.outputs))
    extent.stride = axis.stride // common
    extent.whole = 0
    if axis.is_absent and axis.dilation == 1 and first >= 0:
        # a circular convolution may wrap around into positions that are not stored
        extent.whole = max(
            max(axis.samples, axis.taps),
            max(axis.samples + axis.taps - 1 - first, first + axis.stride * (axis.outputs - 1) + 1),
        )
    extent.outputs = ceil_divide(axis.outputs, extent.phases)
    extent.samples = 0
    # blocks of samples have the outputs that sum some of their samples, and no others
    if (
        may_add and extent.whole and extent.stride == 1
        and first + axis.outputs < axis.samples + axis.taps
    ):
        extent.samples = axis.samples


cdef inline Py_ssize_t outputs_of_tile(const Extent* extent, Py_ssize_t length) noexcept nogil:
    """How many outputs a tile of `length` positions can store."""
    if extent.whole and length >= extent.whole:
        return extent.outputs
    return min(extent.outputs, (length - extent.taps) // extent.stride + 1)


cdef inline bint adds(const Extent* extent, Py_ssize_t length) noexcept nogil:
    """Whether an axis takes fewer tiles if these hold disjoint samples.

    Their outputs overlap, and are added.
    """
    cdef Py_ssize_t outputs
    if not extent.samples or length >= extent.whole or length < 2 * extent.taps - 2:
        return False
    outputs = outputs_of_tile(extent, length)
    return ceil_divide(extent.samples, outputs) < ceil_divide(extent.outputs, outputs)


cdef inline Py_ssize_t tiles_along(const Extent* extent, Py_ssize_t length) noexcept nogil:
    """How many tiles of `length` positions an axis takes."""
    cdef Py_ssize_t shared = extent.samples if adds(extent, length) else extent.outputs
    return extent.phases * ceil_divide(shared, outputs_of_tile(extent, length))


cdef Py_ssize_t most_positions(const Extent* extent) noexcept nogil:
    """Positions beyond which a longer tile stores no more outputs."""
    cdef Py_ssize_t span = extent.stride * (extent.outputs - 1) + extent.taps
    return min(span, extent.whole) if extent.whole else span


cdef void find_tiling(const Problem* problem, FFTModel model, Tiling* tiling) noexcept:
    """Sort axes into transformed ones and batch axes, and measure them."""
    cdef const Axis* axis
    cdef Py_ssize_t vectors
    # outputs of narrow floats or integers would be rounded at each addition
    cdef bint may_add = not problem.narrows and (
        problem.output.is_integer or problem.output.element == model.element
    )
    cdef double samples = 1, taps = 1
    cdef int a, last_window = 0
    tiling.transformed = tiling.batch = 0
    tiling.signals = tiling.items = 1
    tiling.filter_axis = tiling.channel_axis = NONE
    tiling.filters = tiling.channels = 1
    tiling.planes = problem.output.planes
    tiling.halves = 2 if tiling.planes == 1 else 1
    for a in range(problem.count):
        if problem.axes[a].is_window and problem.axes[a].output != NONE:
            last_window = a
            tiling.transformed += not is_single_tap(&problem.axes[a])
    if tiling.transformed:
        last_window = NONE
    tiling.transformed = 0
    for a in range(problem.count):
        axis = &problem.axes[a]
        if axis.output == NONE:
            tiling.channel_axis, tiling.channels = a, axis.samples
            tiling.batch_axis[tiling.batch], tiling.varies[tiling.batch] = a, True
            tiling.items *= axis.samples
            tiling.batch += 1
        elif a == last_window or axis.is_window and not is_single_tap(axis):
            find_extent(axis, may_add, &tiling.extent[tiling.transformed])
            tiling.extent[tiling.transformed].axis = a
            tiling.transformed += 1
        else:
            tiling.batch_axis[tiling.batch] = a
            tiling.varies[tiling.batch] = not axis.is_window and axis.kernel != NONE
            tiling.signals *= axis.outputs
            if tiling.varies[tiling.batch]:
                tiling.items *= axis.outputs
            tiling.batch += 1
        if axis.signal != NONE:
            samples *= axis.samples
        if axis.kernel != NONE:
            taps *= axis.taps if axis.is_window else axis.outputs
    tiling.filter_axis = find_filters(problem)
    if tiling.filter_axis != NONE:
        tiling.filters = problem.axes[tiling.filter_axis].outputs
    tiling.inputs = samples * problem.signal.itemsize + taps * problem.kernel.itemsize
    axis = &problem.axes[problem.count - 1]
    vectors = ceil_divide(axis.outputs, model.lanes)
    vectors = ceil_divide(vectors, ceil_divide(vectors, model.column_vectors))
    tiling.width = vectors * model.lanes
    tiling.last_varies = tiling.batch and tiling.varies[tiling.batch - 1]
    tiling.distance = 1
    for a in range(tiling.extent[tiling.transformed - 1].axis + 1, problem.count):
        tiling.distance *= problem.axes[a].outputs


cdef bint can_have(
    const Problem* problem, const Tiling* tiling, FFTModel model, int form
) noexcept:
    """Whether tiles of the problem can have a form."""
    cdef int last = problem.count - 1
    if not model.allowed[form]:
        return False
    if form == COLUMNS:
        return (
            tiling.batch and tiling.batch_axis[tiling.batch - 1] == last
            and problem.axes[last].outputs > 1
            and not (tiling.last_varies and tiling.channel_axis != NONE)
        )
    return (tiling.transformed > 1) == (form == PANELS)


cdef bint shares_signal(const Tiling* tiling, int form) noexcept nogil:
    """Whether each tile of the signal is transformed once for several kernels."""
    if tiling.filters * tiling.channels == 1:
        return False
    return not (form == COLUMNS and tiling.last_varies)


cdef double share_of_transforms(const Tiling* tiling, int form) noexcept nogil:
    """Time of a tile whose signal is transformed once, over that of one for each filter."""
    if not shares_signal(tiling, form):
        return 1
    return (
        0.5 + 0.5 * tiling.channels / tiling.filters
        + PRODUCT_SHARE * (tiling.channels - 1 / tiling.filters)
    )


cdef Extent extent_in(const Tiling* tiling, int i, int form) noexcept nogil:
    """Extent of a transformed axis in tiles of a form."""
    cdef Extent extent = tiling.extent[i]
    if form == PACKED_LANES:
        # lanes never add up outputs: they are many, so overlaps of samples cost little
        extent.samples = 0
    return extent
