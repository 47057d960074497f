# Arguments of a convolution to a problem: which axes go together, and for each of them
# where outputs begin, how many there are, and what stands outside.
#
# Along an axis of N samples and K taps, d samples apart, of reach r = d (K - 1), the
# outputs of a correlation begin at offset
#
#     full: -r, N + r outputs        same: -ceil(r/2) - origin, N        valid: 0, N - r
#
# Output n has offset + n samples under its first tap: in 'full' that is its lag, and the
# lag less r for a convolution, whose kernel is reversed. Where the inputs change places,
# K - N more.

cdef struct Window:                 # what rules say of a convolved axis
    Py_ssize_t signal, kernel       # its number in both inputs
    Py_ssize_t samples, taps
    Py_ssize_t stride, dilation, origin
    Py_ssize_t first_lag, last_lag
    Py_ssize_t place                # its own among those that rules name
    bint is_absent

cdef struct Windows:
    int count
    Window of[MOST_AXES]

# Strides and dilations below this leave positions far from the limits of integers.
cdef Py_ssize_t MOST_STEP = <Py_ssize_t>1 << 31, MOST_ORIGIN = PY_SSIZE_T_MAX // 4
cdef object new_tuple = tuple.__new__
# Where an axis of `_core.problem` has them.
cdef Py_ssize_t OUTPUTS = problems.Axis._fields.index("outputs")
cdef dict result_types = {}


def describe(rules, tuple shape1, tuple shape2, type1, type2, names, cval=0):
    """Make the problem that arguments of a convolution pose.

    Parameters
    ----------
    rules : Rules
        Of `_core.arguments`, checked as far as they don't depend on arrays.
    shape1, shape2 : tuple of int
    type1, type2 : dtype
        Of the signal and of the kernel, as a caller has them.
    names : Names
        What the caller calls them.
    cval : optional
        For what is said of it, if there are too few or too many values.

    Returns
    -------
    problem : Problem
    shape : tuple of int
        Of the outputs.
    swapped : bool
        Whether the first input is the problem's kernel and the second its signal.
    flipped : tuple of int
        Axes along which the problem's signal is read backwards.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or the inputs don't fit together.
    """
    cdef Windows windows
    cdef Window* window
    cdef Py_ssize_t a, ndim = len(shape1), other
    cdef int i
    cdef bint correlating, floating, ordered, swapped, lagging, matching = ndim == len(shape2)
    cdef Arguments given = Arguments(names, shape1, shape2)
    correlating, floating, mode, axes, boundary, zero, stride, dilation, origin, lags, \
        ordered = (<tuple>rules)[:11]
    dtype = result_type(type1, type2, floating, given)
    if floating and ndim == 0:
        axes = None
    find_windows(&windows, axes, given)
    pair_axes(&windows, axes, given)
    fill(&windows, "stride", stride, 1)
    fill(&windows, "dilation", dilation, 1)
    fill(&windows, "origin", origin, None)
    fill_boundaries(&windows, boundary, zero, cval)
    if floating and mode == "valid" and matching:
        leave_out_single_samples(&windows)
    check_sizes(&windows, mode, origin, given)
    lagging = lags is not None
    if lagging:
        fill_lags(&windows, lags, correlating, mode)
    swapped = changes_places(&windows, mode, ordered, given)
    described, shape = [], []
    for a in range(ndim):
        window = NULL
        for i in range(windows.count):
            if windows.of[i].signal == a:
                window = &windows.of[i]
        if window != NULL:
            rule = boundary if type(boundary) is str else boundary[window.place]
            described.append(
                describe_window(a, window, mode, lagging, correlating, swapped, rule)
            )
        else:
            other = shape2[a] if matching else 1
            described.append(describe_batch(a, shape1[a], other, swapped))
        shape.append((<tuple>described[a])[OUTPUTS])
    conjugated = correlating and type2.kind in "cO"
    signal, kernel = (type2, type1) if swapped else (type1, type2)
    problem = new_tuple(
        problems.Problem,
        (
            tuple(described),
            new_tuple(problems.Operand, (signal, conjugated and swapped)),
            new_tuple(problems.Operand, (kernel, conjugated and not swapped)),
            dtype,
        ),
    )
    flipped = ()
    if correlating and swapped:
        flipped = tuple([windows.of[i].kernel for i in range(windows.count)])
    return problem, tuple(shape), swapped, flipped


@cython.final
cdef class Arguments:
    """The inputs, as errors name them."""

    cdef str signal, kernel
    cdef tuple shape1, shape2

    def __cinit__(self, names, shape1, shape2):
        self.signal, self.kernel = <tuple>names
        self.shape1, self.shape2 = shape1, shape2


cdef object result_type(type1, type2, bint floating, Arguments given):
    """Native type that NumPy promotes both to; `floating`: integers count as float64."""
    key = (type1, type2, floating)
    known = result_types.get(key)
    if known is not None:
        return known
    types = []
    for name, dtype in ((given.signal, type1), (given.kernel, type2)):
        check_type(name, dtype)
        if floating and dtype.kind == "O":
            raise TypeError(f"{name} must hold numbers or truth values, not objects")
        if floating:
            dtype = np.dtype("f8") if dtype.kind in "biu" else np.result_type(dtype, "f4")
        types.append(dtype)
    result = np.result_type(*types).newbyteorder("=")
    result_types[key] = result
    return result


cdef int find_windows(Windows* windows, axes, Arguments given) except -1:
    """Axes to convolve along, in the order given; all of them by default."""
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
        windows.of[i].place = i
        windows.of[i].samples = given.shape1[windows.of[i].signal]
    return 0


cdef int pair_axes(Windows* windows, axes, Arguments given) except -1:
    """Which axis of the kernel goes with which of the signal."""
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
    """Stride, dilation or origin of each axis."""
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
        else:
            windows.of[i].origin = number
    return 0


cdef Py_ssize_t bounded(value) except? -1:
    """An integer whose limits are still to be checked; huge ones stay beyond those."""
    return max(min(value, MOST_ORIGIN), -MOST_ORIGIN)


cdef int fill_boundaries(Windows* windows, boundary, zero, cval) except -1:
    """Tell along which axes samples outside take no part; `zero`: where cval is."""
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
    # a constant of another axis would stand where two of them lie outside
    absent = zero if one_value else all([
        each for each, rule in zip(zero, (boundary,) * windows.count if one_rule else boundary)
        if rule == "constant"
    ])
    for i in range(windows.count):
        windows.of[i].is_absent = absent and (boundary if one_rule else boundary[i]) == "constant"
    return 0


cdef void leave_out_single_samples(Windows* windows) noexcept:
    """Let axes of length one be broadcast, whichever input has them."""
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
    """First and last lag of each axis."""
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
        most = least + window.samples + reach - 1
        first, last = lags if single else lags[i]
        if not least <= first <= last <= most:
            raise ValueError(
                f"lags must ascend, and lie between {least} and {most} for {window.samples} "
                f"samples and {window.taps} taps, not {lags!r}"
            )
        window.first_lag, window.last_lag = first, last
    return 0


cdef bint changes_places(
    Windows* windows, str mode, bint ordered, Arguments given
) except -1:
    """Whether the second input is the signal, by rule ('valid') or for speed."""
    cdef bint undilated = True, absent = True, larger = True, smaller = True
    cdef double samples = 1, taps = 1
    cdef const Window* window
    cdef Py_ssize_t span
    cdef int i
    for i in range(windows.count):
        window = &windows.of[i]
        span = window.dilation * (window.taps - 1) + 1
        undilated &= window.dilation == 1
        absent &= window.is_absent
        larger &= window.samples >= span
        smaller &= window.samples <= span
        samples *= window.samples
        taps *= window.taps
    if mode != "valid":
        return absent and undilated and taps > samples and not ordered
    if larger:
        return False
    if ordered:
        raise ValueError(
            f"{given.kernel} must be no larger than {given.signal} in mode 'valid', but "
            f"their shapes are {given.shape2} and {given.shape1}"
        )
    if undilated and smaller:
        return True
    dilations = tuple([windows.of[i].dilation for i in range(windows.count)])
    raise ValueError(
        f"mode 'valid' needs {given.signal} or {given.kernel} at least as large as the other "
        f"on every convolved axis, but their shapes are {given.shape1} and {given.shape2}"
        + ("" if undilated else f" and dilation is {dilations}")
    )


cdef object describe_window(
    Py_ssize_t a, const Window* window, str mode, bint lagging, bint correlating, bint swapped,
    str boundary,
):
    cdef Py_ssize_t reach = window.dilation * (window.taps - 1), offset, outputs, beyond
    cdef Py_ssize_t samples = window.samples, taps = window.taps
    cdef Py_ssize_t signal = window.signal, kernel = window.kernel
    if lagging:
        offset = window.first_lag - (0 if correlating else reach)
        outputs = window.last_lag - window.first_lag + 1
    elif mode == "full":
        offset, outputs = -reach, samples + reach
    elif mode == "same":
        offset = -((reach + 1) // 2) - (window.origin if correlating else -window.origin)
        outputs = samples
    elif swapped:
        offset, outputs = samples - taps, taps - samples + 1
    else:
        offset, outputs = 0, samples - reach
    if swapped:
        offset += taps - samples
        samples, taps = taps, samples
        signal, kernel = kernel, signal
        reach = taps - 1
    outputs = ceil_divide(outputs, window.stride)
    beyond = offset + window.stride * (outputs - 1) + reach + 1
    if window.is_absent or (offset >= 0 and beyond <= samples):
        boundary = "absent"
    return new_tuple(
        problems.Axis,
        (
            "window", signal, kernel, a, samples, taps, outputs, offset, window.stride,
            window.dilation, swapped or not correlating, boundary,
        ),
    )


cdef object describe_batch(
    Py_ssize_t a, Py_ssize_t length, Py_ssize_t kernel_length, bint swapped
):
    cdef Py_ssize_t outputs = length if kernel_length == 1 else kernel_length
    signal = None if length == 1 else a
    kernel = None if kernel_length == 1 else a
    if swapped:
        signal, kernel = kernel, signal
    return new_tuple(
        problems.Axis,
        ("batch", signal, kernel, a, outputs, 1, outputs, 0, 1, 1, False, "absent"),
    )
