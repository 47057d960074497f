# Problems as structs: what `_core.problem` says of them, in numbers.

cdef struct Axis:
    bint is_window                  # outputs sum along it
    Py_ssize_t signal, kernel, output   # its number in each array; NONE: it isn't there
    Py_ssize_t samples, taps, outputs
    Py_ssize_t offset               # position under tap 0 of output 0
    Py_ssize_t stride, dilation
    bint reversed                   # the kernel, along it
    bint is_absent                  # samples outside take no part
    int rule                        # of what stands outside
    Py_ssize_t period, mirror

cdef struct Operand:
    int element                     # type of its numbers, or of their parts
    Py_ssize_t itemsize             # bytes of a sample
    int planes                      # 2: complex numbers
    bint is_integer                 # that counts: no truth value
    bint swapped                    # bytes of another order
    bint conjugated

cdef struct Problem:
    int count
    Axis axes[MOST_AXES]
    Operand signal, kernel, output

# Numbers of element types by name.
cdef dict element_numbers = {ELEMENT_NAMES[i].decode(): i for i in range(ELEMENTS)}
STORING = {STORING_NAMES[i].decode(): i for i in range(STORINGS)}

cdef dict continuations = {
    name: (rule.rule, *rule.period, *rule.mirror) for name, rule in CONTINUATIONS.items()
}
cdef dict known_types = {}


cdef inline Py_ssize_t ceil_divide(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    """Of numbers that aren't negative."""
    return (a + b - 1) // b


cdef Py_ssize_t greatest_divisor(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    while b:
        a, b = b, a % b
    return a


cdef inline Py_ssize_t reach_of(const Axis* axis) noexcept nogil:
    """Samples from the first to the last tap."""
    return axis.dilation * (axis.taps - 1)


cdef inline Py_ssize_t number_of(object axis) except -2:
    return NONE if axis is None else axis


cdef int read_type(object dtype, Operand* operand) except -1:
    known = known_types.get(dtype)
    if known is None:
        known = (
            element_numbers[element_name(real_type(dtype))], dtype.itemsize,
            2 if dtype.kind == "c" else 1, dtype.kind in "iu", not dtype.isnative,
        )
        known_types[dtype] = known
    operand.element, operand.itemsize, operand.planes, operand.is_integer, \
        operand.swapped = <tuple>known
    operand.conjugated = False
    return 0


cdef int read_axis(given, Axis* axis) except -1:
    role, signal, kernel, axis.output, axis.samples, axis.taps, axis.outputs, axis.offset, \
        axis.stride, axis.dilation, axis.reversed, boundary = <tuple>given
    cdef Py_ssize_t factor, term, other, other_term
    axis.is_window = role == "window"
    axis.signal, axis.kernel = number_of(signal), number_of(kernel)
    axis.is_absent = boundary == "absent"
    axis.rule, factor, term, other, other_term = <tuple>continuations[boundary]
    axis.period = max(factor * axis.samples + term, 1)
    axis.mirror = other * axis.samples + other_term
    return 0


cdef int read_problem(given, Problem* problem) except -1:
    cdef tuple axes
    axes, signal, kernel, output = <tuple>given
    problem.count = 0
    for axis in axes:
        read_axis(axis, &problem.axes[problem.count])
        problem.count += 1
    dtype, conjugated = <tuple>signal
    read_type(dtype, &problem.signal)
    problem.signal.conjugated = conjugated
    dtype, conjugated = <tuple>kernel
    read_type(dtype, &problem.kernel)
    problem.kernel.conjugated = conjugated
    read_type(output, &problem.output)
    return 0


cdef bint is_plain(const Axis* axis) noexcept nogil:
    """Whether each output is the sample at its own position, times a tap."""
    return axis.taps == 1 and axis.offset == 0 and axis.samples == axis.outputs


cdef bint needs_finite_taps(const Problem* problem) noexcept nogil:
    """Whether outputs leave out samples, which a product with zero would not."""
    cdef const Axis* axis
    cdef Py_ssize_t beyond
    cdef int a
    for a in range(problem.count):
        axis = &problem.axes[a]
        beyond = axis.offset + axis.stride * (axis.outputs - 1) + reach_of(axis) + 1
        if axis.is_window and axis.is_absent and (axis.offset < 0 or beyond > axis.samples):
            return True
    return False


cdef double outputs_of(const Problem* problem) noexcept nogil:
    cdef double outputs = 1
    cdef int a
    for a in range(problem.count):
        outputs *= problem.axes[a].outputs
    return outputs
