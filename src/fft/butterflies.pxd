# Passes of a transform that exists for convolution only, over LANES signals at once.
#
# A block of n points is a polynomial in t, modulo t^n - u with |u| = 1. A pass of radix
# r splits it into r blocks of n/r points, modulo t^(n/r) - u_c for the r-th roots u_c of
# u: with w = u^(1/r) and q = exp(2 pi i/r),
#
#     y_c[j] = sum over k of  x[j + k n/r] w^k q^(c k)
#
# so that all butterflies of a block share their twiddles w^k. When blocks have one point
# each, products of points are convolutions. Nothing is put in order, for the inverse
# passes go back the same way. Starting from u = i instead of u = 1, the n points
# x[j] + i x[j + n] are a real signal of 2 n samples, modulo t^(2n) + 1.
#
# A point is a vector of real parts and, behind it, one of imaginary parts.
#
# D. J. Bernstein, "Multidigit multiplication for mathematicians", 2001, sections 4 to 6.

from common.simd cimport (
    LANES, broadcast, load, prefetch_to_read, prefetch_to_write, real, store, vec
)
from libc.math cimport sqrtl

cdef enum:
    MOST_RADIX = 12
    LEAF_RADIX = 4
    POINTS_AHEAD = 16       # points of a spectrum to one that is prefetched

cdef struct Point:
    vec re
    vec im


cdef inline Point load_point(const real* x) noexcept nogil:
    cdef Point point
    point.re = load(x)
    point.im = load(x + LANES)
    return point


cdef inline void store_point(real* x, Point point) noexcept nogil:
    store(x, point.re)
    store(x + LANES, point.im)


cdef inline Point broadcast_point(const real* x) noexcept nogil:
    """The same number in all lanes."""
    cdef Point point
    point.re = broadcast(x[0])
    point.im = broadcast(x[1])
    return point


cdef inline Point plus(Point a, Point b) noexcept nogil:
    a.re = a.re + b.re
    a.im = a.im + b.im
    return a


cdef inline Point minus(Point a, Point b) noexcept nogil:
    a.re = a.re - b.re
    a.im = a.im - b.im
    return a


cdef inline Point plus_i(Point a, Point b) noexcept nogil:
    """a + i b."""
    a.re = a.re - b.im
    a.im = a.im + b.re
    return a


cdef inline Point minus_i(Point a, Point b) noexcept nogil:
    """a - i b."""
    a.re = a.re + b.im
    a.im = a.im - b.re
    return a


cdef inline Point times(Point a, Point w) noexcept nogil:
    cdef Point product
    product.re = a.re * w.re - a.im * w.im
    product.im = a.re * w.im + a.im * w.re
    return product


cdef inline Point times_conjugate(Point a, Point w) noexcept nogil:
    cdef Point product
    product.re = a.re * w.re + a.im * w.im
    product.im = a.im * w.re - a.re * w.im
    return product


cdef inline void transform4(Point* a, int step) noexcept nogil:
    cdef Point sum02 = plus(a[0], a[2 * step]), sum13 = plus(a[step], a[3 * step])
    cdef Point difference02 = minus(a[0], a[2 * step])
    cdef Point difference13 = minus(a[step], a[3 * step])
    a[0] = plus(sum02, sum13)
    a[step] = plus_i(difference02, difference13)
    a[2 * step] = minus(sum02, sum13)
    a[3 * step] = minus_i(difference02, difference13)


cdef inline void transform3(Point* a) noexcept nogil:
    cdef vec half = broadcast(<real>0.5)
    cdef vec sine = broadcast(<real>(sqrtl(3) / 2))
    cdef Point sum = plus(a[1], a[2]), difference = minus(a[1], a[2]), middle
    middle.re = a[0].re - half * sum.re
    middle.im = a[0].im - half * sum.im
    difference.re = sine * difference.re
    difference.im = sine * difference.im
    a[0] = plus(a[0], sum)
    a[1] = plus_i(middle, difference)
    a[2] = minus_i(middle, difference)


cdef inline Point mix(Point a, vec r, Point b, vec s) noexcept nogil:
    """r a + s b."""
    a.re = r * a.re + s * b.re
    a.im = r * a.im + s * b.im
    return a


cdef inline void transform5(Point* a) noexcept nogil:
    cdef vec cosine1 = broadcast(<real>((sqrtl(5) - 1) / 4))
    cdef vec cosine2 = broadcast(<real>((-sqrtl(5) - 1) / 4))
    cdef vec sine1 = broadcast(<real>(sqrtl(10 + 2 * sqrtl(5)) / 4))
    cdef vec sine2 = broadcast(<real>(sqrtl(10 - 2 * sqrtl(5)) / 4))
    cdef Point sum14 = plus(a[1], a[4]), sum23 = plus(a[2], a[3])
    cdef Point difference14 = minus(a[1], a[4]), difference23 = minus(a[2], a[3])
    cdef Point even1 = plus(a[0], mix(sum14, cosine1, sum23, cosine2))
    cdef Point even2 = plus(a[0], mix(sum14, cosine2, sum23, cosine1))
    cdef Point odd1 = mix(difference14, sine1, difference23, sine2)
    cdef Point odd2 = mix(difference14, sine2, difference23, broadcast(<real>0) - sine1)
    a[0] = plus(a[0], plus(sum14, sum23))
    a[1] = plus_i(even1, odd1)
    a[2] = plus_i(even2, odd2)
    a[3] = minus_i(even2, odd2)
    a[4] = minus_i(even1, odd1)


cdef inline Point times_eighth_root(Point a) noexcept nogil:
    """a times exp(2 pi i/8)."""
    cdef vec root = broadcast(<real>(sqrtl(2) / 2))
    a = plus_i(a, a)
    a.re = root * a.re
    a.im = root * a.im
    return a


cdef inline void transform8(Point* a) noexcept nogil:
    cdef Point even1, even2, even3, odd0, odd1, odd2, odd3
    transform4(a, 2)
    transform4(a + 1, 2)
    even1, even2, even3 = a[2], a[4], a[6]
    odd0, odd1, odd2, odd3 = a[1], times_eighth_root(a[3]), a[5], times_eighth_root(a[7])
    a[4] = minus(a[0], odd0)
    a[0] = plus(a[0], odd0)
    a[1] = plus(even1, odd1)
    a[5] = minus(even1, odd1)
    a[2] = plus_i(even2, odd2)
    a[6] = minus_i(even2, odd2)
    a[3] = plus_i(even3, odd3)
    a[7] = minus_i(even3, odd3)


cdef inline void transform_power(Point* a, int radix) noexcept nogil:
    """Of as many points as a power of a prime."""
    cdef Point first
    if radix == 2:
        first = a[0]
        a[0] = plus(first, a[1])
        a[1] = minus(first, a[1])
    elif radix == 3:
        transform3(a)
    elif radix == 4:
        transform4(a, 1)
    elif radix == 5:
        transform5(a)
    else:
        transform8(a)


cdef inline void transform_product(Point* a, int p, int q) noexcept nogil:
    """Of p q points, without twiddles, as p and q have no factor in common.

    I. J. Good, "The interaction algorithm and practical Fourier analysis", 1958.
    """
    cdef Point row[MOST_RADIX]
    cdef Point column[MOST_RADIX]
    cdef int i, j
    for i in range(p):
        for j in range(q):
            row[i * q + j] = a[(i * q + j * p) % (p * q)]
        transform_power(row + i * q, q)
    for j in range(q):
        for i in range(p):
            column[i] = row[i * q + j]
        transform_power(column, p)
        for i in range(p):
            row[i * q + j] = column[i]
    for i in range(p * q):
        a[i] = row[i % p * q + i % q]


cdef inline void transform_points(Point* a, int radix) noexcept nogil:
    """y_c = sum over k of a_k exp(2 pi i c k/radix), in place."""
    if radix == 6:
        transform_product(a, 2, 3)
    elif radix == 10:
        transform_product(a, 2, 5)
    elif radix == 12:
        transform_product(a, 4, 3)
    else:
        transform_power(a, radix)


cdef struct Run:
    Py_ssize_t part_pitch           # reals between the parts that a block is split into
    Py_ssize_t rows, pitch          # points of a part, and reals between them
    Py_ssize_t width, step          # points side by side, and reals between them
    Py_ssize_t next_point           # reals to a point that is prefetched; 0: none


cdef inline void pass_blocks(
    real* x, Run run, Py_ssize_t blocks, const real* twiddles, int radix, bint inverse,
    bint prefetching,
) noexcept nogil:
    """Split blocks into `radix` blocks each, or unite those."""
    cdef Point a[MOST_RADIX]
    cdef Point w[MOST_RADIX]
    cdef Py_ssize_t _b, _j, _i
    cdef int k
    for _b in range(blocks):
        for k in range(1, radix):
            w[k] = broadcast_point(twiddles + 2 * k - 2)
        for _j in range(run.rows):
            for _i in range(run.width):
                if prefetching:
                    for k in range(radix):
                        prefetch_to_write(x + k * run.part_pitch + run.next_point)
                a[0] = load_point(x)
                for k in range(1, radix):
                    a[k] = load_point(x + k * run.part_pitch)
                    if not inverse:
                        a[k] = times(a[k], w[k])
                transform_points(a, radix)
                # the inverse transform is the same with its outputs in reverse
                store_point(x, a[0])
                for k in range(1, radix):
                    if inverse:
                        store_point(x + k * run.part_pitch, times_conjugate(a[radix - k], w[k]))
                    else:
                        store_point(x + k * run.part_pitch, a[k])
                x += run.step
            x += run.pitch - run.width * run.step
        x += radix * run.part_pitch - run.rows * run.pitch
        twiddles += 2 * (radix - 1)


cdef inline void multiply_blocks(
    real* x, Py_ssize_t pitch, Py_ssize_t blocks, const real* twiddles,
    const real* spectrum, bint shared,
) noexcept nogil:
    """Split blocks of LEAF_RADIX points, multiply by a spectrum, and unite them.

    `shared`: the spectrum is the same for all lanes, and has a number per point.
    """
    cdef Point a[LEAF_RADIX]
    cdef Point w
    cdef Py_ssize_t _b
    cdef int k
    for _b in range(blocks):
        for k in range(LEAF_RADIX):
            a[k] = load_point(x + k * pitch)
            if k:
                a[k] = times(a[k], broadcast_point(twiddles + 2 * k - 2))
        transform4(a, 1)
        for k in range(LEAF_RADIX):
            if shared:
                a[k] = times(a[k], broadcast_point(spectrum))
                spectrum += 2
            else:
                prefetch_to_read(spectrum + POINTS_AHEAD * 2 * LANES)
                a[k] = times(a[k], load_point(spectrum))
                spectrum += 2 * LANES
        transform4(a, 1)
        store_point(x, a[0])
        for k in range(1, LEAF_RADIX):
            w = broadcast_point(twiddles + 2 * k - 2)
            store_point(x + k * pitch, times_conjugate(a[LEAF_RADIX - k], w))
        x += LEAF_RADIX * pitch
        twiddles += 2 * (LEAF_RADIX - 1)
