# Polyphase branches: the problems without up-sampling that an axis consists of.
#
# Output n sums tap k if s n + o + d k is a multiple of the up-sampling u. Outputs that are
# u / gcd(s, u) apart sum the same taps, and these taps are u / gcd(d, u) apart. Such
# outputs are a branch: a problem of stride s / gcd(s, u) and dilation d / gcd(d, u). See
# P. P. Vaidyanathan, Multirate Systems and Filter Banks, Prentice Hall, 1993, section 4.3.

cdef struct Polyphase:
    Py_ssize_t outputs, taps        # between two outputs, and between two taps, of a branch
    Py_ssize_t stride, dilation     # of a branch
    Py_ssize_t common               # greatest common divisor of dilation and up-sampling
    Py_ssize_t inverse              # of dilation / common, modulo `taps`

cdef struct Branch:
    Py_ssize_t output, outputs      # its first output, and how many it has
    Py_ssize_t tap, taps            # its first tap, and how many it has
    Py_ssize_t offset               # sample under its first tap, of its first output


cdef void find_polyphase(const Axis* axis, Polyphase* polyphase) noexcept nogil:
    """Find the steps between outputs and between taps of a branch."""
    cdef Py_ssize_t up = axis.upsampling, common = greatest_divisor(axis.stride, up)
    cdef Py_ssize_t a, b, factor = 1, next = 0, quotient
    polyphase.outputs, polyphase.stride = up // common, axis.stride // common
    common = greatest_divisor(axis.dilation, up)
    polyphase.taps, polyphase.dilation = up // common, axis.dilation // common
    polyphase.common = common
    # Euclid's algorithm: a = factor * dilation modulo taps, at each step
    a, b = polyphase.dilation % polyphase.taps, polyphase.taps
    while b:
        quotient = a // b
        a, b = b, a - quotient * b
        factor, next = next, factor - quotient * next
    polyphase.inverse = (factor % polyphase.taps + polyphase.taps) % polyphase.taps


cdef bint find_branch(
    const Axis* axis, const Polyphase* polyphase, Py_ssize_t output, Branch* branch
) noexcept nogil:
    """Find the branch of an output below `polyphase.outputs`; return whether it has taps."""
    cdef Py_ssize_t position = axis.offset + axis.stride * output, residue
    if position % polyphase.common:
        return False
    residue = -(position // polyphase.common) % polyphase.taps
    residue = (residue + polyphase.taps) % polyphase.taps
    branch.tap = residue * polyphase.inverse % polyphase.taps
    if branch.tap >= axis.taps:
        return False
    branch.output, branch.outputs = output, ceil_divide(axis.outputs - output, polyphase.outputs)
    branch.taps = ceil_divide(axis.taps - branch.tap, polyphase.taps)
    branch.offset = (position + axis.dilation * branch.tap) // axis.upsampling
    return True


def count_branches(problem):
    """Count the branches of a problem that have taps."""
    cdef Axis axis
    cdef Polyphase polyphase
    cdef Branch branch
    cdef Py_ssize_t output
    cdef double number = 1, of_axis
    for given in (<tuple>problem)[0]:
        read_axis(given, &axis)
        if axis.upsampling == 1:
            continue
        find_polyphase(&axis, &polyphase)
        of_axis = 0
        for output in range(min(polyphase.outputs, axis.outputs)):
            of_axis += find_branch(&axis, &polyphase, output, &branch)
        number *= of_axis
    return number


def branches(given):
    """Divide an axis into branches.

    Parameters
    ----------
    given : Axis

    Returns
    -------
    list of (range, range, Axis)
        The outputs and the taps of each branch, and its axis. Outputs in none of the
        branches sum no tap.
    """
    cdef Axis axis
    cdef Polyphase polyphase
    cdef Branch branch
    cdef Py_ssize_t output
    read_axis(given, &axis)
    find_polyphase(&axis, &polyphase)
    found = []
    for output in range(min(polyphase.outputs, axis.outputs)):
        if not find_branch(&axis, &polyphase, output, &branch):
            continue
        part = given._replace(
            taps=branch.taps, outputs=branch.outputs, offset=branch.offset,
            stride=polyphase.stride, dilation=polyphase.dilation, upsampling=1,
        )
        found.append((
            range(output, axis.outputs, polyphase.outputs),
            range(branch.tap, axis.taps, polyphase.taps),
            part if part.reaches_outside else part._replace(boundary="absent"),
        ))
    return found
