# A planned reduction over boxes: one block of memory, which engines/running.py fills and
# boxes.pyx follows. Behind the struct BoxProgram stand arrays, at the bytes that it names.

cdef struct BoxAxis:
    Py_ssize_t signal, output           # number of this axis in each array
    Py_ssize_t samples, taps, outputs
    Py_ssize_t offset                   # position under tap 0 of output 0
    Py_ssize_t stride                   # positions between two outputs
    Py_ssize_t upsampling               # positions between two samples
    Py_ssize_t boundary, period, mirror
    # which constant stands outside of this axis; outside of several, the highest counts
    Py_ssize_t rank
    # Outputs are a class if they read the same slots, which are `step` positions apart.
    # Class c has the outputs c, c + classes, c + 2 classes and so on.
    Py_ssize_t classes, step
    Py_ssize_t shift                    # slots between two outputs of a class
    Py_ssize_t dilation                 # slots between two taps
    Py_ssize_t block                    # outputs of a tile, all of one class
    Py_ssize_t slots                    # most slots that a tile reads
    # Outputs that share a block of slots, whose suffixes and prefixes are combined; 1: all
    # taps are combined, for each output or pair of outputs.
    Py_ssize_t group

cdef struct Step:                       # along a row: a longer window from shorter ones
    Py_ssize_t windows                  # how many windows of the step before are combined
    Py_ssize_t samples                  # and how many samples
    Py_ssize_t width                    # taps of a window after this step
    # number of the first offset: those of windows, then those of samples, in slots
    Py_ssize_t first

cdef struct BoxProgram:
    Py_ssize_t reduction                # see rows.pxd
    Py_ssize_t element                  # of the signal
    Py_ssize_t swapped
    Py_ssize_t storing
    Py_ssize_t output_bytes             # of one output
    Py_ssize_t streams                  # whether outputs may go past the caches
    Py_ssize_t prefetches               # whether rows of the signal are prefetched
    Py_ssize_t poll                     # reals between two polls for Ctrl-C
    Py_ssize_t unit                     # reals of one position of a row
    Py_ssize_t chunk                    # slots of a row that are read at once; 0: all
    Py_ssize_t tiles
    # Loops come first: each of their outputs has one tap. Levels combine rows. The last
    # axis lies along the rows.
    Py_ssize_t axes, loops
    Py_ssize_t ranks                    # how many constants there are
    Py_ssize_t steps                    # along a row; 0: its taps are phases of a stride
    Py_ssize_t axis_at                  # bytes from here to the array of BoxAxis
    Py_ssize_t step_at                  # to the array of Step
    Py_ssize_t offset_at                # to the offsets of all steps

cdef struct FootprintProgram:
    Py_ssize_t reduction                # see rows.pxd
    Py_ssize_t element                  # of the signal
    Py_ssize_t swapped
    Py_ssize_t storing
    Py_ssize_t output_bytes             # of one output
    Py_ssize_t poll                     # reals between two polls for Ctrl-C
    Py_ssize_t tiles
    Py_ssize_t taps
    # Loops come first: each of their outputs has one tap. The last axis lies along rows.
    Py_ssize_t axes, loops
    Py_ssize_t axis_at                  # bytes from here to the array of BoxAxis
    Py_ssize_t tap_at                   # to the slot of each tap along the axes behind the loops
    # to the numbers that a sample's index grows by along each axis
    Py_ssize_t index_at
