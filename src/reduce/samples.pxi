# Samples of a tile: rows of the signal, read in place or packed, and rows outside of it.

cdef Py_ssize_t[MOST_AXES] no_strides


cdef void find_rows(Work* work) noexcept nogil:
    """Find whether the rows of a tile are packed, and which samples they have."""
    cdef const BoxProgram* program = work.program
    cdef const BoxAxis* axis
    cdef Extent* extent
    # planes of samples have no rows along the first level
    cdef Py_ssize_t a, last = program.axes - 1, first = min(program.loops + 1, last)
    # chunks of long rows are packed, or they are not
    work.packed = not work.in_place or program.chunk
    for a in range(first, program.axes):
        if not work.packed:
            work.packed = not holds_outside(&work.axis[a], &work.extent[a])
    work.origin = work.signal.data
    for a in range(program.loops, program.axes):
        axis = &work.axis[a]
        extent = &work.extent[a]
        work.origin_stride[a] = axis.step * work.signal.axis[a].stride
        work.row_stride[a] = work.layout.pitch[a]
        extent.first_row = extent.inside
        if not work.packed:
            work.origin += extent.sample * work.signal.axis[a].stride
        elif a >= first and axis.upsampling == 1:
            extent.rows, extent.sample = extent.slots, extent.position
            extent.first_row = 0
    if program.loops < last:
        work.row_stride[program.loops] = work.origin_stride[program.loops]
    axis = &work.axis[last]
    extent = &work.extent[last]
    work.length, work.lead = extent.rows * program.unit, 0
    work.padded = in_whole_vectors(work, work.length)
    if work.packed:
        work.span = find_span(extent.sample, axis.step, extent.rows, axis.samples)
    elif axis.upsampling == 1:
        work.lead = extent.inside * program.unit
        find_halo(work, axis, extent)
    # samples inside the signal begin at whole vectors
    work.row = work.row_memory + (in_whole_vectors(work, work.lead) - work.lead) * work.size
    work.folds = (
        program.loops == last and extent.count * program.unit == 1 and axis.dilation == 1
        and axis.upsampling == 1 and (work.packed or extent.rows == extent.slots)
        and not program.chunk
    )
    for a in range(program.loops, last):
        fill_constant(work, a)


cdef Py_ssize_t in_whole_vectors(const Work* work, Py_ssize_t n) noexcept nogil:
    return (n + work.table.lanes - 1) // work.table.lanes * work.table.lanes


cdef Py_ssize_t row_of(
    const BoxAxis* axis, const Extent* extent, Py_ssize_t slot
) noexcept nogil:
    """Row of a slot outside the signal, if rows are samples inside; NONE: a constant.

    A number beyond all rows: another sample stands there.
    """
    cdef Py_ssize_t sample = sample_at(axis, extent.position + slot * axis.step)
    if sample == NONE:
        return NONE
    sample -= extent.sample
    if sample < 0 or sample % axis.step or sample // axis.step >= extent.rows:
        return extent.rows
    return sample // axis.step


cdef bint holds_outside(const BoxAxis* axis, const Extent* extent) noexcept nogil:
    """Whether the samples that stand outside the signal are among those inside."""
    cdef Py_ssize_t slot = 0
    if axis.boundary == CONSTANT or axis.upsampling > 1:
        return True
    while slot < extent.slots:
        if slot == extent.inside and extent.rows:
            slot = extent.beyond
        elif row_of(axis, extent, slot) >= extent.rows:
            return False
        else:
            slot += 1
    return True


cdef void find_halo(Work* work, const BoxAxis* axis, const Extent* extent) noexcept nogil:
    """Find the slot inside the signal whose sample stands at each slot outside."""
    cdef Py_ssize_t slot, outside = extent.slots - extent.rows, i
    if axis.boundary == CONSTANT:
        return
    for i in range(outside):
        slot = i if i < extent.inside else i + extent.rows
        work.halo[i] = <int>(extent.inside + row_of(axis, extent, slot))


cdef const char* constant_at(const Work* work, Py_ssize_t a) noexcept nogil:
    """Constant outside of an axis, as planes have it that are reduced along earlier ones."""
    return work.constants + 2 * (work.program.ranks + a) * work.size


cdef void fill_constant(Work* work, Py_ssize_t a) noexcept nogil:
    """Fill the row that stands outside of an axis."""
    cdef const BoxAxis* inner = &work.axis[work.program.axes - 1]
    cdef Py_ssize_t unit = work.program.unit
    cdef char* row = work.constant[a]
    cdef const char* constant = constant_at(work, a)
    cdef const char* beside = constant + work.size
    work.table.fill(row, constant, work.length)
    if work.packed and inner.boundary == CONSTANT and inner.upsampling == 1:
        work.table.fill(row, beside, work.span.inside * unit)
        row += work.span.beyond * unit * work.size
        work.table.fill(row, beside, (work.span.count - work.span.beyond) * unit)


cdef inline bint refer(
    Work* work, Py_ssize_t a, const char* plane, Py_ssize_t slot, Py_ssize_t number
) noexcept nogil:
    """Make a slot of a level the plane `number` of those that are combined.

    Return False if neither a sample nor a constant stands there.
    """
    cdef const Extent* extent = &work.extent[a]
    cdef bint is_first = a == work.program.loops
    if (
        extent.inside <= slot < extent.beyond and work.axis[a].upsampling == 1
        and not (is_first and work.packed)
    ):
        work.planes[number] = plane + (slot - extent.first_row) * work.row_stride[a]
        work.strides[number] = work.layout.pitch
        if is_first:
            work.strides[number] = work.origin_stride
        return True
    return look_up(work, a, plane, slot, number)


cdef bint look_up(
    Work* work, Py_ssize_t a, const char* plane, Py_ssize_t slot, Py_ssize_t number
) noexcept nogil:
    """Do the same for slots outside the signal, packed ones, and up-sampled ones."""
    cdef const BoxAxis* axis = &work.axis[a]
    cdef const Extent* extent = &work.extent[a]
    cdef bint is_first = a == work.program.loops
    cdef Py_ssize_t sample = sample_at(axis, extent.position + slot * axis.step)
    work.strides[number] = work.layout.pitch
    if sample == NONE:
        work.planes[number] = work.constant[a]
        work.strides[number] = no_strides
        return axis.upsampling == 1
    if is_first and work.packed:
        work.planes[number] = packed_plane(work, slot, sample)
    elif not is_first and work.packed and axis.upsampling == 1:
        work.planes[number] = plane + slot * work.row_stride[a]
    elif not is_first:
        work.planes[number] = plane + (sample - extent.sample) // axis.step * work.row_stride[a]
    else:
        work.planes[number] = plane + (sample - extent.sample) * work.signal.axis[a].stride
        work.strides[number] = work.origin_stride
    return True


cdef const char* packed_plane(Work* work, Py_ssize_t slot, Py_ssize_t sample) noexcept nogil:
    """Pack the rows of one sample of the first level, unless they are in the ring."""
    cdef Py_ssize_t loops = work.program.loops
    cdef Py_ssize_t place = slot % work.layout.ring
    cdef char* plane = work.ring + place * work.layout.plane[loops]
    if work.in_ring[place] == slot:
        return plane
    work.in_ring[place] = slot
    pack_plane(work, loops + 1, work.origin + sample * work.signal.axis[loops].stride, plane)
    return plane


cdef void pack_plane(Work* work, Py_ssize_t first, const char* samples, char* plane) noexcept nogil:
    """Pack rows along the levels from `first` on."""
    cdef const BoxProgram* program = work.program
    cdef const SourceAxis* source
    cdef Py_ssize_t last = program.axes - 1, changed = first, a, sample
    cdef Odometer odometer
    # up to each axis
    cdef const char* row[MOST_AXES + 1]
    cdef char* target[MOST_AXES + 1]
    cdef Py_ssize_t rank[MOST_AXES + 1]
    start(&odometer, last)
    for a in range(first):
        odometer.count[a] = 1
    for a in range(first, last):
        odometer.count[a] = work.extent[a].rows
        if odometer.count[a] <= 0:
            return
    row[first], target[first], rank[first] = samples, plane, NONE
    while changed != NONE:
        for a in range(changed, last):
            source = &work.signal.axis[a]
            sample = work.extent[a].sample + odometer.index[a] * source.step
            sample = fold(
                sample, work.axis[a].samples, source.boundary, source.period, source.mirror
            )
            rank[a + 1], row[a + 1] = rank[a], row[a]
            if sample == NONE:
                rank[a + 1] = max(rank[a], source.rank)
            else:
                row[a + 1] += sample * source.stride
            target[a + 1] = target[a] + odometer.index[a] * work.layout.pitch[a]
        pack(work, row[last], rank[last], target[last])
        changed = advance(&odometer)


cdef void pack(Work* work, const char* row, Py_ssize_t rank, char* target) noexcept nogil:
    """Pack a row of the tile; `row` is the address of sample 0."""
    cdef Py_ssize_t last = work.program.axes - 1
    work.table.pack(
        &work.signal, &work.signal.axis[last], work.axis[last].samples, &work.span, row, rank,
        work.channels, target,
    )
