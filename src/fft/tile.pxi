# Tiles: which samples each reads, which outputs it stores, and the memory it is computed in.

cdef struct Plan:                   # a program, as addresses
    const TileProgram* program
    const TileAxis* axis
    Py_ssize_t axes
    const Py_ssize_t* order
    const Round* round
    Passes passes[MOST_AXES]
    const real* four_step_twiddles
    real scale                      # one over the points of a tile
    Py_ssize_t means                # of a tile: one for each lane, or column

cdef struct Signal:
    Source source
    bint contiguous                 # of the type computed in, real, without gaps
    bint pairs                      # the same, but complex
    Py_ssize_t next_row             # bytes to a row that is packed soon

cdef struct Job:                    # arrays of one call
    Signal signal
    const real* spectra
    Destination output
    Py_ssize_t next_row             # bytes to a row that is stored soon
    const Blocks* blocks            # of the round
    uint8_t* nonfinite              # flags of the round's tiles: their outputs are wrong

cdef struct TileExtent:
    char* output
    Py_ssize_t origin[MOST_AXES]    # sample at the first position
    Py_ssize_t samples[MOST_AXES]   # of the signal, or up to those of later blocks
    Py_ssize_t first[MOST_AXES]     # position of the first output
    Py_ssize_t outputs[MOST_AXES]
    # positions before `stored` and from `added` on hold sums of earlier blocks, to which
    # outputs are added
    Py_ssize_t stored[MOST_AXES]
    Py_ssize_t added[MOST_AXES]
    bint finite                     # outputs stored so far

cdef struct Mean:                   # of a tile's samples, for each lane or column
    bint subtracted                 # whether one of them is not zero
    real* re
    real* im                        # of complex samples; else the same as `re`
    const real* step_response       # response to ones by position; NULL: no mean is taken
    # response to the means of columns at one position, or of complex samples anywhere
    real* response
    real* imaginary_response

cdef struct Lanes:                  # of a batch
    const real* samples[LANES]      # real parts of points, then imaginary ones
    real* output[LANES]             # first output
    # positions of outputs that panels store directly, in vectors; none if equal
    Py_ssize_t direct, behind_direct
    real nonfinite_sum[LANES]       # zero if those outputs are finite
    Py_ssize_t next_samples         # bytes to the same lane's samples in the next batch

cdef struct Prefetch:               # rows of the next tile's samples
    const char* row
    Py_ssize_t bytes                # of a row
    Py_ssize_t row_stride           # to the next row, and from the last one
    Py_ssize_t plane_stride         # to the first row of the next plane
    Py_ssize_t rows, rows_left      # of a plane
    Py_ssize_t planes_left
    Py_ssize_t interval             # points computed between two rows
    Py_ssize_t points               # computed since the last row was due

cdef struct Work:                   # a thread's memory, and how far it is
    real* tile
    real* panel
    real* line                      # two rows of samples
    Mean mean
    real* spectrum                  # of the points computed next
    real* transformed               # the same points of a signal that several kernels share
    Py_ssize_t vectors              # stored of a spectrum in single precision
    Lanes lanes
    Py_ssize_t next_row             # bytes from a row to the one that is prefetched with it
    Py_ssize_t block                # of the early axis: the one that is computed
    Py_ssize_t points               # of that block
    Py_ssize_t begin, end           # points of each block that are packed, or stored
    Prefetch prefetch
    Poll poll


cdef Py_ssize_t first_tile(const TileProgram* program, Py_ssize_t batch) noexcept nogil:
    """Number of the first tile of a batch; without lanes a batch is a tile."""
    cdef Py_ssize_t groups = (program.period + program.lanes - 1) // program.lanes
    return batch // groups * program.period + batch % groups * program.lanes


cdef void locate_tile(
    const Plan* plan, const Job* job, Py_ssize_t number, TileExtent* extent
) noexcept nogil:
    """Find the samples that a tile reads and the outputs that it stores."""
    cdef const TileAxis* axis
    cdef const Blocks* blocks
    cdef Py_ssize_t i, a, block, phase, first, beyond
    extent.output = job.output.data
    extent.finite = True
    for i in range(plan.axes - 1, -1, -1):
        a = plan.order[i]
        axis = &plan.axis[a]
        blocks = &job.blocks[a]
        phase = number % axis.phases
        number //= axis.phases
        block = blocks.first + blocks.step * (number % blocks.number)
        number //= blocks.number
        extent.origin[a] = axis.origin + axis.phase_stride * phase + axis.block_stride * block
        extent.samples[a] = axis.samples
        extent.first[a] = axis.first_output
        extent.stored[a], extent.added[a] = 0, PY_SSIZE_T_MAX
        if axis.adds:
            first = axis.block_outputs * block - axis.first_output
            beyond = min(first + axis.block_outputs + axis.taps - 1, axis.outputs)
            extent.samples[a] = min(axis.block_outputs * (block + 1), axis.samples)
            extent.first[a] = max(0, -first)
            first = max(0, first)
            extent.outputs[a] = beyond - first
            extent.output += first * job.output.stride[a]
            if block % 2:
                extent.stored[a] = axis.taps - 1
                if block + 1 < axis.blocks:
                    extent.added[a] = axis.block_outputs
            continue
        extent.outputs[a] = (axis.outputs - phase + axis.phases - 1) // axis.phases
        extent.outputs[a] = min(
            axis.block_outputs, extent.outputs[a] - axis.block_outputs * block
        )
        extent.output += (
            (phase + axis.phases * axis.block_outputs * block) * job.output.stride[a]
        )


cdef inline bint holds_sums(const TileExtent* extent, Py_ssize_t a, Py_ssize_t p) noexcept nogil:
    """Whether earlier blocks have stored sums at a position."""
    return p < extent.stored[a] or p >= extent.added[a]


cdef Py_ssize_t scratch_reals(const Plan* plan) noexcept nogil:
    """Reals that a thread needs beside its tile: panel, rows, means, transformed tiles."""
    cdef const TileProgram* program = plan.program
    return (
        program.panel + 2 * program.line + 2 * program.planes * plan.means
        + program.channels * program.transformed
    )


cdef void share_out(
    const Plan* plan, object scratch, object shared, Work* work
):
    """Share out a thread's memory; `shared`: a tile that lies elsewhere, or None."""
    cdef const TileProgram* program = plan.program
    work.tile = work.panel = <real*>aligned_data_of(scratch)
    if shared is None:
        work.panel += program.tile
    else:
        work.tile = <real*>aligned_data_of(shared)
    work.line = work.panel + program.panel
    work.mean.re = work.mean.im = work.line + 2 * program.line
    if program.planes == 2:
        work.mean.im += plan.means
    work.mean.response = work.mean.im + plan.means
    work.mean.imaginary_response = work.mean.response + plan.means
    work.transformed = work.mean.imaginary_response
    if program.planes == 2:
        work.transformed += plan.means
    work.mean.subtracted = False
    work.mean.step_response = NULL
    work.lanes.direct = work.lanes.behind_direct = work.lanes.next_samples = 0
    work.prefetch.planes_left = 0


cdef void clear_padding(const Plan* plan, Work* work) noexcept nogil:
    """Panels compute a row beyond the last one, too, which must hold numbers."""
    cdef const TileProgram* program = plan.program
    if program.lanes == 1:
        memset(work.tile + program.row, 0, (program.tile - program.row) * sizeof(real))
