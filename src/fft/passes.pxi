# Passes of a transform, block by block, so that blocks stay in the L1 cache.

from fft.butterflies cimport pass_blocks

cdef enum:
    L1_POINTS = 256         # of a block, of LANES numbers each, that stays in the L1 cache

cdef struct Passes:                 # of a transform
    Py_ssize_t count
    const Pass* of
    const real* twiddles


cdef int set_passes(
    Passes* passes, Pass* each, tuple radices, bytes twiddles, Py_ssize_t points
) except -1:
    """Describe the passes of a transform of `points` points, in `each`."""
    cdef Py_ssize_t blocks = 1, i
    passes.count, passes.of = len(radices), each
    passes.twiddles = <const real*>PyBytes_AS_STRING(twiddles)
    for i in range(passes.count):
        each[i].radix, each[i].points = radices[i], points // blocks
        each[i].twiddle = 0
        if i:
            each[i].twiddle = each[i - 1].twiddle
            each[i].twiddle += 2 * (each[i - 1].radix - 1) * (blocks // each[i - 1].radix)
        blocks *= each[i].radix
    return 0


cdef inline void dispatch_radix(
    Py_ssize_t radix, real* x, Run run, Py_ssize_t blocks, const real* twiddles,
    bint inverse, bint prefetching,
) noexcept nogil:
    if radix == 2:
        pass_blocks(x, run, blocks, twiddles, 2, inverse, prefetching)
    elif radix == 3:
        pass_blocks(x, run, blocks, twiddles, 3, inverse, prefetching)
    elif radix == 4:
        pass_blocks(x, run, blocks, twiddles, 4, inverse, prefetching)
    elif radix == 5:
        pass_blocks(x, run, blocks, twiddles, 5, inverse, prefetching)
    elif radix == 6:
        pass_blocks(x, run, blocks, twiddles, 6, inverse, prefetching)
    elif radix == 8:
        pass_blocks(x, run, blocks, twiddles, 8, inverse, prefetching)
    elif radix == 10:
        pass_blocks(x, run, blocks, twiddles, 10, inverse, prefetching)
    else:
        pass_blocks(x, run, blocks, twiddles, 12, inverse, prefetching)


cdef void dispatch_pass(
    Py_ssize_t radix, real* x, Run run, Py_ssize_t blocks, const real* twiddles, bint inverse
) noexcept nogil:
    if run.next_point:
        if inverse:
            dispatch_radix(radix, x, run, blocks, twiddles, True, True)
        else:
            dispatch_radix(radix, x, run, blocks, twiddles, False, True)
    elif inverse:
        dispatch_radix(radix, x, run, blocks, twiddles, True, False)
    else:
        dispatch_radix(radix, x, run, blocks, twiddles, False, False)


cdef void run_pass(
    const Passes* passes, Py_ssize_t number, Py_ssize_t block, Py_ssize_t blocks,
    real* x, Py_ssize_t pitch, Py_ssize_t width, bint inverse, Py_ssize_t next_point,
    Py_ssize_t every,
) noexcept nogil:
    """Run pass `number` over `blocks` of its blocks, the first of which has number `block`.

    `width` columns side by side are transformed at once, at every `every`-th of their points.
    `next_point`: reals to a point that is prefetched; 0: none.
    """
    cdef const Pass* outer = &passes.of[number]
    cdef Py_ssize_t count = outer.points // outer.radix
    cdef Run run
    run.part_pitch, run.next_point = count * pitch, next_point
    count //= every
    pitch *= every
    run.rows, run.pitch, run.width, run.step = count, pitch, width, 2 * LANES
    if width == 1:
        # one column: let the inner loop run along it
        run.rows, run.pitch, run.width, run.step = 1, count * pitch, count, pitch
    dispatch_pass(
        outer.radix, x, run, blocks,
        passes.twiddles + outer.twiddle + 2 * (outer.radix - 1) * block, inverse,
    )


cdef void transform_block(
    const Passes* passes, Py_ssize_t number, Py_ssize_t block, real* x, Py_ssize_t pitch,
    Py_ssize_t width, bint inverse, Py_ssize_t next_point,
) noexcept nogil:
    """Run all passes from `number` on over one of its blocks."""
    cdef const Pass* outer = &passes.of[number]
    cdef Py_ssize_t n, inner, c, split = outer.points // outer.radix
    if outer.points > L1_POINTS and number < passes.count - 1:
        if not inverse:
            run_pass(passes, number, block, 1, x, pitch, width, False, next_point, 1)
        for c in range(outer.radix):
            transform_block(
                passes, number + 1, block * outer.radix + c, x + c * split * pitch, pitch,
                width, inverse, next_point if inverse else 0,
            )
        if inverse:
            run_pass(passes, number, block, 1, x, pitch, width, True, 0, 1)
        return
    for n in range(number, passes.count):
        inner = passes.count - 1 - (n - number) if inverse else n
        c = outer.points // passes.of[inner].points
        run_pass(
            passes, inner, block * c, c, x, pitch, width, inverse,
            next_point if n == number else 0, 1,
        )
