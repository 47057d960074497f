# A level of a partitioned kernel: partitions of taps, and blocks of samples, of one length.
#
# Of a transform, samples of the block before are the real parts of points, and those of the
# block itself the imaginary ones: outputs that no other sample wraps around into are then
# imaginary parts. Points are LANES rows, which one pass splits into lanes. A transform is
# divided into units, for few of them to be computed at a time.

cdef enum:
    UNIT_POINTS = 2048              # of a unit that splits or joins lanes, about
    BLOCK_POINTS = 16384            # of a unit that transforms lanes, at most
    MULTIPLIED_POINTS = 1024        # whose sums of products stay in the L1 cache
    MOST_PASSES = 8
    # relative cost of a phase for each point
    COLUMN_COST = 4
    PASS_COST = 2

cdef enum:                          # phases of a job
    SPLIT, FIRST_PASS, PASSES, MULTIPLY, PASSES_BACK, LAST_PASS, JOIN, PHASES

cdef struct Level:
    Py_ssize_t points               # samples of a block, and points of its transform
    Py_ssize_t lane                 # points of a lane
    Py_ssize_t partitions           # of taps
    Py_ssize_t delay                # blocks from a block to the first outputs that sum it
    Py_ssize_t first_tap
    const real* column_twiddles
    const real* coarse              # four-step twiddles
    const real* fine
    Passes passes                   # of lanes
    Pass each[MOST_PASSES]
    bint divided                    # whether the outermost pass has units of its own
    real* spectra                   # by output, input and partition
    Py_ssize_t units[PHASES]
    Py_ssize_t costs[PHASES]        # of a unit
    Py_ssize_t cost                 # of a job
    # reals from the memory of a group
    Py_ssize_t spectra_at           # spectra of the last blocks, by input and slot
    Py_ssize_t sum_at               # of products
    Py_ssize_t outputs_at           # of two jobs, by parity of the block and output

cdef struct Job:                    # one for each group and level
    long long block                 # of samples
    Py_ssize_t item                 # input, or output
    int phase                       # PHASES: done
    Py_ssize_t unit
    Py_ssize_t spent


cdef inline Py_ssize_t piece(Py_ssize_t whole, Py_ssize_t points) noexcept nogil:
    """Points of a lane in a unit: a multiple of FINE."""
    return min(whole, max(points // LANES // FINE * FINE, FINE))


cdef void lay_out_units(Level* level, Py_ssize_t inputs, Py_ssize_t outputs) noexcept nogil:
    """Divide the work on a block into units."""
    cdef Py_ssize_t lane = level.lane, points = level.points, of_columns, of_products
    cdef Py_ssize_t blocks = 1, inner = level.passes.count
    cdef int phase
    of_columns, of_products = piece(lane, UNIT_POINTS), piece(lane, MULTIPLIED_POINTS)
    level.divided = points > BLOCK_POINTS
    if level.divided:
        blocks = level.each[0].radix
        inner -= 1
    level.units[SPLIT] = level.units[JOIN] = lane // of_columns
    level.costs[SPLIT] = level.costs[JOIN] = COLUMN_COST * of_columns
    level.units[FIRST_PASS] = level.units[LAST_PASS] = lane // of_columns if level.divided else 0
    level.costs[FIRST_PASS] = level.costs[LAST_PASS] = PASS_COST * of_columns
    level.units[PASSES] = level.units[PASSES_BACK] = blocks
    level.costs[PASSES] = level.costs[PASSES_BACK] = PASS_COST * inner * lane // blocks
    level.units[MULTIPLY] = lane // of_products
    level.costs[MULTIPLY] = of_products * level.partitions * inputs
    level.cost = 0
    for phase in range(PHASES):
        level.cost += level.units[phase] * level.costs[phase] * (
            inputs if phase < MULTIPLY else outputs
        )


cdef void split_lanes(
    const Level* level, real* x, const real* re, const real* im, Py_ssize_t pitch,
    Py_ssize_t first, Py_ssize_t count,
) noexcept nogil:
    """Make lanes of rows of samples, from point `first` of each lane on.

    `re`, `im`: samples of the first row that belong to that point; other rows lie `pitch`
    apart.
    """
    cdef Point a[LANES]
    cdef vec parts[LANES]
    cdef vec others[LANES]
    cdef real* target = x + 2 * LANES * first
    cdef Py_ssize_t _j
    cdef int k
    for _j in range(count // LANES):
        for k in range(<int>LANES):
            a[k].re, a[k].im = load(re + k * pitch), load(im + k * pitch)
            if k:
                a[k] = times(a[k], broadcast_point(level.column_twiddles + 2 * k - 2))
        if LANES > 1:
            transform_points(a, <int>LANES)
        for k in range(<int>LANES):
            parts[k], others[k] = a[k].re, a[k].im
        transpose(parts)
        transpose(others)
        for k in range(<int>LANES):
            store(target, parts[k])
            store(target + LANES, others[k])
            target += 2 * LANES
        re += LANES
        im += LANES
    multiply_points(
        x + 2 * LANES * first, level.coarse + 2 * LANES * (first // FINE), level.fine, count, False
    )


cdef void join_lanes(
    const Level* level, real* x, real* outputs, Py_ssize_t first, Py_ssize_t count
) noexcept nogil:
    """Make rows of outputs of lanes, from point `first` of each lane on."""
    cdef Point a[LANES]
    cdef Point w
    cdef vec parts[LANES]
    cdef vec others[LANES]
    cdef Py_ssize_t _j
    cdef int k
    x += 2 * LANES * first
    outputs += first
    multiply_points(x, level.coarse + 2 * LANES * (first // FINE), level.fine, count, True)
    for _j in range(count // LANES):
        for k in range(<int>LANES):
            parts[k], others[k] = load(x), load(x + LANES)
            x += 2 * LANES
        transpose(parts)
        transpose(others)
        for k in range(<int>LANES):
            a[k].re, a[k].im = parts[k], others[k]
        if LANES > 1:
            transform_points(a, <int>LANES)
        store(outputs, a[0].im)
        for k in range(1, <int>LANES):
            w = broadcast_point(level.column_twiddles + 2 * k - 2)
            store(outputs + k * level.lane, times_conjugate(a[<int>LANES - k], w).im)
        outputs += LANES


cdef void run_passes(const Level* level, int phase, Py_ssize_t unit, real* x) noexcept nogil:
    """Run a unit of the passes over lanes."""
    cdef const Passes* passes = &level.passes
    cdef const Pass* outer = &passes.of[0]
    cdef bint inverse = phase > MULTIPLY
    cdef Py_ssize_t split = level.lane // outer.radix, first, beyond
    cdef Run run
    if not level.divided:
        transform_block(passes, 0, 0, x, 2 * LANES, 1, inverse, 0)
    elif phase == PASSES or phase == PASSES_BACK:
        transform_block(
            passes, 1, unit, x + unit * split * 2 * LANES, 2 * LANES, 1, inverse, 0
        )
    else:
        first = split * unit // level.units[phase]
        beyond = split * (unit + 1) // level.units[phase]
        run.part_pitch, run.next_point = split * 2 * LANES, 0
        run.rows, run.pitch, run.width, run.step = 1, 0, beyond - first, 2 * LANES
        dispatch_pass(
            outer.radix, x + first * 2 * LANES, run, 1, passes.twiddles + outer.twiddle, inverse
        )


cdef inline void add_products(
    real* sums, const real* x, const real* h, Py_ssize_t points, bint pair, const real* next_x,
    const real* next_h,
) noexcept nogil:
    """Add the products of one partition, or of a pair of them, to sums."""
    cdef Py_ssize_t i
    cdef Point sum
    for i from 0 <= i < 2 * LANES * points by 2 * LANES:
        sum = plus(load_point(sums + i), times(load_point(x + i), load_point(h + i)))
        if pair:
            sum = plus(sum, times(load_point(next_x + i), load_point(next_h + i)))
        store_point(sums + i, sum)


cdef inline const real* spectrum_of(
    const Level* level, const real* spectra, long long block
) noexcept nogil:
    """The spectrum of one of the last blocks of an input."""
    # C rounds quotients of negative numbers toward zero
    cdef Py_ssize_t slots = level.partitions, slot = block % slots
    return spectra + (slot + slots if slot < 0 else slot) * 2 * level.points


cdef void multiply_blocks_of(
    const Level* level, real* memory, Py_ssize_t inputs, Py_ssize_t output, long long block,
    Py_ssize_t unit,
) noexcept nogil:
    """Sum the products of blocks and partitions, for a unit's points."""
    cdef Py_ssize_t points = level.lane // level.units[MULTIPLY], i, p
    cdef Py_ssize_t at = 2 * LANES * points * unit, spectrum = 2 * level.points
    cdef real* sums = memory + level.sum_at + at
    cdef const real* h = level.spectra + output * inputs * level.partitions * spectrum + at
    cdef const real* spectra
    memset(sums, 0, 2 * LANES * points * sizeof(real))
    for i in range(inputs):
        spectra = memory + level.spectra_at + i * level.partitions * spectrum + at
        p = 0
        while p + 1 < level.partitions:
            add_products(
                sums, spectrum_of(level, spectra, block - p), h, points, True,
                spectrum_of(level, spectra, block - p - 1), h + spectrum,
            )
            h += 2 * spectrum
            p += 2
        if p < level.partitions:
            add_products(
                sums, spectrum_of(level, spectra, block - p), h, points, False, NULL, NULL
            )
            h += spectrum
