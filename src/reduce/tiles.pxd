# Tiles of outputs, axis by axis, and the slots that they read.

from common.boundary cimport fold
from common.elements cimport NONE
from program cimport BoxAxis

cdef struct Extent:                 # of an axis in a tile
    Py_ssize_t first                # output
    Py_ssize_t count                # of outputs
    Py_ssize_t position             # of slot 0
    Py_ssize_t slots                # that the outputs read
    Py_ssize_t inside, beyond       # first slot inside the signal, and first behind those
    # Rows of a plane along this axis: slots, or samples only if samples outside are
    # looked up.
    Py_ssize_t rows
    Py_ssize_t first_row            # slot of row 0
    Py_ssize_t sample               # of row 0


cdef inline Py_ssize_t find_outputs(
    const BoxAxis* axis, Py_ssize_t number, Extent* extent
) noexcept nogil:
    """Find the outputs of a tile along an axis.

    `number` is that of the tile among those along this axis and the axes before. Return
    its number among those along the axes before.
    """
    cdef Py_ssize_t longest = (axis.outputs + axis.classes - 1) // axis.classes
    cdef Py_ssize_t blocks = (longest + axis.block - 1) // axis.block, of_class
    of_class = number // blocks % axis.classes
    extent.first = of_class + number % blocks * axis.block * axis.classes
    extent.count = (axis.outputs - extent.first + axis.classes - 1) // axis.classes
    extent.count = min(axis.block, extent.count)
    return number // blocks // axis.classes


cdef inline void find_slots(const BoxAxis* axis, Extent* extent) noexcept nogil:
    """Find the slots that the outputs of a tile read along an axis."""
    cdef Py_ssize_t up = axis.upsampling, beyond
    extent.position = axis.stride * extent.first + axis.offset
    extent.slots = axis.shift * (extent.count - 1) + axis.dilation * (axis.taps - 1) + 1
    if up > 1:
        # slots are one position apart; rows are the samples among them
        extent.sample = max(0, (extent.position + up - 1) // up if extent.position > 0 else 0)
        beyond = extent.position + extent.slots - 1
        beyond = min(axis.samples, beyond // up + 1) if beyond >= 0 else 0
        extent.inside, extent.beyond = 0, extent.slots
        extent.rows = max(0, beyond - extent.sample)
        return
    extent.inside = extent.beyond = 0
    if extent.position < 0:
        extent.inside = min(extent.slots, (axis.step - 1 - extent.position) // axis.step)
    beyond = axis.samples - extent.position
    if beyond > 0:
        extent.beyond = min(extent.slots, (beyond + axis.step - 1) // axis.step)
    extent.beyond = max(extent.inside, extent.beyond)
    extent.rows = extent.beyond - extent.inside
    extent.sample = extent.position + extent.inside * axis.step


cdef inline Py_ssize_t sample_at(const BoxAxis* axis, Py_ssize_t position) noexcept nogil:
    """Sample at a position; NONE: there is a constant, or nothing."""
    if axis.upsampling > 1:
        if position < 0 or position % axis.upsampling:
            return NONE
        position //= axis.upsampling
    return fold(position, axis.samples, <int>axis.boundary, axis.period, axis.mirror)
