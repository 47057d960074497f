# Problems as structs. The classes of `_core.problem` have the same fields.

cdef struct Axis:
    bint is_window                  # each output sums products along the axis
    # its number among the axes of each array; NONE: the array does not have it. Outputs
    # have no axis that is summed.
    Py_ssize_t signal, kernel, output
    Py_ssize_t samples, taps, outputs
    Py_ssize_t offset               # position under tap 0 of output 0
    Py_ssize_t stride, dilation, upsampling
    bint reversed                   # whether the kernel is reversed along the axis
    bint is_absent                  # samples outside of the signal take no part
    int rule                        # how the signal continues, as in common/boundary.pxd
    Py_ssize_t period, mirror

cdef struct Operand:
    int element                     # type of real numbers, or of each part of complex ones
    Py_ssize_t itemsize             # bytes of a number
    int planes                      # 2: complex numbers
    bint is_integer                 # False for truth values
    bint swapped                    # whether its byte order is not this machine's
    bint conjugated

cdef struct Problem:
    int count
    Axis axes[MOST_AXES]
    Operand signal, kernel, output
    bint narrows                    # sums are converted to integers
    double rounding                 # of sums that are cut to integers
    # a byte for each tap, whether it takes part, and bytes between two taps of each axis;
    # NULL: all taps do
    const char* support
    Py_ssize_t support_pitch[MOST_AXES]

# Name of an element type -> its number in common/elements.h.
cdef dict element_numbers = {ELEMENT_NAMES[i].decode(): i for i in range(ELEMENTS)}
cdef int FLOAT16 = element_numbers["float16"]
# How results are stored -> its number in common/elements.h.
STORING = {STORING_NAMES[i].decode(): i for i in range(STORINGS)}

# Boundary -> rule, and factor and term of its period and of its mirror.
cdef dict continuations = {
    name: (rule.rule, *rule.period, *rule.mirror) for name, rule in CONTINUATIONS.items()
}
# dtype -> fields of Operand but `conjugated`.
cdef dict known_types = {}


cdef inline Py_ssize_t ceil_divide(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    """a / b rounded up, for numbers that aren't negative."""
    return (a + b - 1) // b


cdef Py_ssize_t greatest_divisor(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    """Greatest common divisor."""
    while b:
        a, b = b, a % b
    return a


cdef inline Py_ssize_t reach_of(const Axis* axis) noexcept nogil:
    """Positions from the first to the last tap."""
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
    role, signal, kernel, output, axis.samples, axis.taps, axis.outputs, axis.offset, \
        axis.stride, axis.dilation, axis.upsampling, axis.reversed, boundary = <tuple>given
    cdef Py_ssize_t factor, term, other, other_term
    # all samples of a summed axis are a window, of one output
    axis.is_window = role != "batch"
    axis.signal, axis.kernel = number_of(signal), number_of(kernel)
    axis.output = number_of(output)
    axis.is_absent = boundary == "absent"
    axis.rule, factor, term, other, other_term = <tuple>continuations[boundary]
    axis.period = max(factor * axis.samples + term, 1)
    axis.mirror = other * axis.samples + other_term
    return 0


cdef int read_problem(given, Problem* problem) except -1:
    cdef tuple axes
    cdef Py_ssize_t pitch = 1
    cdef int a
    axes, signal, kernel, output, _, support, sums, _, problem.rounding = <tuple>given
    problem.narrows = sums is not None
    problem.count = 0
    for axis in axes:
        read_axis(axis, &problem.axes[problem.count])
        problem.count += 1
    problem.support = NULL if support is None else PyBytes_AS_STRING(support)
    for a in range(problem.count - 1, -1, -1):
        problem.support_pitch[a] = pitch
        pitch *= problem.axes[a].taps
    dtype, conjugated = <tuple>signal
    read_type(dtype, &problem.signal)
    problem.signal.conjugated = conjugated
    dtype, conjugated = <tuple>kernel
    read_type(dtype, &problem.kernel)
    problem.kernel.conjugated = conjugated
    read_type(output, &problem.output)
    return 0


cdef bint is_exact(const Problem* problem) noexcept nogil:
    """Whether all numbers are integers or truth values."""
    return (
        problem.signal.element <= INT64 and problem.kernel.element <= INT64
        and problem.output.element <= INT64
    )


cdef bint is_plain(const Axis* axis) noexcept nogil:
    """Whether each output is a tap times the sample at the same position."""
    return (
        axis.taps == 1 and axis.offset == 0 and axis.samples == axis.outputs
        and axis.stride == axis.upsampling == 1
    )


cdef bint needs_finite_taps(const Problem* problem) noexcept nogil:
    """Whether outputs leave out samples outside of the signal.

    There a product of zero with an infinite tap would not be zero.
    """
    cdef const Axis* axis
    cdef Py_ssize_t last
    cdef int a
    for a in range(problem.count):
        axis = &problem.axes[a]
        last = axis.offset + axis.stride * (axis.outputs - 1) + reach_of(axis)
        if axis.is_window and axis.is_absent and (
            axis.offset <= -axis.upsampling or last >= axis.upsampling * axis.samples
        ):
            return True
    return False


cdef double outputs_of(const Problem* problem) noexcept nogil:
    cdef double outputs = 1
    cdef int a
    for a in range(problem.count):
        outputs *= problem.axes[a].outputs
    return outputs
