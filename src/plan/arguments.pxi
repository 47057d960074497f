# Arguments of a convolution, axis by axis: which axes of the inputs go together, with
# their sizes, strides, dilations, origins and lags. Each argument that depends on shapes
# is checked here.

cdef struct Window:                 # an axis to convolve along
    Py_ssize_t signal, kernel       # its number among the axes of each input
    Py_ssize_t samples, taps
    Py_ssize_t stride, dilation, origin
    Py_ssize_t upsampling           # positions from one sample to the next
    Py_ssize_t first_lag, last_lag
    Py_ssize_t number               # its index in arguments with one value for each axis
    bint is_absent                  # samples outside of the signal take no part

cdef struct Windows:
    int count
    Window of[MOST_AXES]

# Strides, dilations and up-samplings are below the first. Origins are cut off at the
# second: larger ones are wrong, too. Positions then stay far from the limits of Py_ssize_t.
cdef Py_ssize_t MOST_STEP = <Py_ssize_t>1 << 31, MOST_ORIGIN = PY_SSIZE_T_MAX // 4


@cython.final
cdef class Arguments:
    """Names and shapes of both inputs, for messages of errors."""

    cdef str signal, kernel
    cdef tuple shape1, shape2

    def __cinit__(self, names, shape1, shape2):
        self.signal, self.kernel = <tuple>names
        self.shape1, self.shape2 = shape1, shape2


cdef inline Py_ssize_t positions_in(const Window* window) noexcept nogil:
    """Positions from the first to the last sample, where zeros stand between samples."""
    return window.upsampling * (window.samples - 1) + 1


cdef int find_windows(Windows* windows, axes, Arguments given) except -1:
    """Find the axes to convolve along, in the order given. By default these are all."""
    cdef Py_ssize_t a, ndim = len(given.shape1)
    cdef int i
    windows.count = 0
    if axes is None:
        windows.count = ndim
        for a in range(ndim):
            windows.of[a].signal = a
    else:
        for axis in axes_of("axes", axes, given.signal, ndim):
            windows.of[windows.count].signal = axis
            windows.count += 1
    for i in range(windows.count):
        windows.of[i].number = i
        windows.of[i].samples = given.shape1[windows.of[i].signal]
    return 0


cdef int pair_axes(Windows* windows, axes, Arguments given) except -1:
    """Find the axis of the kernel that goes with each axis of the signal."""
    cdef Py_ssize_t ndim = len(given.shape1), kernel_ndim = len(given.shape2), a
    cdef Py_ssize_t length, other
    cdef int i
    cdef bint matching = ndim == kernel_ndim, is_window
    if not matching and (axes is None or kernel_ndim != windows.count):
        allowed = f"{given.signal}'s {ndim} axes"
        hint = ""
        if axes is not None:
            allowed += f" or the {windows.count} of axes={axes!r}"
        elif 0 < kernel_ndim < ndim:
            hint = f"; axes={tuple(range(kernel_ndim))} convolves along these only"
        raise ValueError(
            f"{given.kernel} must have {allowed}, but their shapes are {given.shape1} and "
            f"{given.shape2}{hint}"
        )
    for i in range(windows.count):
        windows.of[i].kernel = windows.of[i].signal if matching else i
        windows.of[i].taps = given.shape2[windows.of[i].kernel]
    if not matching or windows.count == ndim:
        return 0
    for a in range(ndim):
        length, other, is_window = given.shape1[a], given.shape2[a], False
        for i in range(windows.count):
            is_window |= windows.of[i].signal == a
        if not is_window and length != other and length != 1 and other != 1:
            raise ValueError(
                f"{given.signal} and {given.kernel} must broadcast outside of axes={axes!r}, "
                f"but their shapes are {given.shape1} and {given.shape2}"
            )
    return 0


cdef int fill(Windows* windows, str name, value, least) except -1:
    """Set the stride, the dilation, the up-sampling or the origin of each axis."""
    cdef Py_ssize_t number
    cdef int i
    cdef bint single = not isinstance(value, tuple)
    if not single and len(value) != windows.count:
        raise ValueError(
            f"{name} must be one integer or one for each of the {windows.count} convolved "
            f"axes, not {value!r}"
        )
    if least is not None:
        for each in (value,) if single else value:
            if not least <= each < MOST_STEP:
                raise ValueError(
                    f"{name} must be at least {least} and below 2**31, not {value!r}"
                )
    for i in range(windows.count):
        number = bounded(value if single else value[i])
        if name == "stride":
            windows.of[i].stride = number
        elif name == "dilation":
            windows.of[i].dilation = number
        elif name == "upsample":
            windows.of[i].upsampling = number
        else:
            windows.of[i].origin = number
    return 0


cdef Py_ssize_t bounded(value) except? -1:
    """Fit an integer into Py_ssize_t. Values beyond the limits checked later stay beyond."""
    return max(min(value, MOST_ORIGIN), -MOST_ORIGIN)


cdef int fill_boundaries(Windows* windows, boundary, zero, cval) except -1:
    """Find the axes along which samples outside take no part: constants of zero.

    `zero` tells whether cval is zero, or whether each of its values is.
    """
    cdef int i
    cdef bint one_rule = type(boundary) is str, one_value = type(zero) is bool
    if not one_rule and len(boundary) != windows.count:
        raise ValueError(
            f"boundary must be one word or one for each of the {windows.count} convolved "
            f"axes, not {boundary!r}"
        )
    if not one_value and len(zero) != windows.count:
        raise ValueError(
            f"cval must be one number or one for each of the {windows.count} convolved axes, "
            f"not {cval!r}"
        )
    # outside of two axes at once the constant of the other axis may count
    absent = zero if one_value else all([
        each for each, rule in zip(zero, (boundary,) * windows.count if one_rule else boundary)
        if rule == "constant"
    ])
    for i in range(windows.count):
        windows.of[i].is_absent = absent and (boundary if one_rule else boundary[i]) == "constant"
    return 0


cdef void leave_out_single_samples(Windows* windows) noexcept:
    """Leave out axes along which an input has one sample: it is broadcast there."""
    cdef int i, count = 0
    for i in range(windows.count):
        if windows.of[i].samples != 1 and windows.of[i].taps != 1:
            windows.of[count] = windows.of[i]
            count += 1
    windows.count = min(max(count, 1), windows.count)


cdef int check_sizes(Windows* windows, str mode, origin, Arguments given) except -1:
    cdef const Window* window
    cdef Py_ssize_t span
    cdef int i
    for i in range(windows.count):
        if windows.of[i].samples == 0:
            raise ValueError(f"{given.signal} must not be empty, but its shape is {given.shape1}")
    for i in range(windows.count):
        if windows.of[i].taps == 0:
            raise ValueError(f"{given.kernel} must not be empty, but its shape is {given.shape2}")
    for i in range(windows.count):
        window = &windows.of[i]
        if mode != "same" and window.origin:
            raise ValueError(f"origin must be 0 unless mode is 'same', not {origin!r}")
        span = window.dilation * (window.taps - 1) + 1
        if not -(span // 2) <= window.origin <= (span - 1) // 2:
            raise ValueError(
                f"origin must lie between {-(span // 2)} and {(span - 1) // 2} for a kernel "
                f"that spans {span} samples, not {origin!r}"
            )
    return 0


cdef int fill_lags(Windows* windows, tuple lags, bint correlating, str mode) except -1:
    """Set the first and the last lag of each axis."""
    cdef Window* window
    cdef Py_ssize_t reach, least, most
    cdef int i
    cdef bint single = not isinstance(lags[0], tuple)
    if mode != "full":
        raise ValueError(f"mode must be 'full' where lags are given, not {mode!r}")
    if not single and len(lags) != windows.count:
        raise ValueError(
            f"lags must be one pair of integers or one for each of the {windows.count} "
            f"convolved axes, not {lags!r}"
        )
    for i in range(windows.count):
        window = &windows.of[i]
        reach = window.dilation * (window.taps - 1)
        least = -reach if correlating else 0
        most = least + positions_in(window) + reach - 1
        first, last = lags if single else lags[i]
        if not least <= first <= last <= most:
            raise ValueError(
                f"lags must ascend, and lie between {least} and {most} for "
                f"{positions_in(window)} samples and {window.taps} taps, not {lags!r}"
            )
        window.first_lag, window.last_lag = first, last
    return 0
