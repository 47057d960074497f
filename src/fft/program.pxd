# A planned convolution by transforms: one block of memory, which the planner fills and
# fft.pyx follows. Behind the struct TileProgram stand arrays, at the bytes that it names.

cdef struct Pass:
    Py_ssize_t radix
    Py_ssize_t points               # of a block, before it is split
    Py_ssize_t twiddle              # reals before the pass's twiddles

cdef struct TileAxis:
    Py_ssize_t points               # of a tile
    Py_ssize_t pitch                # reals between two points
    Py_ssize_t half                 # positions from a point's real to its imaginary part
    Py_ssize_t along                # positions of the last axis between two points
    Py_ssize_t transformed
    Py_ssize_t passes, pass_at      # of its transform: how many, and bytes to them
    Py_ssize_t blocks, phases       # tiles along it: blocks of each phase of a dilation
    Py_ssize_t adds                 # whether tiles hold disjoint samples, not outputs
    Py_ssize_t first_output         # position of a tile's first output; adds: of tile 0
    Py_ssize_t block_outputs        # outputs of a tile; adds: its samples
    Py_ssize_t stride               # positions between two outputs
    Py_ssize_t outputs
    Py_ssize_t origin               # sample at the first position of tile 0
    Py_ssize_t block_stride         # samples from there to the same of the next block,
    Py_ssize_t phase_stride         # and of the next phase
    Py_ssize_t step                 # samples between two positions
    Py_ssize_t samples, taps
    Py_ssize_t boundary, period, mirror
    # which constant stands outside of this axis; outside of several, the highest counts
    Py_ssize_t rank
    Py_ssize_t signal, kernel, output   # number of this axis in each array, or NONE
    Py_ssize_t is_window
    Py_ssize_t reversed             # whether transforms need the kernel reversed

cdef struct Blocks:                 # along an axis, those of a round
    Py_ssize_t first, step, number

cdef struct Round:                  # blocks that may be computed at the same time
    Py_ssize_t batches              # of lanes; without lanes: tiles
    Py_ssize_t first_tile           # number of their first tile
    Py_ssize_t blocks_at            # bytes to their Blocks, one per axis

cdef struct TileProgram:
    Py_ssize_t axes, rounds
    Py_ssize_t axis_at              # bytes from here to the array of TileAxis
    # to axes in the order in which tiles of the output are counted, the fastest last
    Py_ssize_t order_at
    Py_ssize_t round_at             # to rounds
    Py_ssize_t tiles                # of the output
    Py_ssize_t lanes                # tiles that are rows of one panel, a batch
    Py_ssize_t period               # tiles that batches are taken from, before the next so many
    Py_ssize_t per_lane             # whether each lane has a spectrum of its own
    # kernels that share the signal of a tile: filters, and channels that are summed; their
    # axes, or NONE
    Py_ssize_t filters, channels
    Py_ssize_t filter_axis, channel_axis
    Py_ssize_t transformed          # reals of a transformed tile that they share; or 0
    Py_ssize_t panels               # whether the last axis is transformed, in panels
    Py_ssize_t last                 # the axis along which spectra are multiplied
    Py_ssize_t early                # axis whose outer passes are run on rows just packed
    Py_ssize_t early_passes         # so many of them
    Py_ssize_t parts, steps         # blocks of a tile after early passes, and points of each
    Py_ssize_t planes               # 2: complex samples, whose parts are a point's
    Py_ssize_t row                  # reals between two lanes
    Py_ssize_t tile, panel, line    # reals of each
    Py_ssize_t items                # of the kernel
    Py_ssize_t spectrum             # reals of each item's
    # reals of the step response behind each spectrum: by position, the last for all
    # further ones, or, of complex samples, real parts and imaginary ones
    Py_ssize_t responses
    Py_ssize_t response_lanes       # lanes or columns that have a kernel each, or 1
    Py_ssize_t narrow               # vectors in one of single precision; 0: spectra of `real`
    Py_ssize_t signal_element, signal_swapped, signal_planes, signal_conjugated
    Py_ssize_t kernel_element, kernel_swapped, kernel_planes, kernel_conjugated
    Py_ssize_t storing
    double rounding                 # of sums that are cut to integers
    Py_ssize_t integer              # bytes of an integer output; 0: it is none
    Py_ssize_t streams              # whether outputs go past the caches, to memory
    Py_ssize_t prefetches_samples   # whether the next tile's samples are prefetched
    Py_ssize_t prefetches_spectrum  # whether spectra are prefetched while panels are filled
    Py_ssize_t poll                 # points computed between two polls for Ctrl-C
