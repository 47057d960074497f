# Samples that a stream holds: of each input a line, a ring with a margin before it, in which
# the last samples of the ring are repeated, so that the taps of the head always read a run.
# A flag for each step of the ring tells whether one of its samples is not finite.

cdef struct Stream:
    Py_ssize_t groups, inputs, outputs, taps
    Py_ssize_t head                 # taps that are summed directly
    Py_ssize_t step                 # samples that are computed at once, at most
    Py_ssize_t margin, ring         # samples of a line
    Py_ssize_t levels
    Level* level
    const real* taps_of_head        # reversed, by output and input
    const real* kernel              # all taps, by output and input
    long long position              # samples that have come
    char* memory                    # of all groups
    Py_ssize_t group_reals          # of memory for each
    Py_ssize_t line_reals           # of a line
    Py_ssize_t flags_at             # reals from a group's memory to the flags of its lines
    Py_ssize_t flag_count           # of a line: how many are set, and one for each step
    Job* jobs                       # by group and level
    real* sums                      # outputs of a step
    real* finite                    # two blocks of a unit


cdef inline real* memory_of(const Stream* stream, Py_ssize_t group) noexcept nogil:
    return <real*>stream.memory + group * stream.group_reals


cdef inline real* line_of(
    const Stream* stream, Py_ssize_t group, Py_ssize_t number
) noexcept nogil:
    """The ring of an input."""
    return memory_of(stream, group) + number * stream.line_reals + stream.margin


cdef inline int32_t* flags_of(
    const Stream* stream, Py_ssize_t group, Py_ssize_t number
) noexcept nogil:
    """The flags of an input: how many are set, and behind it a flag for each step."""
    cdef int32_t* flags = <int32_t*>(memory_of(stream, group) + stream.flags_at)
    return flags + number * stream.flag_count


cdef inline real* samples_at(
    const Stream* stream, Py_ssize_t group, Py_ssize_t number, long long position
) noexcept nogil:
    """Samples from a position on, up to the end of the ring."""
    cdef Py_ssize_t at = position % stream.ring
    return line_of(stream, group, number) + (at + stream.ring if at < 0 else at)


cdef inline real* outputs_of(
    const Stream* stream, const Level* level, Py_ssize_t group, Py_ssize_t output, long long block
) noexcept nogil:
    """Outputs of the job on a block."""
    cdef Py_ssize_t half = 1 if block & 1 else 0
    return (
        memory_of(stream, group) + level.outputs_at
        + (half * stream.outputs + output) * level.points
    )


cdef void take_samples(
    const Stream* stream, Py_ssize_t group, Py_ssize_t number, const char* x, Py_ssize_t stride,
    Py_ssize_t count,
) noexcept nogil:
    """Append at most a step of samples to a line."""
    cdef real* line = line_of(stream, group, number)
    cdef int32_t* flags = flags_of(stream, group, number)
    cdef Py_ssize_t at = stream.position % stream.ring, i
    cdef int32_t* flag = flags + 1 + at // stream.step
    cdef real* target = line + at
    if at == 0:
        memcpy(
            line - stream.margin, line + stream.ring - stream.margin, stream.margin * sizeof(real)
        )
    if at % stream.step == 0:
        flags[0] -= flag[0]
        flag[0] = 0
    if stride == sizeof(real):
        memcpy(target, x, count * sizeof(real))
    else:
        for i in range(count):
            target[i] = load_one(x + i * stride)
    if not flag[0] and not are_finite(target, count):
        flag[0] = 1
        flags[0] += 1


cdef bint are_finite(const real* samples, Py_ssize_t count) noexcept nogil:
    cdef vec nonfinite_sum = broadcast(<real>0), x
    cdef Py_ssize_t i = 0
    while i + LANES <= count:
        x = load(samples + i)
        nonfinite_sum = nonfinite_sum + (x - x)
        i += LANES
    for i in range(i, count):
        if not is_finite(samples[i]):
            return False
    return is_zero(nonfinite_sum)


cdef void add_nonfinite(
    const Stream* stream, Py_ssize_t group, Py_ssize_t output, Py_ssize_t number, real* sums,
    Py_ssize_t count,
) noexcept nogil:
    """Add the products of samples that are not finite and taps behind the head.

    The last `count` samples are those of the outputs.
    """
    cdef const real* line = line_of(stream, group, number)
    cdef const int32_t* flags = flags_of(stream, group, number)
    cdef const real* taps = stream.kernel
    cdef Py_ssize_t now = stream.position % stream.ring, at, age, first, n, step
    taps += (output * stream.inputs + number) * stream.taps
    for step in range(stream.ring // stream.step):
        if not flags[1 + step]:
            continue
        for at in range(step * stream.step, (step + 1) * stream.step):
            if is_finite(line[at]):
                continue
            # samples from this one to the first of the outputs
            age = (now - at) % stream.ring
            if age < 0:
                age += stream.ring
            first = max(stream.head - age, 0)
            for n in range(first, min(stream.taps - age, count)):
                sums[n] += line[at] * taps[age + n]
        if are_nan(sums, count):
            # whatever is added
            return


cdef bint are_nan(const real* sums, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t n
    for n in range(count):
        if sums[n] == sums[n]:
            return False
    return True
