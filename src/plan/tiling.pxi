# How tiles cover the outputs of a problem: how many a length of tile takes along an axis.

cdef struct Extent:                 # of a transformed axis, at the distance of two taps
    int axis                        # its number in the problem
    Py_ssize_t taps
    Py_ssize_t outputs              # of one phase of a dilation
    Py_ssize_t stride, step, phases
    Py_ssize_t whole                # positions of a tile that covers all; 0: there is none
    # that tiles can share out, to add up their outputs; 0: they can't
    Py_ssize_t samples

cdef struct Tiling:                 # what all tiles of a problem have in common
    int transformed, batch          # numbers of axes
    Extent extent[MOST_AXES]
    int batch_axis[MOST_AXES]
    bint varies[MOST_AXES]          # whether a batch axis has a kernel for each output
    double signals, items           # outputs of all batch axes, kernels
    int planes, halves              # halves of a real axis are the parts of its points
    Py_ssize_t width                # lanes of a tile of columns, if there are as many
    double inputs                   # bytes of signal and kernel
    Py_ssize_t distance             # samples between neighbours along the last axis
    bint last_varies                # whether columns have a kernel each


cdef inline bint is_single_tap(const Axis* axis) noexcept nogil:
    """Whether each output of a window axis is a single sample's, times a tap."""
    cdef Py_ssize_t last = axis.offset + axis.stride * (axis.outputs - 1)
    return axis.taps == 1 and axis.offset >= 0 and last < axis.samples


cdef void find_extent(const Axis* axis, bint may_add, Extent* extent) noexcept nogil:
    """Reduce an axis to positions whose distance is that of two taps."""
    cdef Py_ssize_t common = greatest_divisor(axis.stride, axis.dilation)
    cdef Py_ssize_t first = axis.offset + axis.taps - 1
    extent.taps, extent.step = axis.taps, axis.dilation
    # at most one for each output
    extent.phases = max(1, min(axis.dilation // common, axis.outputs))
    extent.stride = axis.stride // common
    extent.whole = 0
    if axis.is_absent and axis.dilation == 1 and first >= 0:
        # the wrapped ends of a circular convolution may meet where nothing is stored
        extent.whole = max(
            max(axis.samples, axis.taps),
            max(axis.samples + axis.taps - 1 - first, first + axis.stride * (axis.outputs - 1) + 1),
        )
    extent.outputs = ceil_divide(axis.outputs, extent.phases)
    extent.samples = axis.samples if may_add and extent.whole and extent.stride == 1 else 0


cdef inline Py_ssize_t outputs_of_tile(const Extent* extent, Py_ssize_t length) noexcept nogil:
    """How many outputs a tile of `length` positions can store."""
    if extent.whole and length >= extent.whole:
        return extent.outputs
    return min(extent.outputs, (length - extent.taps) // extent.stride + 1)


cdef inline bint adds(const Extent* extent, Py_ssize_t length) noexcept nogil:
    """Whether it takes fewer tiles where their outputs overlap."""
    cdef Py_ssize_t outputs
    if not extent.samples or length >= extent.whole or length < 2 * extent.taps - 2:
        return False
    outputs = outputs_of_tile(extent, length)
    return ceil_divide(extent.samples, outputs) < ceil_divide(extent.outputs, outputs)


cdef inline Py_ssize_t tiles_along(const Extent* extent, Py_ssize_t length) noexcept nogil:
    """How many such tiles an axis takes."""
    cdef Py_ssize_t shared = extent.samples if adds(extent, length) else extent.outputs
    return extent.phases * ceil_divide(shared, outputs_of_tile(extent, length))


cdef Py_ssize_t most_positions(const Extent* extent) noexcept nogil:
    """Beyond which nothing is gained."""
    cdef Py_ssize_t span = extent.stride * (extent.outputs - 1) + extent.taps
    return min(span, extent.whole) if extent.whole else span


cdef void find_tiling(const Problem* problem, FFTModel model, Tiling* tiling) noexcept:
    cdef const Axis* axis
    cdef Py_ssize_t vectors
    # rounding sums of narrow floats twice would show
    cdef bint may_add = problem.output.is_integer or problem.output.element == model.element
    cdef double samples = 1, taps = 1
    cdef int a, last_window = 0
    tiling.transformed = tiling.batch = 0
    tiling.signals = tiling.items = 1
    tiling.planes = problem.output.planes
    tiling.halves = 2 if tiling.planes == 1 else 1
    for a in range(problem.count):
        if problem.axes[a].is_window:
            last_window = a
            tiling.transformed += not is_single_tap(&problem.axes[a])
    if tiling.transformed:
        last_window = NONE
    tiling.transformed = 0
    for a in range(problem.count):
        axis = &problem.axes[a]
        if a == last_window or axis.is_window and not is_single_tap(axis):
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
        )
    return (tiling.transformed > 1) == (form == PANELS)


cdef double strided_cycles(FFTModel model, const Tiling* tiling) noexcept:
    """Cycles per vector for packing samples that don't lie side by side, and storing."""
    if tiling.distance == 1:
        return 0
    return min(model.costs.strided * tiling.distance, model.costs.most_strided)


cdef Extent extent_in(const Tiling* tiling, int i, int form) noexcept nogil:
    cdef Extent extent = tiling.extent[i]
    if form == PACKED_LANES:
        # tiles are too many for their overlaps to matter
        extent.samples = 0
    return extent
