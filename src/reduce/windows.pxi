# Rows of the last level: windows along them, and their outputs.
#
# Rows are collected. Short ones, which lie one after another in memory, are computed
# together, as if they were one row.


cdef inline void make_room(Work* work, Py_ssize_t rows) noexcept nogil:
    """Compute the outputs of the rows so far, unless some more can be collected."""
    if work.collected + rows > work.layout.rows:
        finish_rows(work)


cdef inline char* row_at(Work* work, Py_ssize_t number) noexcept nogil:
    """Slot 0 of a collected row."""
    return work.row + number * work.layout.row


cdef inline void collect_row(Work* work, char* target, double factor) noexcept nogil:
    """Collect the row that has been computed behind the others."""
    work.target[work.collected], work.factor[work.collected] = target, factor
    work.collected += 1


cdef void run_row(Work* work, char* target, double factor) noexcept nogil:
    """Collect a row of samples, for no other axis has windows."""
    cdef const BoxProgram* program = work.program
    cdef const Extent* extent = &work.extent[program.axes - 1]
    cdef const char* row = work.origin
    if work.folds:
        if work.collected == MOST_COLLECTED:
            finish_rows(work)
        if work.packed:
            pack(work, row, NONE, row_at(work, 0))
            row = row_at(work, 0)
        work.table.fold[program.reduction](
            work.buffer + work.collected * work.size, row, extent.slots
        )
        count_work(&work.poll, extent.slots)
        collect_row(work, target, factor)
        return
    make_room(work, 1)
    if program.prefetches and program.loops and not work.packed:
        prefetch_rows(work, row, work.signal.axis[program.loops - 1].stride, 1)
    if work.packed:
        pack(work, row, NONE, row_at(work, work.collected))
    elif (
        not work.layout.flat and work.axis[program.axes - 1].upsampling == 1
        and extent.rows == extent.slots
    ):
        work.target[0], work.factor[0] = target, factor
        reduce_rows(work, row, False, 0, 1)
        return
    else:
        work.table.combine[program.reduction](
            row_at(work, work.collected) + work.lead * work.size, &row, 1, work.length
        )
    collect_row(work, target, factor)


cdef void finish_rows(Work* work) noexcept nogil:
    """Complete the collected rows by slots outside the signal, and compute their outputs."""
    cdef const Extent* extent = &work.extent[work.program.axes - 1]
    cdef Py_ssize_t rows = work.collected, r
    cdef const char* row
    work.collected = 0
    if work.folds:
        finish_folded(work, rows)
        return
    if not work.layout.flat:
        for r in range(rows):
            row = completed_row(work, row_at(work, r))
            reduce_rows(work, row, True, r, 1)
        return
    if not work.packed and extent.rows < extent.slots:
        for r in range(rows):
            completed_row(work, row_at(work, r))
    if rows:
        reduce_rows(work, row_at(work, 0), True, 0, rows)


cdef void finish_folded(Work* work, Py_ssize_t rows) noexcept nogil:
    """Store the only outputs of rows of samples."""
    cdef const char* outputs = work.buffer
    cdef Py_ssize_t step = work.unit_stride, r
    cdef bint alike = True, contiguous = True
    for r in range(1, rows):
        alike = alike and work.factor[r] == work.factor[0]
        contiguous = contiguous and work.target[r] == work.target[0] + r * step
    if work.counted != NULL:
        outputs = work.windows
        if alike:
            divide_outputs(work, work.buffer, rows, work.factor[0], work.windows)
        else:
            for r in range(rows):
                work.table.divide(
                    work.windows + r * work.size, work.buffer + r * work.size, work.counts,
                    work.factor[r], 1,
                )
    if contiguous:
        work.table.store(
            <int>work.program.storing, work.target[0], step, outputs, 1, rows
        )
        return
    for r in range(rows):
        work.table.store(
            <int>work.program.storing, work.target[r], step, outputs + r * work.size, 1, 1
        )


cdef const char* completed_row(Work* work, char* row) noexcept nogil:
    cdef const BoxProgram* program = work.program
    cdef const BoxAxis* axis = &work.axis[program.axes - 1]
    cdef const Extent* extent = &work.extent[program.axes - 1]
    cdef Py_ssize_t slot, unit = program.unit
    cdef const char* constant = constant_at(work, program.axes - 1)
    if axis.upsampling > 1:
        slot = extent.sample * axis.upsampling - extent.position
        work.table.fill(work.spread, constant, extent.slots * unit)
        work.table.spread(
            work.spread + slot * unit * work.size, row, axis.upsampling, extent.rows, unit
        )
        return work.spread
    if not work.packed and extent.rows < extent.slots:
        if axis.boundary == CONSTANT:
            work.table.fill(row, constant, extent.inside * unit)
            work.table.fill(
                row + extent.beyond * unit * work.size, constant,
                (extent.slots - extent.beyond) * unit,
            )
        else:
            work.table.copy_numbers(row, 0, work.halo, extent.inside, unit)
            work.table.copy_numbers(
                row, extent.beyond, work.halo + extent.inside, extent.slots - extent.beyond,
                unit,
            )
    return row


cdef void reduce_rows(
    Work* work, const char* row, bint padded, Py_ssize_t first, Py_ssize_t rows
) noexcept nogil:
    """Compute the outputs of complete rows, one after another in memory, and store them.

    Parameters
    ----------
    row
        The first of them.
    padded
        Whether whole vectors may be read behind the last one.
    first
        Its number among the collected ones.
    rows
        How many there are.
    """
    cdef const BoxProgram* program = work.program
    cdef const BoxAxis* axis = &work.axis[program.axes - 1]
    cdef Py_ssize_t count = work.extent[program.axes - 1].count, n = count * program.unit
    cdef Py_ssize_t pitch = work.layout.row // axis.shift, r
    cdef bint contiguous = work.contiguous and not program.streams
    cdef bint stored = contiguous and work.counted == NULL and rows == 1
    cdef const char* outputs = row
    cdef char* place = work.buffer
    # outputs of less than a vector are computed as one
    if stored and (n == 1 or n >= work.table.lanes):
        place = work.target[first]
    if axis.taps > 1 or axis.shift > 1:
        outputs = place
        if n == 1 and axis.dilation == 1:
            for r in range(rows):
                work.table.fold[program.reduction](
                    place + r * pitch, row + r * work.layout.row, axis.taps
                )
        else:
            count += (rows - 1) * pitch // work.size
            combine_row(work, row, padded, count, place)
    if outputs == work.target[first]:
        return
    for r in range(rows):
        if work.counted != NULL:
            # a row is not divided in its own place
            place = work.buffer if outputs == row else work.windows
            if contiguous and n >= work.table.lanes:
                place = work.target[first + r]
            divide_outputs(work, outputs + r * pitch, n, work.factor[first + r], place)
            if place == work.target[first + r]:
                continue
            store_row(work, place, work.target[first + r], n)
        else:
            store_row(work, outputs + r * pitch, work.target[first + r], n)


cdef void combine_row(
    Work* work, const char* row, bint padded, Py_ssize_t count, char* out
) noexcept nogil:
    """Combine the windows of `count` outputs of a row."""
    cdef const BoxProgram* program = work.program
    cdef Py_ssize_t n = count * program.unit
    if padded and out == work.buffer:
        n = in_whole_vectors(work, n)
    if program.steps == 0:
        count_work(&work.poll, n * work.axis[program.axes - 1].taps)
        combine_phases(work, row, padded, count, n, out)
    else:
        count_work(&work.poll, 4 * n * program.steps)
        combine_windows(work, row, padded, count, n, out)


cdef inline Py_ssize_t count_taps(const Work* work, Py_ssize_t a, Py_ssize_t output) noexcept nogil:
    """Number of an output's taps at positions that are counted."""
    cdef Py_ssize_t first = work.axis[a].offset + work.axis[a].stride * output
    cdef Py_ssize_t low = work.counted[2 * a], high = work.counted[2 * a + 1]
    return max(0, min(first + work.axis[a].taps, high) - max(first, low))


cdef void find_counts(Work* work) noexcept nogil:
    """Count the taps of each output along a row."""
    cdef Py_ssize_t last = work.program.axes - 1
    cdef const BoxAxis* axis = &work.axis[last]
    work.table.count(
        work.counts, axis.offset + axis.stride * work.extent[last].first, axis.stride,
        axis.taps, work.counted[2 * last], work.counted[2 * last + 1],
        work.extent[last].count, work.program.unit,
    )
    if work.folds:
        work.table.fill(
            work.counts + work.size, work.counts, MOST_COLLECTED + work.table.lanes - 1
        )


cdef void divide_outputs(
    Work* work, const char* outputs, Py_ssize_t n, double factor, char* out
) noexcept nogil:
    """Divide the outputs of a row by counts, in whole vectors if there is room."""
    if out == work.buffer or out == work.windows:
        n = in_whole_vectors(work, n)
    work.table.divide(out, outputs, work.counts, factor, n)


cdef void store_row(
    Work* work, const char* outputs, char* target, Py_ssize_t n
) noexcept nogil:
    cdef const BoxProgram* program = work.program
    cdef const BoxAxis* axis = &work.axis[program.axes - 1]
    cdef Py_ssize_t stride = axis.classes * work.output_stride[program.axes - 1], i
    if work.contiguous and program.streams and <Py_ssize_t>target % work.size == 0:
        work.table.stream_row(target, outputs, n)
        return
    if program.unit == 1 or stride == program.unit * work.unit_stride:
        if program.unit > 1:
            stride = work.unit_stride
        work.table.store(<int>program.storing, target, stride, outputs, 1, n)
        return
    for i in range(program.unit):
        work.table.store(
            <int>program.storing, target + i * work.unit_stride, stride,
            outputs + i * work.size, program.unit, n // program.unit,
        )


cdef void find_phase_rows(Work* work, const BoxAxis* axis) noexcept:
    """Find where the taps of all outputs of a row begin: each is a run of a phase."""
    cdef Py_ssize_t t, slot
    for t in range(axis.taps):
        slot = t * axis.dilation
        work.phase_rows[t] = work.phases + (
            slot % axis.shift * work.layout.phase + slot // axis.shift * work.program.unit
        ) * work.size


cdef void combine_phases(
    Work* work, const char* row, bint padded, Py_ssize_t count, Py_ssize_t n, char* out
) noexcept nogil:
    """Sort a row into phases of its stride, and combine the taps of `n` reals."""
    cdef const BoxAxis* axis = &work.axis[work.program.axes - 1]
    cdef Py_ssize_t unit = work.program.unit, phases = axis.shift
    if axis.taps > axis.shift or axis.dilation > 1:
        count += axis.dilation * (axis.taps - 1) // axis.shift
    else:
        phases = axis.taps
    if padded and unit == 1:
        count = in_whole_vectors(work, count)
    work.table.split(work.phases, work.layout.phase, row, axis.shift, phases, count, unit)
    work.table.combine[work.program.reduction](out, work.phase_rows, axis.taps, n)


cdef void combine_windows(
    Work* work, const char* row, bint padded, Py_ssize_t count, Py_ssize_t n, char* out
) noexcept nogil:
    """Combine ever longer windows, step by step, up to those of `n` reals."""
    cdef const BoxProgram* program = work.program
    cdef const BoxAxis* axis = &work.axis[program.axes - 1]
    cdef const Step* step
    cdef const Py_ssize_t* offset
    cdef Py_ssize_t unit = program.unit, windows, s, t
    cdef char* target
    for s in range(program.steps):
        step = &work.steps[s]
        offset = work.offsets + step.first
        for t in range(step.windows + step.samples):
            work.rows[t] = row + offset[t] * unit * work.size
            if t < step.windows:
                work.rows[t] = work.windows + offset[t] * unit * work.size
        target, windows = out, n
        if s + 1 < program.steps or axis.shift > 1:
            target = work.windows
            windows = axis.shift * (count - 1) + 1 + axis.dilation * (axis.taps - step.width)
            windows *= unit
            if padded or step.windows:
                # windows are overwritten in whole vectors
                windows = in_whole_vectors(work, windows)
        work.table.combine[program.reduction](
            target, work.rows, step.windows + step.samples, windows
        )
    if axis.shift > 1:
        work.table.split(out, 0, work.windows, axis.shift, 1, count, unit)
