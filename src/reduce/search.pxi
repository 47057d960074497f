# Searches windows for a known extremum: for windows of too many taps to combine.

cdef enum:
    # Outputs of a tile, in C order.
    SEARCHED = 256


@cython.final
cdef class Search:
    """Finds the index of the first sample that is a known extremum.

    Parameters
    ----------
    program : bytes
        FootprintProgram, of which the axes and the numbers of indices are read. Slots are
        positions; no axis has an up-sampling, and samples outside take no part.
    table : PyCapsule
        `TABLE` of the module rows.
    """

    cdef const FootprintProgram* program
    cdef const Rows* table
    cdef bytes memory                   # of the program
    cdef readonly Py_ssize_t tiles

    def __cinit__(self, bytes program, table):
        cdef const BoxAxis* axis
        cdef Py_ssize_t a, outputs = 1
        self.memory = program
        self.program = <const FootprintProgram*>PyBytes_AS_STRING(program)
        self.table = <const Rows*>PyCapsule_GetPointer(table, "pyconvolve.rows")
        axis = <const BoxAxis*>(<const char*>self.program + self.program.axis_at)
        for a in range(self.program.axes):
            outputs *= axis[a].outputs
        self.tiles = (outputs + SEARCHED - 1) // SEARCHED

    def run(self, tuple job, number, Py_ssize_t first, Py_ssize_t last, stop, scratch):
        """Find the indices of the tiles `first` to `last` - 1.

        Parameters
        ----------
        job : tuple
            signal, extrema : ndarray of real
                In this machine's byte order.
            indices : ndarray of int64
                -1: the window has no such sample.
        number : int
            Of the round: there is one.
        first, last : int
        stop : ndarray of int64 or None
            The run ends early once its number is not zero.
        scratch : ndarray of uint8
            Is not used.
        """
        cdef const FootprintProgram* program = self.program
        cdef const BoxAxis* axis = <const BoxAxis*>(<const char*>program + program.axis_at)
        cdef Py_ssize_t signal_stride[MOST_AXES]
        cdef Py_ssize_t extremum_stride[MOST_AXES]
        cdef Py_ssize_t index_stride[MOST_AXES]
        cdef Py_ssize_t a
        cdef Poll poll
        cdef const char* samples
        cdef const char* extrema
        cdef char* places
        signal, values, indices = job
        samples, extrema, places = data_of(signal), data_of(values), data_of(indices)
        for a in range(program.axes):
            signal_stride[a] = stride_of(signal, axis[a].signal)
            extremum_stride[a] = stride_of(values, axis[a].output)
            index_stride[a] = stride_of(indices, axis[a].output)
        start_poll(&poll, stop, POLL)
        with nogil:
            search_tiles(
                program, self.table, first * SEARCHED, last * SEARCHED, samples, extrema,
                places, signal_stride, extremum_stride, index_stride, &poll,
            )
        raise_outcome(&poll)


cdef void search_tiles(
    const FootprintProgram* program, const Rows* table, Py_ssize_t first, Py_ssize_t last,
    const char* samples, const char* extrema, char* indices, const Py_ssize_t* signal_stride,
    const Py_ssize_t* extremum_stride, const Py_ssize_t* index_stride, Poll* poll,
) noexcept nogil:
    """Find the indices of the outputs `first` to `last` - 1, in C order."""
    cdef const BoxAxis* axis = <const BoxAxis*>(<const char*>program + program.axis_at)
    cdef Py_ssize_t a, number = first, last_axis = first_of_run(program, axis, signal_stride)
    cdef Odometer outputs
    cdef const char* extremum
    cdef char* index
    start(&outputs, program.axes)
    for a in range(program.axes - 1, -1, -1):
        outputs.count[a] = axis[a].outputs
        outputs.index[a] = number % axis[a].outputs
        number //= axis[a].outputs
    for number in range(first, last):
        if is_stopped(poll):
            return
        extremum, index = extrema, indices
        for a in range(program.axes):
            extremum += outputs.index[a] * extremum_stride[a]
            index += outputs.index[a] * index_stride[a]
        (<int64_t*>index)[0] = search_window(
            program, table, &outputs, samples, signal_stride, last_axis, extremum, poll
        )
        if advance(&outputs) == NONE:
            return


cdef Py_ssize_t first_of_run(
    const FootprintProgram* program, const BoxAxis* axis, const Py_ssize_t* stride
) noexcept nogil:
    """Find the first of the last axes whose samples are one run of each window."""
    cdef Py_ssize_t a = program.axes - 1
    while a and is_whole(&axis[a]) and is_whole(&axis[a - 1]) and (
        stride[a - 1] == axis[a].samples * stride[a]
    ):
        a -= 1
    return a


cdef inline bint is_whole(const BoxAxis* axis) noexcept nogil:
    """Whether there is one window along an axis, of all samples."""
    return (
        axis.outputs == 1 and axis.offset == 0 and axis.taps == axis.samples
        and axis.dilation == 1
    )


cdef Py_ssize_t search_window(
    const FootprintProgram* program, const Rows* table, const Odometer* outputs,
    const char* samples, const Py_ssize_t* stride, Py_ssize_t last, const char* extremum,
    Poll* poll,
) noexcept nogil:
    """Search the window of an output, run by run; return the index of the sample.

    The axes from `last` on are one run.
    """
    cdef const BoxAxis* axes = <const BoxAxis*>(<const char*>program + program.axis_at)
    cdef const BoxAxis* axis
    cdef const Py_ssize_t* step = <const Py_ssize_t*>(<const char*>program + program.index_at)
    cdef Py_ssize_t inner = program.axes - 1, index = 0, changed = 0, a, begin, end, found
    cdef Py_ssize_t position[MOST_AXES]     # of the first tap inside
    cdef Odometer taps
    cdef const char* row
    start(&taps, last)
    taps.count[last] = 1
    for a in range(program.axes):
        axis = &axes[a]
        # taps from `begin` to before `end` are inside the signal
        position[a] = axis.offset + axis.stride * outputs.index[a]
        begin, end = 0, axis.taps
        if position[a] < 0:
            begin = (axis.dilation - 1 - position[a]) // axis.dilation
        if position[a] + (axis.taps - 1) * axis.dilation >= axis.samples:
            end = (axis.samples - position[a] + axis.dilation - 1) // axis.dilation
        if end <= begin:
            return NONE
        position[a] += begin * axis.dilation
        if a <= last:
            taps.count[a] = end - begin
        else:
            taps.count[last] *= end - begin
    while changed != NONE and not is_stopped(poll):
        row, index = samples + position[last] * stride[last], position[last] * step[last]
        for a in range(last):
            begin = position[a] + taps.index[a] * axes[a].dilation
            row += begin * stride[a]
            index += begin * step[a]
        count_work(poll, taps.count[last])
        found = table.find_value(
            row, axes[inner].dilation * stride[inner], taps.count[last], extremum
        )
        if found != NONE:
            return index + found * axes[inner].dilation * step[inner]
        changed = advance(&taps)
    return NONE
