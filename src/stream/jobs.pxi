# Jobs: a block of samples is transformed, multiplied by all partitions of its level, and the
# sums are transformed back. The outputs of most levels are needed a block later, and units of
# the job are run in the meantime, evenly.


cdef void start_job(const Level* level, Job* job, long long block) noexcept nogil:
    job.block = block
    job.item = job.unit = job.spent = 0
    job.phase = SPLIT


cdef void run_unit(
    const Stream* stream, const Level* level, Py_ssize_t group, Job* job
) noexcept nogil:
    """Run a unit of a job, and go on to the next one."""
    cdef real* memory = memory_of(stream, group)
    cdef Py_ssize_t spectrum = 2 * level.points
    cdef real* x = memory + level.sum_at
    cdef real* outputs
    if job.phase < MULTIPLY:
        x = memory + level.spectra_at + job.item * level.partitions * spectrum
        x = <real*>spectrum_of(level, x, job.block)
    if job.phase == SPLIT:
        split_samples(stream, level, group, job, x)
    elif job.phase == MULTIPLY:
        multiply_blocks_of(level, memory, stream.inputs, job.item, job.block, job.unit)
    elif job.phase == JOIN:
        outputs = outputs_of(stream, level, group, job.item, job.block)
        join_lanes(
            level, x, outputs, job.unit * (level.lane // level.units[JOIN]),
            level.lane // level.units[JOIN],
        )
    else:
        run_passes(level, job.phase, job.unit, x)
    job.spent += level.costs[job.phase]
    job.unit += 1
    while job.phase < PHASES and job.unit >= level.units[job.phase]:
        next_phase(stream, job)


cdef void next_phase(const Stream* stream, Job* job) noexcept nogil:
    """Go on to the next phase of a job, or to its next input or output."""
    job.unit = 0
    job.phase += 1
    if job.phase == MULTIPLY:
        job.item += 1
        if job.item < stream.inputs:
            job.phase = SPLIT
        else:
            job.item = 0
    elif job.phase == PHASES:
        job.item += 1
        if job.item < stream.outputs:
            job.phase = MULTIPLY


cdef void run_until(
    const Stream* stream, const Level* level, Py_ssize_t group, Job* job, Py_ssize_t spent
) noexcept nogil:
    """Run units until so much of the cost of a job is spent, or all of it."""
    while job.phase < PHASES and job.spent < spent:
        run_unit(stream, level, group, job)


cdef void split_samples(
    const Stream* stream, const Level* level, Py_ssize_t group, const Job* job, real* x
) noexcept nogil:
    """Make lanes of the samples of a block and of the one before it."""
    cdef Py_ssize_t count = level.lane // level.units[SPLIT], first = job.unit * count, k
    cdef const real* now = samples_at(stream, group, job.item, job.block * level.points)
    cdef const real* before = samples_at(stream, group, job.item, (job.block - 1) * level.points)
    cdef Py_ssize_t pitch = level.lane
    if flags_of(stream, group, job.item)[0]:
        # numbers that are not finite are summed apart
        for k in range(LANES):
            copy_finite(stream.finite + k * count, before + k * pitch + first, count)
            copy_finite(stream.finite + (LANES + k) * count, now + k * pitch + first, count)
        split_lanes(
            level, x, stream.finite, stream.finite + LANES * count, count, first, count
        )
        return
    split_lanes(level, x, before + first, now + first, pitch, first, count)


cdef void copy_finite(real* target, const real* samples, Py_ssize_t count) noexcept nogil:
    """Copy samples, with zeros in place of those that are not finite."""
    cdef Py_ssize_t i
    for i in range(count):
        target[i] = samples[i] if is_finite(samples[i]) else <real>0


cdef void keep_pace(
    const Stream* stream, const Level* level, Py_ssize_t group, Job* job, Py_ssize_t into
) noexcept nogil:
    """Run the share of a job that is due after so many samples of the next block."""
    cdef double share = <double>into / level.points
    run_until(
        stream, level, group, job,
        level.cost if into == level.points else <Py_ssize_t>(share * level.cost),
    )


cdef void follow(
    const Stream* stream, const Level* level, Py_ssize_t group, Job* job, long long position
) noexcept nogil:
    """Do what is due after samples up to `position` have come, at least one of them new."""
    cdef Py_ssize_t into = position % level.points
    if level.delay > 1:
        keep_pace(stream, level, group, job, into if into else level.points)
    if into == 0:
        start_job(level, job, position // level.points - 1)
        if level.delay == 1:
            run_until(stream, level, group, job, level.cost)


cdef void recall_level(
    const Stream* stream, const Level* level, Py_ssize_t group, Job* job
) noexcept nogil:
    """Compute again what a level has computed of the samples that a stream holds."""
    cdef long long now = stream.position // level.points, block = now - level.delay
    start_job(level, job, block - level.partitions + 1)
    while job.block < block:
        while job.phase < MULTIPLY:
            run_unit(stream, level, group, job)
        start_job(level, job, job.block + 1)
    run_until(stream, level, group, job, level.cost)
    if level.delay > 1:
        start_job(level, job, now - 1)
        keep_pace(stream, level, group, job, stream.position % level.points)
