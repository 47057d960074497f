# Twiddles of transforms: powers of the roots that blocks of points are split by.
#
# A block is a polynomial in t modulo t^n - u, with u = exp(2 pi i turns / whole). A pass of
# radix r splits it by the r-th roots of u, w = exp(2 pi i turns / (r whole)) times the r-th
# roots of one, which are the next blocks' u. Turns are integers, so that every root is as
# precise as its element type.

ctypedef fused number:
    float
    double
    long double

ctypedef fused angle:
    double
    long double


cdef inline void find_root(
    long long turns, long long whole, angle kind, angle* re, angle* im
) noexcept nogil:
    """Compute exp(2 pi i turns / whole), from an angle of at most an eighth of a circle."""
    cdef long long quarters
    cdef angle turned, cosine, sine, half_pi = kind
    turns %= whole
    if turns < 0:
        turns += whole
    quarters = (8 * turns + whole) // (2 * whole)
    turned = <angle>(4 * turns - quarters * whole) / <angle>whole
    if angle is double:
        half_pi = 2 * atan(1.0)
        cosine, sine = cos(turned * half_pi), sin(turned * half_pi)
    else:
        half_pi = 2 * atanl(1.0)
        cosine, sine = cosl(turned * half_pi), sinl(turned * half_pi)
    if quarters % 2:
        cosine, sine = -sine, cosine
    if quarters % 4 >= 2:
        cosine, sine = -cosine, -sine
    re[0], im[0] = cosine, sine


cdef inline void write_root(
    number* target, Py_ssize_t pitch, long long turns, long long whole
) noexcept nogil:
    """Store a root. `pitch`: numbers from its real to its imaginary part."""
    cdef double re, im
    cdef long double long_re, long_im
    if number is longdouble:
        find_root(turns, whole, <long double>0, &long_re, &long_im)
        target[0], target[pitch] = long_re, long_im
    else:
        find_root(turns, whole, <double>0, &re, &im)
        target[0], target[pitch] = <number>re, <number>im


cdef void write_twiddles(
    number* target, const Py_ssize_t* radices, Py_ssize_t passes, bint halved, long long* turns
) noexcept nogil:
    """Store w, w^2, ... w^(radix - 1) for each pass and each block that it splits."""
    cdef long long whole = 4
    cdef Py_ssize_t i, b, blocks = 1
    cdef int k
    turns[0] = 1 if halved else 0
    for i in range(passes):
        for b in range(blocks):
            for k in range(1, <int>radices[i]):
                write_root(target, 1, turns[b] * k, whole * radices[i])
                target += 2
        blocks = split_turns(turns, blocks, radices[i], &whole)


cdef Py_ssize_t split_turns(
    long long* turns, Py_ssize_t blocks, Py_ssize_t radix, long long* whole
) noexcept nogil:
    """Replace the turns of blocks by those of the blocks they are split into.

    Return the number of these blocks.
    """
    cdef Py_ssize_t b, c
    for b in range(blocks - 1, -1, -1):
        for c in range(radix - 1, -1, -1):
            turns[b * radix + c] = turns[b] + whole[0] * c
    whole[0] *= radix
    return blocks * radix


cdef void write_four_step(
    number* target, const long long* turns, Py_ssize_t rows, long long whole, Py_ssize_t points,
    Py_ssize_t lanes, Py_ssize_t fine,
) noexcept nogil:
    """Store the twiddles of each panel of `lanes` rows: coarse powers, then fine ones.

    One is subtracted from the fine powers. Real parts of all lanes stand before their
    imaginary parts.
    """
    cdef long long turn
    cdef long double re, im
    cdef Py_ssize_t row, i, lane
    cdef Py_ssize_t middle = fine // 2, coarse = points // fine, panel = 2 * lanes * (coarse + fine)
    cdef number* at
    for row in range(rows):
        lane = row % lanes
        at = target + row // lanes * panel + lane
        # of the two angles of a root the one that is smaller in magnitude
        turn = turns[row] - whole if 2 * turns[row] > whole else turns[row]
        for i in range(coarse):
            write_root(at, lanes, turn * (middle + fine * i), whole * points)
            at += 2 * lanes
        for i in range(fine):
            find_root(turn * (i - middle), whole * points, <long double>0, &re, &im)
            at[0], at[lanes] = <number>(re - 1), <number>im
            at += 2 * lanes


def twiddles(str element, tuple radices, bint halved):
    """Return the twiddles of a transform, as bytes of pairs of numbers.

    Parameters
    ----------
    element : {'float32', 'float64', 'longdouble'}
    radices : tuple of int
        Radices of all passes, first to last.
    halved : bool
        Whether points hold the two halves of a real signal. The transform is then modulo
        t^n - i, otherwise modulo t^n - 1.
    """
    cdef Py_ssize_t each[MOST_PASSES]
    cdef Py_ssize_t i, blocks = 1, numbers = 0
    cdef long long* turns
    cdef char* target
    for i in range(len(radices)):
        each[i] = radices[i]
        numbers += 2 * (each[i] - 1) * blocks
        blocks *= each[i]
    found = PyBytes_FromStringAndSize(NULL, numbers * ITEMSIZES[element])
    target = PyBytes_AS_STRING(found)
    turns = allocate_turns(blocks)
    if element == "float32":
        write_twiddles(<float*>target, each, len(radices), halved, turns)
    elif element == "float64":
        write_twiddles(<double*>target, each, len(radices), halved, turns)
    else:
        write_twiddles(<long double*>target, each, len(radices), halved, turns)
    PyMem_Free(turns)
    return found


def four_step_twiddles(
    str element, tuple radices, bint halved, Py_ssize_t points, Py_ssize_t lanes, Py_ssize_t fine
):
    """Return the twiddles between the transforms of columns and of rows of a long one.

    Row k of the columns' transform is a polynomial modulo t^points - u_k. If sample j is
    multiplied by u_k^(j/points), it is a polynomial modulo t^points - 1. A power is the
    product of a coarse and a fine power. The fine one is near 1, and is stored minus 1:
    so the product is almost as precise as a stored power.

    Parameters
    ----------
    element, radices, halved
        Of the columns' transform, as for `twiddles`.
    points : int
        Points of a row.
    lanes : int
        Lanes of a vector.
    fine : int
        Fine steps of each coarse step.
    """
    cdef Py_ssize_t i, rows = 1
    cdef long long whole = 4
    cdef long long* turns
    cdef char* target
    for radix in radices:
        rows *= radix
    found = PyBytes_FromStringAndSize(
        NULL, 2 * rows * (points // fine + fine) * ITEMSIZES[element]
    )
    target = PyBytes_AS_STRING(found)
    turns = allocate_turns(rows)
    turns[0] = 1 if halved else 0
    i = 1
    for radix in radices:
        i = split_turns(turns, i, radix, &whole)
    if element == "float32":
        write_four_step(<float*>target, turns, rows, whole, points, lanes, fine)
    elif element == "float64":
        write_four_step(<double*>target, turns, rows, whole, points, lanes, fine)
    else:
        write_four_step(<long double*>target, turns, rows, whole, points, lanes, fine)
    PyMem_Free(turns)
    return found


cdef long long* allocate_turns(Py_ssize_t number) except NULL:
    cdef long long* turns = <long long*>PyMem_Malloc(number * sizeof(long long))
    if turns == NULL:
        raise MemoryError("no memory for twiddles")
    return turns

# Bytes of a number.
ITEMSIZES = {
    "float32": sizeof(float), "float64": sizeof(double), "longdouble": sizeof(long double)
}
