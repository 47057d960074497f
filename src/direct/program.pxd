# A planned direct convolution: one block of memory, which the planner fills and
# direct.pyx follows. Behind the struct DirectProgram stand arrays, at the bytes that it
# names.

cdef enum:
    MOST_SPAN = 5

cdef struct DirectAxis:
    Py_ssize_t samples              # of the signal
    Py_ssize_t start                # sample under tap 0 of output 0
    Py_ssize_t step                 # samples between two positions of the window
    Py_ssize_t outputs              # of the longest branch
    Py_ssize_t block                # outputs of a block, of each branch
    Py_ssize_t stride               # positions between two outputs
    Py_ssize_t dilation             # positions between two taps
    Py_ssize_t taps                 # of the kernel
    Py_ssize_t chunk                # taps of a chunk of the longest branch
    # outputs of all branches; outputs between two of a branch, and taps
    Py_ssize_t all_outputs, output_step, tap_step
    Py_ssize_t branch_reach         # positions from the first branch to the last
    Py_ssize_t boundary, period, mirror
    # which constant stands outside of this axis; outside of several, the highest counts
    Py_ssize_t rank
    Py_ssize_t signal, kernel, output   # number of this axis in each array, or NONE
    Py_ssize_t is_window            # whether outputs sum along this axis
    Py_ssize_t reversed             # whether the kernel is, along this axis
    Py_ssize_t phases               # of the window: of a stride, or one per tap
    Py_ssize_t spread               # positions between two phases
    Py_ssize_t slots                # of a phase
    Py_ssize_t pitch                # reals between two slots
    Py_ssize_t signal_pitch         # reals between two samples of a signal read in place
    Py_ssize_t buffer_pitch         # reals between two outputs in the output buffer

# Tap columns of a chunk of taps.
cdef struct Table:
    Py_ssize_t columns[MOST_SPAN + 1]   # how many of each span
    Py_ssize_t first_offset             # number of their first offset in `offsets`
    Py_ssize_t first_tap                # number of their first tap in `order`
    Py_ssize_t taps

cdef struct DirectProgram:
    Py_ssize_t axes, chunks, columns
    Py_ssize_t branched             # whether outputs have more than one polyphase branch
    Py_ssize_t leaves_gaps          # whether some outputs have a branch without taps
    Py_ssize_t one_window           # whether all chunks read the same samples
    Py_ssize_t axis_at              # bytes from here to the array of DirectAxis
    # to chunks of taps: number of the table, whether the chunk adds to outputs, taps of the
    # chunks before it, and of each axis the first output, tap and position, and the number
    # of taps
    Py_ssize_t chunk_at
    Py_ssize_t table_at             # to tables
    # to offsets of all tap columns, the widest span first: in the window, then the same in
    # a signal read in place
    Py_ssize_t offset_at
    Py_ssize_t order_at             # to the number that each packed tap has in its chunk
    # signal plane and sort of tap (real, imaginary, and the same negated) of the terms
    # that each plane of the output sums
    Py_ssize_t terms[2][2][2]
    # whether outputs and taps of each axis have changed places: see dots.pxi. All of this
    # then means the exchanged problem, except `planes` and what is said of arrays
    Py_ssize_t exchanged
    Py_ssize_t blocks               # of the output
    # blocks that threads share. If exchanged, a unit is several blocks, which follow each
    # other and add to the same outputs
    Py_ssize_t units
    Py_ssize_t bank_axis            # of the kernel's filters, if exchanged, or NONE
    Py_ssize_t inner_axis           # first axis of the flat group of columns
    Py_ssize_t channels             # reals per output of the inner axis
    Py_ssize_t phase_pitch          # reals between two phases of the inner axis
    Py_ssize_t row_axis             # NONE: tile rows are segments of one row
    Py_ssize_t row_step             # rows from one tile row to the next
    Py_ssize_t segment              # reals of a segment
    Py_ssize_t window               # reals of a plane, with those that edge tiles overread
    Py_ssize_t packed               # reals of a plane that packing fills
    Py_ssize_t buffer               # reals of a plane of the output buffer
    Py_ssize_t taps                 # of the longest chunk
    Py_ssize_t all_taps             # of all chunks
    # of all chunks if these stay packed, or of the longest; 0 if kernels are prepared
    Py_ssize_t packed_taps
    Py_ssize_t reuses_taps          # whether all chunks stay packed
    # axis of the kernel's filters that share tiles; NONE: rows of outputs share tiles
    Py_ssize_t filter_axis
    Py_ssize_t packs_chunks         # whether blocks pack the taps of their filters
    # reals of a line of filters' outputs, which is the inner axis, or the two inner axes
    # with the samples between their rows; whole vectors
    Py_ssize_t line
    Py_ssize_t line_axis            # first axis of a line
    Py_ssize_t signal_element, signal_swapped, signal_planes
    Py_ssize_t kernel_element, kernel_swapped, kernel_planes
    Py_ssize_t planes               # of the output
    Py_ssize_t storing
    double rounding                 # of sums that are cut to integers
    Py_ssize_t finite_taps          # whether taps have to be finite
    Py_ssize_t in_place             # whether the signal may be read in place
    Py_ssize_t streams              # whether outputs may go past the caches, to memory
    Py_ssize_t overread             # samples that edge tiles read beyond a row
    Py_ssize_t poll                 # chunks between two polls for Ctrl-C
