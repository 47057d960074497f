# A planned separable filter: one block of memory, which engines/separable fills and
# separable.pyx follows. Behind the struct FilterProgram stands an array of FilterAxis.

cdef struct FilterAxis:
    Py_ssize_t signal, output           # number of this axis in each array
    Py_ssize_t samples, taps, outputs
    Py_ssize_t offset                   # position under tap 0 of output 0
    Py_ssize_t boundary, period, mirror
    Py_ssize_t rank                     # which constant stands outside of this axis
    Py_ssize_t first_tap                # number of its tap 0 among those of all axes
    Py_ssize_t block                    # outputs of a tile
    Py_ssize_t planes                   # of a level: as many as it holds at once

cdef struct FilterProgram:
    Py_ssize_t element                  # of the signal
    Py_ssize_t swapped
    Py_ssize_t storing                  # see common/elements.h
    Py_ssize_t output_bytes             # of one output
    Py_ssize_t rounds                   # whether each pass gives numbers of the output's type
    Py_ssize_t streams                  # whether outputs may go past the caches
    Py_ssize_t prefetches               # whether rows of the signal are prefetched
    Py_ssize_t in_place                 # whether a level may read rows of the signal in place
    Py_ssize_t poll                     # products between two polls for Ctrl-C
    Py_ssize_t unit                     # reals of one position of a row
    Py_ssize_t tiles
    # Loops come first: they have no pass. Then levels, the last one to be filtered first.
    # The last axis lies along rows.
    Py_ssize_t axes, loops
    # how many levels are filtered before the axis along rows; NONE: it has no pass
    Py_ssize_t row_stage
    Py_ssize_t axis_at                  # bytes from here to the array of FilterAxis
