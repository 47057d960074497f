# Which outer passes are run on rows that have just been packed.

cdef void choose_early(FFTModel model, int form, Layout* layout) noexcept:
    """Find the radices of all axes, and choose how many passes are early.

    There are as many early passes as it takes for a block to stay in the L2 cache, and
    one only in a long transform. Early radices are large, so that early passes are few.
    But blocks must fill panels, and the rows of an early pass must stay in the L1 cache.
    """
    cdef TileProgram* head = &layout.head
    cdef TileAxis* axis
    cdef Py_ssize_t row = 2 * layout.axes[layout.count - 1].points * model.itemsize
    cdef Py_ssize_t rows = 1, size, parts = 1, limit
    cdef int a, i
    head.early, head.early_passes, head.parts, head.steps = NONE, 0, 1, 0
    for a in range(layout.count):
        axis = &layout.axes[a]
        if axis.transformed:
            axis.passes = find_radices(&model.lengths, axis.points, layout.radices[a])
    a = 0
    while not layout.axes[a].transformed:
        a += 1
    if form == COLUMNS or a == layout.count - 1:
        return
    axis = &layout.axes[a]
    for i in range(a, layout.count - 1):
        rows *= layout.axes[i].points
    size = rows * row
    order_early(model, rows, row, axis, layout.radices[a])
    limit = model.thresholds.early_l2_bytes
    for i in range(axis.passes - 1):
        parts *= layout.radices[a][i]
        if rows // parts % model.lanes or i and parts * size // axis.points > limit:
            break
        head.early, head.early_passes, head.parts = a, i + 1, parts
        if size // parts <= <Py_ssize_t>model.thresholds.early_block_bytes or form == FOUR_STEP:
            break
    if head.early != NONE:
        head.steps = axis.points // head.parts


cdef void order_early(
    FFTModel model, Py_ssize_t rows, Py_ssize_t row, const TileAxis* axis, Py_ssize_t* radices
) noexcept:
    """Sort radices: first the largest that leave whole panels, and rows in the L1 cache."""
    cdef Py_ssize_t limit = model.thresholds.early_l1_bytes, radix
    cdef int i, k, best
    for i in range(axis.passes - 1):
        best = NONE
        for k in range(i, axis.passes - 1):
            radix = radices[k]
            if rows // radix % model.lanes == 0 and radix * row <= limit:
                if best == NONE or radix > radices[best]:
                    best = k
        best = max(best, i)
        radix = radices[best]
        for k in range(best, i, -1):
            radices[k] = radices[k - 1]
        radices[i] = radix
        rows //= radix
