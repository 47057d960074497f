# A transform, a product with a spectrum and the transform back, block by block.


cdef void convolve_block(
    const Passes* passes, Py_ssize_t number, Py_ssize_t block, real* x, Py_ssize_t pitch,
    const real* spectrum, bint per_lane, Py_ssize_t next_point,
) noexcept nogil:
    """Transform a block, multiply it by its spectrum, and transform it back."""
    cdef const Pass* outer = &passes.of[number]
    cdef const Pass* leaf = &passes.of[passes.count - 1]
    cdef const real* w
    cdef Py_ssize_t inner, c, split = outer.points // outer.radix
    cdef Py_ssize_t each = (2 * LANES if per_lane else 2) * split
    if outer.points > L1_POINTS and number < passes.count - 1:
        run_pass(passes, number, block, 1, x, pitch, 1, False, next_point, 1)
        for c in range(outer.radix):
            convolve_block(
                passes, number + 1, block * outer.radix + c, x + c * split * pitch, pitch,
                spectrum + c * each, per_lane, 0,
            )
        run_pass(passes, number, block, 1, x, pitch, 1, True, 0, 1)
        return
    for inner in range(number, passes.count - 1):
        c = outer.points // passes.of[inner].points
        run_pass(
            passes, inner, block * c, c, x, pitch, 1, False, next_point if inner == number else 0, 1
        )
    c = outer.points // LEAF_RADIX
    w = passes.twiddles + leaf.twiddle + 2 * (LEAF_RADIX - 1) * block * c
    if per_lane:
        multiply_blocks(x, pitch, c, w, spectrum, False)
    else:
        multiply_blocks(x, pitch, c, w, spectrum, True)
    for inner in range(passes.count - 2, number - 1, -1):
        c = outer.points // passes.of[inner].points
        run_pass(passes, inner, block * c, c, x, pitch, 1, True, 0, 1)
