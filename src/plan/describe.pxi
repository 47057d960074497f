# Arguments of a convolution to a problem: where the outputs of each axis begin, how many
# there are, and how the signal continues beyond its ends.
#
# An axis has N samples and K taps, which are d samples apart: from the first tap to the
# last there are r = d (K - 1) samples. If the signal is up-sampled by u, u - 1 zeros stand
# between samples, and N is the number of samples and zeros. The outputs of a correlation
# are
#
#     mode     offset of output 0          outputs
#     full     -r                          N + r
#     same     -ceil(r / 2) - origin       N
#     valid    0                           N - r
#
# Output n has sample offset + n under its first tap. In mode 'full' that position is the
# output's lag. A convolution's kernel is reversed: the position is its lag minus r. If the
# second input is the signal, K - N is added to the offset.

cdef object new_tuple = tuple.__new__

# Index of the field in the tuple `_core.problem.Axis`.
cdef Py_ssize_t OUTPUTS = problems.Axis._fields.index("outputs")

# Types of both inputs, and whether integers count as float64 -> type of the result.
cdef dict result_types = {}


def describe(rules, tuple shape1, tuple shape2, type1, type2, names, cval=0):
    """Make a problem of the arguments of a convolution.

    Parameters
    ----------
    rules : Rules
        Arguments that `_core.arguments` has checked, as far as no array is needed.
    shape1, shape2 : tuple of int
        Shapes of the first and of the second input.
    type1, type2 : dtype
        Types of the first and of the second input.
    names : Names
        The caller's names of both inputs, for messages of errors.
    cval : optional
        The caller's constant, for the message if it has too few or too many values.

    Returns
    -------
    problem : Problem
    shape : tuple of int
        Shape of the outputs.
    swapped : bool
        Whether the first input is the problem's kernel and the second its signal.
    flipped : tuple of int
        Axes along which the problem's signal is read backwards.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or if the inputs don't fit together.
    """
    cdef Windows windows
    cdef Window* window
    cdef Py_ssize_t a, ndim = len(shape1), other
    cdef int i
    cdef bint correlating, floating, ordered, swapped, lagging, matching = ndim == len(shape2)
    cdef Arguments given = Arguments(names, shape1, shape2)
    correlating, floating, mode, axes, boundary, zero, stride, dilation, \
        upsample, origin, lags, ordered, wanted, overflow, sums = (<tuple>rules)[:15]
    dtype = result_type(type1, type2, floating, given)
    if wanted is not None:
        check_conversion(dtype, wanted)
        dtype = wanted
    if floating and ndim == 0:
        axes = None
    find_windows(&windows, axes, given)
    pair_axes(&windows, axes, given)
    fill(&windows, "stride", stride, 1)
    fill(&windows, "dilation", dilation, 1)
    fill(&windows, "upsample", upsample, 1)
    fill(&windows, "origin", origin, None)
    fill_boundaries(&windows, boundary, zero, cval)
    if floating and mode == "valid" and matching:
        leave_out_single_samples(&windows)
    check_sizes(&windows, mode, origin, given)
    lagging = lags is not None
    if lagging:
        fill_lags(&windows, lags, correlating, mode)
    swapped = swaps_inputs(&windows, mode, ordered, given)
    described, shape = [], []
    for a in range(ndim):
        window = NULL
        for i in range(windows.count):
            if windows.of[i].signal == a:
                window = &windows.of[i]
        if window != NULL:
            rule = boundary if type(boundary) is str else boundary[window.number]
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
            "sum",
            None,
            sums,
            "wrap" if sums is None else overflow,
            0.0,
        ),
    )
    flipped = ()
    if correlating and swapped:
        flipped = tuple([windows.of[i].kernel for i in range(windows.count)])
    return problem, tuple(shape), swapped, flipped


cdef object result_type(type1, type2, bint floating, Arguments given):
    """Return the type that NumPy promotes both to, in this machine's byte order.

    `floating`: integers count as float64.
    """
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


cdef int check_conversion(promoted, wanted) except -1:
    """Raise TypeError unless results can have the type `wanted` instead of `promoted`."""
    if promoted.kind == "O":
        raise TypeError(
            f"dtype must be left out where an input holds objects, not {wanted.name}"
        )
    if promoted.kind == "c" and wanted.kind != "c":
        raise TypeError(
            "dtype must be a complex type where an input holds complex numbers, not "
            f"{wanted.name}"
        )
    if wanted.kind == "b" and promoted.kind != "b":
        raise TypeError(
            "dtype must be a type of numbers where an input holds numbers, not bool"
        )
    return 0


cdef bint swaps_inputs(
    Windows* windows, str mode, bint ordered, Arguments given
) except -1:
    """Whether the second input is the signal: by rule in mode 'valid', or for speed."""
    cdef bint undilated = True, absent = True, larger = True, smaller = True, sparse = False
    cdef double samples = 1, taps = 1
    cdef const Window* window
    cdef Py_ssize_t span
    cdef int i
    for i in range(windows.count):
        window = &windows.of[i]
        span = window.dilation * (window.taps - 1) + 1
        undilated &= window.dilation == 1
        sparse |= window.upsampling > 1
        absent &= window.is_absent
        larger &= positions_in(window) >= span
        smaller &= positions_in(window) <= span
        samples *= window.samples
        taps *= window.taps
    if mode != "valid":
        return absent and undilated and not sparse and taps > samples and not ordered
    if larger:
        return False
    if ordered:
        raise ValueError(
            f"{given.kernel} must be no larger than {given.signal} in mode 'valid', but "
            f"their shapes are {given.shape2} and {given.shape1}"
        )
    if undilated and smaller and not sparse:
        return True
    dilations = tuple([windows.of[i].dilation for i in range(windows.count)])
    upsamplings = tuple([windows.of[i].upsampling for i in range(windows.count)])
    raise ValueError(
        f"mode 'valid' needs {given.signal} or {given.kernel} at least as large as the other "
        f"on every convolved axis, but their shapes are {given.shape1} and {given.shape2}"
        + ("" if undilated else f" and dilation is {dilations}")
        + (f" and upsample is {upsamplings}" if sparse else "")
    )


cdef object describe_window(
    Py_ssize_t a, const Window* window, str mode, bint lagging, bint correlating, bint swapped,
    str boundary,
):
    cdef Py_ssize_t reach = window.dilation * (window.taps - 1), offset, outputs, last
    cdef Py_ssize_t samples = window.samples, taps = window.taps
    cdef Py_ssize_t positions = positions_in(window)
    cdef Py_ssize_t signal = window.signal, kernel = window.kernel
    if lagging:
        offset = window.first_lag - (0 if correlating else reach)
        outputs = window.last_lag - window.first_lag + 1
    elif mode == "full":
        offset, outputs = -reach, positions + reach
    elif mode == "same":
        offset = -((reach + 1) // 2) - (window.origin if correlating else -window.origin)
        outputs = positions
    elif swapped:
        offset, outputs = samples - taps, taps - samples + 1
    else:
        offset, outputs = 0, positions - reach
    if swapped:
        offset += taps - samples
        samples, taps = taps, samples
        signal, kernel = kernel, signal
        reach = taps - 1
    outputs = ceil_divide(outputs, window.stride)
    last = offset + window.stride * (outputs - 1) + reach
    if window.is_absent or (
        offset > -window.upsampling and last < window.upsampling * samples
    ):
        boundary = "absent"
    return new_tuple(
        problems.Axis,
        (
            "window", signal, kernel, a, samples, taps, outputs, offset, window.stride,
            window.dilation, window.upsampling, swapped or not correlating, boundary,
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
        ("batch", signal, kernel, a, outputs, 1, outputs, 0, 1, 1, 1, False, "absent"),
    )
