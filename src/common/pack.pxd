# The packer of all engines: rows of an array, continued by a boundary rule, as reals.
#
# Element type, byte order, strides, complex planes, digits of integers and boundaries end
# here: engines see rows of `real` only.

from common.array cimport data_of
from common.boundary cimport CONSTANT, fold
from common.convert cimport Digit, copy_reals, read_samples
from common.elements cimport ELEMENT_BYTES, MOST_AXES, NONE
from common.simd cimport real

cdef struct SourceAxis:
    Py_ssize_t stride               # bytes between two samples
    Py_ssize_t step                 # samples between two positions
    int boundary
    Py_ssize_t period, mirror
    # which constant stands outside of this axis; outside of several, the highest counts
    Py_ssize_t rank

cdef struct Source:                 # an array that is read
    const char* data
    int element
    bint swapped
    int planes                      # 2: complex numbers
    bint conjugated
    Py_ssize_t part                 # bytes from a real to its imaginary part
    Digit digit
    const real* constants           # real and imaginary part by rank
    SourceAxis axis[MOST_AXES]

cdef struct Span:                   # of a row: `count` positions, some inside the array
    Py_ssize_t first                # sample at position 0
    Py_ssize_t step                 # samples between two positions
    Py_ssize_t inside, beyond       # first position inside, and first behind those
    Py_ssize_t count

cdef struct Channels:               # samples of one position, if there are several
    Py_ssize_t count
    Py_ssize_t stride               # bytes between two of them
    Py_ssize_t pitch                # reals from position to position in the packed row
    bint contiguous                 # rows of the array are runs of reals already

# Zeros, which usually stand outside.
cdef extern from *:
    """
    static const real no_constants[130] = {0};
    """
    const real no_constants[130]


cdef inline void set_source(
    Source* source, object array, object constants, Py_ssize_t element, bint swapped,
    Py_ssize_t planes, bint conjugated,
) noexcept:
    source.data = data_of(array)
    source.element, source.swapped = element, swapped
    source.planes, source.conjugated = planes, conjugated
    source.part = ELEMENT_BYTES[element]
    source.digit.bits = 0
    source.constants = no_constants
    if constants is not None:
        source.constants = <const real*>data_of(constants)


cdef inline void set_source_axis(
    SourceAxis* axis, Py_ssize_t stride, Py_ssize_t step, Py_ssize_t boundary,
    Py_ssize_t period, Py_ssize_t mirror, Py_ssize_t rank,
) noexcept nogil:
    axis.stride, axis.step = stride, step
    axis.boundary, axis.period, axis.mirror, axis.rank = boundary, period, mirror, rank


cdef inline Span find_span(
    Py_ssize_t first, Py_ssize_t step, Py_ssize_t count, Py_ssize_t samples
) noexcept nogil:
    """Find the positions of a row that lie inside an array of so many samples."""
    cdef Span span
    cdef Py_ssize_t inside = max(0, -first), beyond = max(0, samples - first)
    if step > 1:
        # divisions take as long as a short row
        inside, beyond = (inside + step - 1) // step, (beyond + step - 1) // step
    span.first, span.step, span.count = first, step, count
    span.inside = min(count, inside)
    span.beyond = max(span.inside, min(count, beyond))
    return span


cdef inline void fill(
    real* target, Py_ssize_t positions, Channels channels, real value
) noexcept nogil:
    cdef Py_ssize_t i
    if channels.count == channels.pitch:
        for i in range(positions * channels.count):
            target[i] = value
    else:
        for i in range(positions):
            target[i * channels.pitch] = value


cdef inline void pack_run(
    real* target, const real* samples, Py_ssize_t inside, Py_ssize_t beyond, Py_ssize_t count,
    real constant,
) noexcept nogil:
    """Copy reals `inside` to `beyond` - 1, with a constant on either side."""
    cdef Py_ssize_t i
    for i in range(inside):
        target[i] = constant
    copy_reals(target + inside, <const char*>(samples + inside), beyond - inside)
    for i in range(beyond, count):
        target[i] = constant


cdef inline void pack_row(
    const Source* source, const SourceAxis* axis, Py_ssize_t samples, const Span* span,
    const char* row, Py_ssize_t rank, int plane, const Digit* digit, Channels channels,
    real* target,
) noexcept nogil:
    """Write the reals of one row.

    Parameters
    ----------
    samples
        Of the axis along the row: as many of the array's as may be read.
    span
        Which of them the row holds.
    row
        Address of sample 0.
    rank
        Of the constant that the whole row holds; NONE: the row lies inside the array.
    plane
        0 for real parts, 1 for imaginary ones.
    digit
        Which digit of integers; NULL: integers are whole.
    channels
        Either all in one run of `pitch` reals, or one of them.
    """
    cdef Py_ssize_t stride = span.step * axis.stride, outside = rank
    cdef Py_ssize_t p = 0, end = span.count, positions, sample, count, run_stride, pitch
    row += plane * source.part
    if axis.boundary == CONSTANT:
        outside = max(rank, axis.rank)
    if channels.contiguous and rank == NONE and outside != NONE:
        # most rows, in a few instructions: a short row takes no longer than these
        pack_run(
            target, <const real*>(row + span.first * axis.stride), span.inside * channels.count,
            span.beyond * channels.count, span.count * channels.count,
            source.constants[2 * outside + plane],
        )
        return
    if outside != NONE:
        fill(target, span.inside, channels, source.constants[2 * outside + plane])
        fill(
            target + span.beyond * channels.pitch, span.count - span.beyond, channels,
            source.constants[2 * outside + plane],
        )
        p, end = span.inside, span.beyond
    if rank != NONE:
        fill(
            target + span.inside * channels.pitch, span.beyond - span.inside, channels,
            source.constants[2 * rank + plane],
        )
        return
    # one call of read_samples, which is inlined: it is large
    while p < end:
        sample, positions = span.first + span.step * p, 1
        if not span.inside <= p < span.beyond:
            sample = fold(sample, samples, axis.boundary, axis.period, axis.mirror)
        elif channels.count == 1 or stride == channels.count * channels.stride:
            # all positions inside are one run
            positions = span.beyond - p
        pitch, run_stride, count = 1, channels.stride, positions * channels.count
        if channels.count == 1:
            pitch, run_stride = channels.pitch, stride
        read_samples(
            source.element, source.swapped, digit, target + p * channels.pitch, pitch,
            row + sample * axis.stride, run_stride, count,
        )
        p += positions
