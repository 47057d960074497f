# Lengths of transforms, 4 times 2^a 3^b 5^c, and the radices of their passes.
#
# The last pass has radix 4, because it multiplies spectra, too. The other radices are
# those whose passes take the least cycles. Small radices come first: if the points don't
# stay in the L1 cache, this is up to a tenth faster than large radices first.

cdef enum:
    LEAF = 4                # radix of the last pass
    MOST_POINTS = 1 << 24
    MOST_LENGTHS = 1024
    MOST_PASSES = 25
    TWOS = 23               # exponents of 2, 3 and 5 up to MOST_POINTS / LEAF
    THREES = 14
    FIVES = 10

cdef struct Length:
    Py_ssize_t points
    double cycles                   # of all its passes, per vector
    Py_ssize_t radix                # of one pass; 1: there is only the last pass
    Py_ssize_t rest                 # number of the length that this pass leaves

cdef struct Lengths:
    Py_ssize_t count
    Length of[MOST_LENGTHS]         # ascending


cdef int find_lengths(Lengths* lengths, dict passes) except -1:
    """List all lengths. `passes`: cycles of a pass per vector, by radix."""
    cdef Py_ssize_t number[TWOS][THREES][FIVES]
    cdef Py_ssize_t a, b, c, i, radix, rest
    cdef Length* length
    cdef double cycles
    points = sorted([
        (LEAF * two * three * five, a, b, c)
        for a, two in enumerate([2**n for n in range(<object>TWOS)])
        for b, three in enumerate([3**n for n in range(<object>THREES)])
        for c, five in enumerate([5**n for n in range(<object>FIVES)])
        if LEAF * two * three * five <= MOST_POINTS
    ])
    lengths.count = len(points)
    for i in range(lengths.count):
        length = &lengths.of[i]
        length.points, a, b, c = points[i]
        number[a][b][c] = i
        length.radix, length.rest = 1, NONE
        length.cycles = passes[LEAF] if i == 0 else INFINITY
        for radix, twos, threes, fives in RADICES:
            if twos > a or threes > b or fives > c:
                continue
            rest = number[a - <Py_ssize_t>twos][b - <Py_ssize_t>threes][c - <Py_ssize_t>fives]
            cycles = passes[radix] + lengths.of[rest].cycles
            if cycles < length.cycles:
                length.cycles, length.radix, length.rest = cycles, radix, rest
    return 0

# Radices of passes, and their exponents of 2, 3 and 5.
cdef tuple RADICES = (
    (2, 1, 0, 0), (3, 0, 1, 0), (4, 2, 0, 0), (5, 0, 0, 1), (6, 1, 1, 0), (8, 3, 0, 0),
    (10, 1, 0, 1), (12, 2, 1, 0),
)


cdef Py_ssize_t first_length(const Lengths* lengths, double points) noexcept nogil:
    """Number of the first length of at least `points` points."""
    cdef Py_ssize_t low = 0, high = lengths.count, middle
    while low < high:
        middle = (low + high) // 2
        if lengths.of[middle].points < points:
            low = middle + 1
        else:
            high = middle
    return low


cdef int find_radices(
    const Lengths* lengths, Py_ssize_t points, Py_ssize_t* radices
) noexcept nogil:
    """Find the radices of a length: ascending, then LEAF. Return their number."""
    cdef Py_ssize_t i = first_length(lengths, points), radix
    cdef int count = 0, k
    while lengths.of[i].radix > 1:
        radix = lengths.of[i].radix
        k = count
        while k and radices[k - 1] > radix:
            radices[k] = radices[k - 1]
            k -= 1
        radices[k] = radix
        count += 1
        i = lengths.of[i].rest
    radices[count] = LEAF
    return count + 1


cdef Lengths* allocate_lengths(dict passes) except NULL:
    cdef Lengths* lengths = <Lengths*>PyMem_Malloc(sizeof(Lengths))
    if lengths == NULL:
        raise MemoryError("no memory for the lengths of transforms")
    find_lengths(lengths, passes)
    return lengths


def all_lengths(dict passes):
    """Return all lengths of transforms, ascending.

    Parameters
    ----------
    passes : dict of int to float
        Cycles of a pass by its radix.
    """
    cdef Lengths* lengths = allocate_lengths(passes)
    cdef Py_ssize_t i
    found = [lengths.of[i].points for i in range(lengths.count)]
    PyMem_Free(lengths)
    return found


def radices_of(Py_ssize_t points, dict passes):
    """Return the radices of the fastest passes of a transform, first to last.

    Parameters
    ----------
    points : int
    passes : dict of int to float
        Cycles of a pass by its radix.

    Raises
    ------
    ValueError
        If there is no transform of this length.
    """
    cdef Py_ssize_t radices[MOST_PASSES]
    cdef Lengths* lengths = allocate_lengths(passes)
    cdef Py_ssize_t i = first_length(lengths, points)
    cdef bint known = i < lengths.count and lengths.of[i].points == points
    cdef int count = find_radices(lengths, points, radices) if known else 0
    PyMem_Free(lengths)
    if not known:
        raise ValueError(f"points must be 4 times 2^a 3^b 5^c, not {points}")
    return tuple([radices[i] for i in range(count)])
