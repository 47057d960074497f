# Loops over any number of axes: indices that count like the digits of an odometer.

from common.elements cimport MOST_AXES, NONE

cdef struct Odometer:
    Py_ssize_t axes
    Py_ssize_t index[MOST_AXES]
    Py_ssize_t count[MOST_AXES]     # of indices; at least 1 along each axis


cdef inline void start(Odometer* odometer, Py_ssize_t axes) noexcept nogil:
    """Begin with index 0 along all axes; counts are the caller's to set."""
    cdef Py_ssize_t a
    odometer.axes = axes
    for a in range(axes):
        odometer.index[a] = 0


cdef inline Py_ssize_t advance(Odometer* odometer) noexcept nogil:
    """Go on to the next indices; return the first axis whose index changed.

    NONE: there are no more. What depends on the indices of axes before the returned one
    need not be computed again.
    """
    return skip(odometer, odometer.axes - 1)


cdef inline Py_ssize_t skip(Odometer* odometer, Py_ssize_t a) noexcept nogil:
    """The same, but skip the indices of the axes behind `a`, which are zero, too."""
    while a >= 0:
        odometer.index[a] += 1
        if odometer.index[a] < odometer.count[a]:
            return a
        odometer.index[a] = 0
        a -= 1
    return NONE
