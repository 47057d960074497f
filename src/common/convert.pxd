# Runs of samples: any element type, stride and byte order into `real`, and `real` into the
# element type of the output.

from common.simd cimport CONVERTS, LANES, REAL_ELEMENT, load, load_one, real, store
from libc.stdint cimport (
    int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
)
from libc.string cimport memcpy

cdef extern from "elements.h" nogil:
    enum:
        UINT8
        INT8
        UINT16
        INT16
        UINT32
        INT32
        UINT64
        INT64
        FLOAT16
        FLOAT32
        FLOAT64
        LONGDOUBLE
        SAME
        TRUTH
        HALF
        SINGLE

ctypedef fused sample:
    uint8_t
    int8_t
    uint16_t
    int16_t
    uint32_t
    int32_t
    uint64_t
    int64_t
    float
    double
    long double

# Exact integers by real arithmetic: v = sum over i of digit_i 2^(i bits), modulo 2^64,
# with every digit between -2^(bits - 1) and 2^(bits - 1).
cdef struct Digit:
    int bits                # 0: the number is its only digit
    int shift               # i bits
    bint topmost
    uint64_t bias           # half of 2^bits in each digit, which makes digits positive


cdef inline int set_digit(Digit* digit, tuple values) except -1:
    digit.bits, digit.shift, digit.topmost, digit.bias = values
    return 0


cdef inline float half_to_float(uint16_t half) noexcept nogil:
    # the exponent is rebiased by a multiplication, which serves subnormals too
    cdef uint32_t bits = <uint32_t>(half & 0x7fff) << 13
    cdef float value
    memcpy(&value, &bits, 4)
    value *= 5.192296858534828e33
    memcpy(&bits, &value, 4)
    if half & 0x7c00 == 0x7c00:
        bits |= 0x7f800000
    bits |= <uint32_t>(half & 0x8000) << 16
    memcpy(&value, &bits, 4)
    return value


cdef inline uint16_t float_to_half(float value) noexcept nogil:
    # rounds to nearest even, as IEEE 754 and NumPy do
    cdef uint32_t bits, sign, magic = 0x3f000000
    cdef float shift
    memcpy(&bits, &value, 4)
    sign = bits & 0x80000000U
    bits ^= sign
    if bits >= 0x47800000:
        bits = 0x7e00 if bits > 0x7f800000 else 0x7c00
    elif bits < 0x38800000:
        memcpy(&value, &bits, 4)
        memcpy(&shift, &magic, 4)
        value += shift
        memcpy(&bits, &value, 4)
        bits -= magic
    else:
        bits = (bits + 0xc8000fffU + ((bits >> 13) & 1)) >> 13
    return <uint16_t>(bits | (sign >> 16))


cdef inline void reverse(char* target, const char* source, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        target[i] = source[size - 1 - i]


cdef inline void copy_reals(real* target, const char* source, Py_ssize_t count) noexcept nogil:
    """Copy reals from any address; a call of memcpy takes longer for a short row."""
    cdef const real* samples = <const real*>source
    cdef Py_ssize_t i = 0
    if count >= LANES:
        while i + LANES <= count:
            store(target + i, load(samples + i))
            i += LANES
        # the last vector overlaps the one before
        store(target + count - LANES, load(samples + count - LANES))
        return
    while i < count:
        target[i] = load_one(samples + i)
        i += 1


cdef inline void split(
    sample kind, const Digit* digit, bint swapped, real* target, Py_ssize_t pitch,
    const char* source, Py_ssize_t stride, Py_ssize_t count,
) noexcept nogil:
    """Cut one digit out of each integer."""
    cdef sample value = kind
    cdef uint64_t bits, mask = ~<uint64_t>0
    cdef int64_t half = <int64_t>1 << (digit.bits - 1)
    cdef Py_ssize_t i
    if not digit.topmost:
        mask = (<uint64_t>1 << digit.bits) - 1
    for i in range(count):
        if swapped:
            reverse(<char*>&value, source + i * stride, sizeof(sample))
        else:
            memcpy(&value, source + i * stride, sizeof(sample))
        bits = (<uint64_t>value + digit.bias) >> digit.shift & mask
        target[i * pitch] = <real>(<int64_t>bits - half)


cdef inline void convert(
    sample kind, const Digit* digit, bint swapped, real* target, Py_ssize_t pitch,
    const char* source, Py_ssize_t stride, Py_ssize_t count,
) noexcept nogil:
    cdef sample value = kind
    cdef Py_ssize_t i
    if not (sample is float or sample is double or sample is longdouble):
        if digit != NULL and digit.bits:
            split(kind, digit, swapped, target, pitch, source, stride, count)
            return
    if swapped:
        for i in range(count):
            reverse(<char*>&value, source + i * stride, sizeof(sample))
            target[i * pitch] = <real>value
    elif stride == <Py_ssize_t>sizeof(sample) and pitch == 1:
        for i in range(count):
            memcpy(&value, source + i * <Py_ssize_t>sizeof(sample), sizeof(sample))
            target[i] = <real>value
    elif stride == 2 * <Py_ssize_t>sizeof(sample) and pitch == 1:
        # one part of complex samples: a stride that the compiler knows is vectorized
        for i in range(count):
            memcpy(&value, source + 2 * i * <Py_ssize_t>sizeof(sample), sizeof(sample))
            target[i] = <real>value
    else:
        for i in range(count):
            memcpy(&value, source + i * stride, sizeof(sample))
            target[i * pitch] = <real>value


cdef inline void convert_half(
    bint swapped, real* target, Py_ssize_t pitch, const char* source, Py_ssize_t stride,
    Py_ssize_t count,
) noexcept nogil:
    cdef uint16_t value
    cdef Py_ssize_t i
    for i in range(count):
        memcpy(&value, source + i * stride, 2)
        if swapped:
            value = <uint16_t>(value << 8 | value >> 8)
        target[i * pitch] = <real>half_to_float(value)


cdef inline bint reads(int element, int known) noexcept nogil:
    """Whether samples are of a known type, which compiled code may leave out."""
    return element == known and (known == REAL_ELEMENT or CONVERTS >> known & 1)


cdef inline void read_samples(
    int element, bint swapped, const Digit* digit, real* target, Py_ssize_t pitch,
    const char* source, Py_ssize_t stride, Py_ssize_t count,
) noexcept nogil:
    """Convert `count` samples, `stride` bytes apart, to reals, `pitch` reals apart.

    `digit`: which digit of integers; NULL: integers are whole.
    """
    if (
        element == REAL_ELEMENT and not swapped and pitch == 1
        and stride == <Py_ssize_t>sizeof(real) and (digit == NULL or digit.bits == 0)
    ):
        copy_reals(target, source, count)
    elif reads(element, FLOAT32):
        convert(<float>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, FLOAT64):
        convert(<double>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, UINT8):
        convert(<uint8_t>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, INT8):
        convert(<int8_t>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, UINT16):
        convert(<uint16_t>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, INT16):
        convert(<int16_t>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, UINT32):
        convert(<uint32_t>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, INT32):
        convert(<int32_t>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, UINT64):
        convert(<uint64_t>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, INT64):
        convert(<int64_t>0, digit, swapped, target, pitch, source, stride, count)
    elif reads(element, FLOAT16):
        convert_half(swapped, target, pitch, source, stride, count)
    elif reads(element, LONGDOUBLE):
        convert(<long double>0, digit, swapped, target, pitch, source, stride, count)


cdef inline void write_samples(
    int storing, char* target, Py_ssize_t stride, const real* source, Py_ssize_t pitch,
    Py_ssize_t count,
) noexcept nogil:
    """Store `count` reals, `pitch` reals apart, as samples, `stride` bytes apart."""
    cdef Py_ssize_t i
    cdef uint8_t byte
    cdef uint16_t half
    cdef float single
    if storing == SAME or CONVERTS == 0:
        if stride == <Py_ssize_t>sizeof(real) and pitch == 1:
            memcpy(target, source, count * sizeof(real))
        elif stride == 2 * <Py_ssize_t>sizeof(real) and pitch == 1:
            for i in range(count):
                memcpy(target + 2 * i * <Py_ssize_t>sizeof(real), &source[i], sizeof(real))
        else:
            for i in range(count):
                memcpy(target + i * stride, &source[i * pitch], sizeof(real))
    elif storing == HALF:
        for i in range(count):
            half = float_to_half(<float>source[i * pitch])
            memcpy(target + i * stride, &half, 2)
    elif storing == SINGLE:
        for i in range(count):
            single = <float>source[i * pitch]
            memcpy(target + i * stride, &single, sizeof(float))
    elif storing == TRUTH:
        for i in range(count):
            target[i * stride] = source[i * pitch] != 0
    else:
        for i in range(count):
            byte = <uint8_t>source[i * pitch]
            memcpy(target + i * stride, &byte, 1)


cdef inline uint64_t rounded(real value) noexcept nogil:
    """The integer nearest to a number below 2^51, by the bits of a sum near 2^52."""
    cdef double magic = 6755399441055744.0, sum = <double>value + magic
    cdef uint64_t bits, zero
    memcpy(&bits, &sum, 8)
    memcpy(&zero, &magic, 8)
    return bits - zero


cdef inline void write_rounded(
    sample kind, int shift, bint adding, char* target, Py_ssize_t stride,
    const real* source, Py_ssize_t pitch, Py_ssize_t count,
) noexcept nogil:
    cdef sample value = kind
    cdef Py_ssize_t i
    if adding:
        for i in range(count):
            memcpy(&value, target + i * stride, sizeof(sample))
            value += <sample>(rounded(source[i * pitch]) << shift)
            memcpy(target + i * stride, &value, sizeof(sample))
    elif stride == <Py_ssize_t>sizeof(sample) and pitch == 1:
        for i in range(count):
            value = <sample>(rounded(source[i]) << shift)
            memcpy(target + i * <Py_ssize_t>sizeof(sample), &value, sizeof(sample))
    else:
        for i in range(count):
            value = <sample>(rounded(source[i * pitch]) << shift)
            memcpy(target + i * stride, &value, sizeof(sample))


cdef inline void write_integers(
    Py_ssize_t size, int shift, bint adding, char* target, Py_ssize_t stride,
    const real* source, Py_ssize_t pitch, Py_ssize_t count,
) noexcept nogil:
    """Round `count` reals, shift them and store, or add, integers of `size` bytes."""
    if size == 8:
        write_rounded(
            <uint64_t>0, shift, adding, target, stride, source, pitch, count
        )
    elif size == 4:
        write_rounded(
            <uint32_t>0, shift, adding, target, stride, source, pitch, count
        )
    elif size == 2:
        write_rounded(
            <uint16_t>0, shift, adding, target, stride, source, pitch, count
        )
    else:
        write_rounded(
            <uint8_t>0, shift, adding, target, stride, source, pitch, count
        )
