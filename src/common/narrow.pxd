# Sums to integers of the output's type. They are rounded to nearest, ties to even, and then
# clipped to the range of the type, or taken modulo that range. NaN becomes 0, and so does
# an infinity modulo the range. Or they are cut: see narrow.h.

from common.elements cimport ELEMENT_BYTES
from common.simd cimport real
from libc.stdint cimport (
    int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
)
from libc.string cimport memcpy

cdef extern from "narrow.h" nogil:
    ctypedef double whole
    const bint FLOATING
    const int64_t LARGEST_WHOLE
    whole nearest(real value)
    whole larger(whole a, whole b)
    whole smaller(whole a, whole b)
    whole without_nan(whole value)
    whole power_of_two(int bits)
    whole remainder_of(whole value, whole divisor)
    int32_t cut_to_int32(real sum, double rounding)
    int64_t cut_to_int64(real sum, double rounding)
    uint64_t cut_to_uint64(real sum, double rounding)

cdef extern from "elements.h" nogil:
    enum:
        UINT8
        INT8
        UINT16
        INT16
        UINT32
        INT32
        UINT64
        WRAP_UINT8              # the first way to narrow sums
        CLIP_UINT8              # the first one that clips them
        CUT_UINT8               # the first one that cuts them
        CUT_TRUTH               # truth values of numbers that are cut

ctypedef fused integer:
    uint8_t
    int8_t
    uint16_t
    int16_t
    uint32_t
    int32_t
    uint64_t
    int64_t

cdef struct Narrowing:
    int first                   # WRAP_UINT8, CLIP_UINT8 or CUT_UINT8
    double rounding             # of sums that are cut
    # the number of sums that the type doesn't hold is added to it; NULL: nobody counts them
    Py_ssize_t* misfits

cdef enum:
    PIECE = 64                  # sums that are narrowed at once where they lie apart


cdef inline bint is_signed(integer kind) noexcept nogil:
    return integer is int8_t or integer is int16_t or integer is int32_t or integer is int64_t


cdef inline uint64_t highest(integer kind) noexcept nogil:
    return (~<uint64_t>0 >> (64 - 8 * sizeof(integer))) >> is_signed(kind)


cdef inline whole upper(integer kind) noexcept nogil:
    """The largest sum that the type holds; the next one, if floats round it up."""
    if FLOATING:
        return <whole>highest(kind)
    return <whole>min(highest(kind), <uint64_t>LARGEST_WHOLE)


cdef inline whole lower(integer kind) noexcept nogil:
    """The least sum that the type holds."""
    cdef int64_t least = -<int64_t>highest(kind) - 1 if is_signed(kind) else 0
    if FLOATING:
        return <whole>least
    return <whole>max(least, -LARGEST_WHOLE - 1)


cdef inline bint has_all(integer kind) noexcept nogil:
    """Whether all integers of the type are sums, or none of the type is beyond all sums."""
    return not FLOATING or 2 * sizeof(integer) <= sizeof(whole)


cdef inline Py_ssize_t count_misfits(
    integer kind, const real* source, Py_ssize_t count
) noexcept nogil:
    """Count the sums that the type doesn't hold."""
    cdef whole low = lower(kind), high = upper(kind), value
    cdef Py_ssize_t misfits = 0, i
    for i in range(count):
        value = nearest(source[i])
        if has_all(kind):
            misfits += not (value >= low and value <= high)
        else:
            misfits += not (value >= low and value < high)
    return misfits


cdef inline void clip(
    integer kind, char* target, const real* source, Py_ssize_t count
) noexcept nogil:
    cdef whole low = lower(kind), high = upper(kind), value
    cdef integer narrowed
    cdef Py_ssize_t i
    for i in range(count):
        value = without_nan(nearest(source[i]))
        if has_all(kind):
            narrowed = <integer>smaller(larger(value, low), high)
        elif value >= high:
            narrowed = <integer>highest(kind)
        else:
            narrowed = <integer>larger(value, low)
        memcpy(target + i * <Py_ssize_t>sizeof(integer), &narrowed, sizeof(integer))


cdef inline void wrap(
    integer kind, char* target, const real* source, Py_ssize_t count
) noexcept nogil:
    cdef whole all_bits = power_of_two(64), value
    cdef integer narrowed
    cdef Py_ssize_t i
    for i in range(count):
        value = nearest(source[i])
        if not FLOATING:
            narrowed = <integer>value
        elif sizeof(integer) <= 2:
            narrowed = <integer><int32_t>remainder_of(value, power_of_two(8 * sizeof(integer)))
        elif -all_bits < 2 * value < all_bits:
            narrowed = <integer><int64_t>value
        else:
            # large numbers are multiples of a large power of two
            narrowed = <integer><uint64_t>remainder_of(value, all_bits)
        memcpy(target + i * <Py_ssize_t>sizeof(integer), &narrowed, sizeof(integer))


cdef inline integer cut_one(integer kind, real value, double rounding) noexcept nogil:
    if integer is uint64_t:
        return cut_to_uint64(value, rounding)
    if integer is int64_t or integer is uint32_t:
        return <integer>cut_to_int64(value, rounding)
    return <integer>cut_to_int32(value, rounding)


cdef inline void cut(
    integer kind, double rounding, char* target, const real* source, Py_ssize_t count
) noexcept nogil:
    cdef integer narrowed
    cdef Py_ssize_t i
    for i in range(count):
        narrowed = cut_one(kind, source[i], rounding)
        memcpy(target + i * <Py_ssize_t>sizeof(integer), &narrowed, sizeof(integer))


cdef inline void cut_reals(
    integer kind, double rounding, real* values, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        values[i] = <real>cut_one(kind, values[i], rounding)


cdef inline void cut_to_truth(
    double rounding, char* target, const real* source, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        target[i] = <uint8_t>cut_to_int32(source[i], rounding) != 0


cdef inline void round_reals(
    int storing, double rounding, real* values, Py_ssize_t count
) noexcept nogil:
    """Make sums what they are if they are stored, cut, in integers or truth values.

    SciPy keeps truth values as bytes between two sums.
    """
    if storing == CUT_UINT8 + UINT8 or storing == CUT_TRUTH:
        cut_reals(<uint8_t>0, rounding, values, count)
    elif storing == CUT_UINT8 + INT8:
        cut_reals(<int8_t>0, rounding, values, count)
    elif storing == CUT_UINT8 + UINT16:
        cut_reals(<uint16_t>0, rounding, values, count)
    elif storing == CUT_UINT8 + INT16:
        cut_reals(<int16_t>0, rounding, values, count)
    elif storing == CUT_UINT8 + UINT32:
        cut_reals(<uint32_t>0, rounding, values, count)
    elif storing == CUT_UINT8 + INT32:
        cut_reals(<int32_t>0, rounding, values, count)
    elif storing == CUT_UINT8 + UINT64:
        cut_reals(<uint64_t>0, rounding, values, count)
    elif storing >= CUT_UINT8:
        cut_reals(<int64_t>0, rounding, values, count)


cdef inline void narrow_to(
    integer kind, const Narrowing* how, char* target, const real* source, Py_ssize_t count
) noexcept nogil:
    if how.misfits != NULL:
        how.misfits[0] += count_misfits(kind, source, count)
    if how.first == CUT_UINT8:
        cut(kind, how.rounding, target, source, count)
    elif how.first == CLIP_UINT8:
        clip(kind, target, source, count)
    else:
        wrap(kind, target, source, count)


cdef inline void narrow(
    int element, const Narrowing* how, char* target, const real* source, Py_ssize_t count
) noexcept nogil:
    if how.first + element == CUT_TRUTH:
        cut_to_truth(how.rounding, target, source, count)
    elif element == UINT8:
        narrow_to(<uint8_t>0, how, target, source, count)
    elif element == INT8:
        narrow_to(<int8_t>0, how, target, source, count)
    elif element == UINT16:
        narrow_to(<uint16_t>0, how, target, source, count)
    elif element == INT16:
        narrow_to(<int16_t>0, how, target, source, count)
    elif element == UINT32:
        narrow_to(<uint32_t>0, how, target, source, count)
    elif element == INT32:
        narrow_to(<int32_t>0, how, target, source, count)
    elif element == UINT64:
        narrow_to(<uint64_t>0, how, target, source, count)
    else:
        narrow_to(<int64_t>0, how, target, source, count)


cdef inline void scatter(
    Py_ssize_t size, char* target, Py_ssize_t stride, const char* source, Py_ssize_t count
) noexcept nogil:
    """Copy numbers of `size` bytes, which is a constant of the caller, to any addresses."""
    cdef Py_ssize_t i
    for i in range(count):
        memcpy(target + i * stride, source + i * size, size)


cdef inline void write_narrowed(
    int storing, double rounding, Py_ssize_t* misfits, char* target, Py_ssize_t stride,
    const real* source, Py_ssize_t pitch, Py_ssize_t count,
) noexcept nogil:
    """Store `count` sums, `pitch` reals apart, as integers, `stride` bytes apart.

    `rounding` and `misfits` are as in `Narrowing`.
    """
    cdef Narrowing how
    cdef int element
    how.rounding, how.misfits, how.first = rounding, misfits, WRAP_UINT8
    if storing >= CUT_UINT8:
        how.first = CUT_UINT8
    elif storing >= CLIP_UINT8:
        how.first = CLIP_UINT8
    element = storing - how.first
    cdef Py_ssize_t size = 1 if storing == CUT_TRUTH else ELEMENT_BYTES[element]
    cdef Py_ssize_t step = count, first, piece, i
    cdef bint together = pitch == 1 and stride == size
    cdef real sums[PIECE]
    cdef uint64_t narrowed[PIECE]
    cdef const real* values = source
    cdef char* integers = target
    if not together:
        values, integers, step = sums, <char*>narrowed, PIECE
    for first from 0 <= first < count by step:
        piece = min(step, count - first)
        if not together:
            for i in range(piece):
                sums[i] = source[(first + i) * pitch]
        narrow(element, &how, integers, values, piece)
        if together:
            return
        if size == 1:
            scatter(1, target + first * stride, stride, integers, piece)
        elif size == 2:
            scatter(2, target + first * stride, stride, integers, piece)
        elif size == 4:
            scatter(4, target + first * stride, stride, integers, piece)
        else:
            scatter(8, target + first * stride, stride, integers, piece)
