"""Convolution of a stream of samples, for one real type and one instruction set.

    y[o, n] = sum over inputs i and taps k of  h[o, i, k] * x[i, n - k]

Samples come in blocks of any length, and each output is computed when its sample comes. The
first taps, the *head*, are summed directly (sums.pxd). The others are divided into levels,
whose partitions of taps are the longer the later they are [1]_. A level transforms blocks of
samples of the same length, holds the spectra of the last ones, and sums their products with
the spectra of its partitions [2]_. Partitions of the first level are as long as the head, so
that its sums are due when its block is whole. Other levels begin two blocks behind: their
work is divided into units that are run evenly over the next block (jobs.pxi), so that no
call takes much longer than others.

Groups are independent signals that share a kernel. Nothing is allocated and no lock is taken
while samples are computed.

Samples that are not finite are zeros in transforms, and their products are added to the
outputs that they belong to.

.. [1] W. G. Gardner, "Efficient convolution without input-output delay", J. Audio Eng. Soc.
   43(3), 1995, pages 127-136.
.. [2] F. Wefers, *Partitioned convolution algorithms for real-time auralization*, Logos,
   2015, chapters 5 and 6.
"""

cimport cython
from common.array cimport data_of, stride_of
from common.elements cimport NONE
from common.pages cimport allocate, release
from common.poll cimport DONE, Poll, count_work, raise_outcome, start_poll
from common.simd cimport (
    LANES, VECTOR_REGISTERS, broadcast, load, load_one, real, store, store_one, transpose, vec,
)
from common.store cimport is_finite, is_zero
from cpython.bytes cimport PyBytes_AS_STRING
from fft.butterflies cimport (
    Point, Run, broadcast_point, load_point, plus, store_point, times,
    times_conjugate, transform_points,
)
from fft.panel cimport FINE, multiply_points
from fft.program cimport Pass
from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from sums cimport add_sums

cdef enum:
    PAD = 64            # reals behind a line that whole vectors may read or write
    POLL = 1 << 22      # products between two polls for Ctrl-C
    SHORT = 1 << 21     # products of a call that holds the GIL, some tenth of a millisecond

# Lanes of a vector, registers for vectors, fine steps of a coarse one in four-step twiddles.
SHAPE = (LANES, VECTOR_REGISTERS, FINE)

include "fft/passes.pxi"
include "level.pxi"
include "lines.pxi"
include "jobs.pxi"


cdef struct Array:                  # signals, or outputs: bytes between neighbours
    char* data
    Py_ssize_t group, line, sample
    # numbers that have two reals: each is a group of its own, or a line of its own
    Py_ssize_t group_parts, line_parts


cdef inline Array array_of(
    object array, Py_ssize_t group_parts, Py_ssize_t line_parts
) noexcept:
    """An array of samples, behind the axes of groups and of lines, if these are there."""
    cdef Array found
    cdef Py_ssize_t last = array.ndim - 1
    found.data, found.sample = data_of(array), stride_of(array, last)
    found.line = stride_of(array, last - 1 if last else NONE)
    found.group = stride_of(array, 0 if last > 1 else NONE)
    found.group_parts, found.line_parts = group_parts, line_parts
    return found


cdef inline char* row_of(
    const Array* array, Py_ssize_t group, Py_ssize_t line, Py_ssize_t sample
) noexcept nogil:
    """Address of a sample of a line of a group."""
    return (
        array.data + group // array.group_parts * array.group
        + line // array.line_parts * array.line
        + (group % array.group_parts + line % array.line_parts) * <Py_ssize_t>sizeof(real)
        + sample * array.sample
    )


cdef void compute_step(
    const Stream* stream, Py_ssize_t group, const Array* y, Py_ssize_t first, Py_ssize_t count
) noexcept nogil:
    """Compute the outputs of `count` samples that have just come, from number `first` on."""
    cdef const Level* level
    cdef const real* outputs
    cdef real* sums = stream.sums
    cdef char* target
    cdef Py_ssize_t head = stream.head, o, i, n, l
    for o in range(stream.outputs):
        memset(sums, 0, (count + LANES) * sizeof(real))
        for i in range(stream.inputs):
            add_sums(
                sums, samples_at(stream, group, i, stream.position) - (head - 1),
                stream.taps_of_head + (o * stream.inputs + i) * head, head, count,
            )
            if flags_of(stream, group, i)[0] and stream.taps > head:
                add_nonfinite(stream, group, o, i, sums, count)
        for l in range(stream.levels):
            level = &stream.level[l]
            outputs = outputs_of(
                stream, level, group, o, stream.position // level.points - level.delay
            )
            outputs += stream.position % level.points
            for n in range(count):
                sums[n] += outputs[n]
        target = row_of(y, group, o, first)
        if y.sample == sizeof(real):
            memcpy(target, sums, count * sizeof(real))
        else:
            for n in range(count):
                store_one(target + n * y.sample, sums[n])


@cython.final
cdef class Partitioned:
    """A kernel in partitions, and a stream that it convolves.

    Parameters
    ----------
    kernel : ndarray of real, C-contiguous, shape (outputs, inputs, taps)
    reversed_head : ndarray of real, C-contiguous, shape (outputs, inputs, head)
        The first taps, the last of them first.
    step : int
        Samples that are computed at once, at most: with levels, the block of the first.
    parts : tuple of int
        Reals of a number that are groups, inputs and outputs of their own: 1 or 2 each.
    levels : tuple of tuple
        Of each level: samples of a block, partitions, blocks of delay, the first tap, the
        twiddles of columns, four-step twiddles, the radices of lanes and their twiddles.
    """

    cdef Stream stream
    cdef Py_ssize_t group_parts, input_parts, output_parts
    cdef object memory              # what pointers point to

    def __cinit__(self, kernel, reversed_head, Py_ssize_t step, tuple parts, tuple levels):
        cdef Stream* stream = &self.stream
        cdef Level* level
        cdef Py_ssize_t longest = step, reals, l
        self.memory = kernel, reversed_head, levels
        self.group_parts, self.input_parts, self.output_parts = parts
        stream.outputs, stream.inputs, stream.taps = kernel.shape
        stream.kernel = <const real*>data_of(kernel)
        stream.taps_of_head = <const real*>data_of(reversed_head)
        stream.head, stream.step = reversed_head.shape[2], step
        stream.levels = len(levels)
        stream.level = <Level*>calloc(max(stream.levels, 1), sizeof(Level))
        if stream.level == NULL:
            raise MemoryError("no memory for the levels of a kernel")
        for l in range(stream.levels):
            longest = max(longest, levels[l][0])
        # Samples are held until no level and no tap reads them.
        stream.ring = (stream.taps + 2 * longest + longest - 1) // longest * longest
        stream.margin = max(stream.head - 1, 0)
        stream.line_reals = round_up(stream.margin + stream.ring + PAD)
        reals = stream.inputs * stream.line_reals
        for l in range(stream.levels):
            level = &stream.level[l]
            level.points, level.partitions, level.delay, level.first_tap = levels[l][:4]
            level.lane = level.points // LANES
            level.column_twiddles = <const real*>PyBytes_AS_STRING(levels[l][4])
            level.coarse = <const real*>PyBytes_AS_STRING(levels[l][5])
            level.fine = level.coarse + 2 * LANES * (level.lane // FINE)
            set_passes(&level.passes, level.each, levels[l][6], levels[l][7], level.lane)
            lay_out_units(level, stream.inputs, stream.outputs)
            level.spectra_at = reals
            reals += stream.inputs * level.partitions * 2 * level.points
            level.sum_at = reals
            reals += 2 * level.points
            level.outputs_at = reals
            reals += 2 * stream.outputs * level.points
        stream.flags_at = reals
        stream.flag_count = 1 + stream.ring // step
        reals += stream.inputs * stream.flag_count * sizeof(int32_t) // sizeof(real) + 1
        stream.group_reals = round_up(reals)
        stream.sums = <real*>allocate((step + PAD) * sizeof(real))
        stream.finite = <real*>allocate((2 * UNIT_POINTS + PAD * LANES) * sizeof(real))
        if stream.sums == NULL or stream.finite == NULL:
            raise MemoryError("no memory for the outputs of a stream")
        for l in range(stream.levels):
            self.transform_kernel(&stream.level[l])

    def __dealloc__(self):
        cdef Stream* stream = &self.stream
        cdef Py_ssize_t l
        self.close()
        if stream.level != NULL:
            for l in range(stream.levels):
                if stream.level[l].spectra != NULL:
                    release(stream.level[l].spectra)
            free(stream.level)
        if stream.sums != NULL:
            release(stream.sums)
        if stream.finite != NULL:
            release(stream.finite)

    cdef int transform_kernel(self, Level* level) except -1:
        """Compute the spectra of a level's partitions."""
        cdef Stream* stream = &self.stream
        cdef Py_ssize_t points = level.points, spectrum = 2 * points, kernels, p, count, unit, _k
        cdef Py_ssize_t columns = level.lane // level.units[SPLIT], first
        cdef const real* taps = stream.kernel
        cdef real* x
        cdef real* block
        cdef int phase
        kernels = stream.outputs * stream.inputs
        level.spectra = <real*>allocate(kernels * level.partitions * spectrum * sizeof(real))
        block = <real*>allocate(2 * points * sizeof(real))
        if level.spectra == NULL or block == NULL:
            if block != NULL:
                release(block)
            raise MemoryError("no memory for the spectra of a kernel")
        x = level.spectra
        with nogil:
            memset(block, 0, 2 * points * sizeof(real))
            for _k in range(kernels):
                for p in range(level.partitions):
                    first = level.first_tap + p * points
                    count = min(points, stream.taps - first)
                    # a transform divided by its points takes the product back to outputs
                    for unit in range(count):
                        block[unit] = taps[first + unit] / points
                    memset(block + count, 0, (points - count) * sizeof(real))
                    for unit in range(level.units[SPLIT]):
                        split_lanes(
                            level, x, block + unit * columns, block + points + unit * columns,
                            level.lane, unit * columns, columns,
                        )
                    for phase in range(FIRST_PASS, MULTIPLY):
                        for unit in range(level.units[phase]):
                            run_passes(level, phase, unit, x)
                    x += spectrum
                taps += stream.taps
        release(block)
        return 0

    cdef void close(self) noexcept:
        """Free the memory of groups."""
        cdef Stream* stream = &self.stream
        if stream.memory != NULL:
            release(stream.memory)
        if stream.jobs != NULL:
            free(stream.jobs)
        stream.memory, stream.jobs, stream.groups = NULL, NULL, 0

    def open(self, Py_ssize_t groups):
        """Begin a stream of so many groups: all samples before it are zeros."""
        cdef Stream* stream = &self.stream
        cdef Py_ssize_t size, j
        groups *= self.group_parts
        size = groups * stream.group_reals * <Py_ssize_t>sizeof(real)
        self.close()
        stream.memory = <char*>allocate(max(size, 1))
        stream.jobs = <Job*>calloc(max(groups * stream.levels, 1), sizeof(Job))
        if stream.memory == NULL or stream.jobs == NULL:
            self.close()
            raise MemoryError(f"no memory for a stream of {groups} signals")
        memset(stream.memory, 0, size)
        stream.groups, stream.position = groups, 0
        for j in range(stream.groups * stream.levels):
            stream.jobs[j].phase = PHASES

    @property
    def position(self):
        """Samples that have come."""
        return self.stream.position

    @property
    def shape(self):
        """Groups and inputs, of reals."""
        return self.stream.groups, self.stream.inputs

    @property
    def parts(self):
        """Reals of a sample that are groups, and inputs, of their own."""
        return self.group_parts, self.input_parts

    @property
    def held(self):
        """Samples of each input that the stream holds, at most."""
        return self.stream.ring

    @property
    def progress(self):
        """Of each level: the samples of a block, and the share of its work that is done.

        That is the work of the first group on the last block that is whole.
        """
        cdef const Stream* stream = &self.stream
        cdef const Job* job
        cdef Py_ssize_t l
        shares = []
        for l in range(stream.levels):
            job = &stream.jobs[l]
            share = 1.0 if job.phase == PHASES else job.spent / <double>stream.level[l].cost
            shares.append((stream.level[l].points, share))
        return shares

    def process(self, x, y, Py_ssize_t count):
        """Convolve the next `count` samples of each input.

        Parameters
        ----------
        x : ndarray, shape (groups, inputs, count)
            Of real or complex numbers, with any strides. The first axes may be missing if
            they have length 1.
        y : ndarray, shape (groups, outputs, count)
            The outputs; it must not overlap `x`. The same holds for its axes.
        count : int
        """
        cdef Stream* stream = &self.stream
        cdef Py_ssize_t products = products_of(stream)
        cdef Array signals = array_of(x, self.group_parts, self.input_parts)
        cdef Array outputs = array_of(y, self.group_parts, self.output_parts)
        cdef Poll poll
        start_poll(&poll, None, POLL)
        # To get the GIL back may take longer than the outputs of a short block.
        if count * products < SHORT:
            run(stream, &signals, &outputs, count, products, &poll)
        else:
            with nogil:
                run(stream, &signals, &outputs, count, products, &poll)
        raise_outcome(&poll)

    def read(self, target):
        """Copy the last samples, as many as `target` has for each group and input."""
        cdef Stream* stream = &self.stream
        cdef Py_ssize_t count = target.shape[2], g, i, n
        cdef long long first = stream.position - count
        cdef real* to = <real*>data_of(target)
        for g in range(stream.groups):
            for i in range(stream.inputs):
                for n in range(count):
                    to[0] = samples_at(stream, g, i, first + n)[0]
                    to += 1

    def recall(self, long long position, samples):
        """Go on as if `samples` were the last ones of `position` samples that have come.

        `samples` : ndarray of real, C-contiguous, shape (groups, inputs, up to `held`).
        """
        cdef Stream* stream = &self.stream
        cdef Py_ssize_t count = samples.shape[2], g, i, l, n, part
        cdef const real* source = <const real*>data_of(samples)
        self.open(samples.shape[0] // self.group_parts)
        with nogil:
            for g in range(stream.groups):
                for i in range(stream.inputs):
                    n = 0
                    while n < count:
                        stream.position = position - count + n
                        part = min(
                            stream.step - stream.position % stream.step, count - n
                        )
                        take_samples(stream, g, i, <const char*>(source + n), sizeof(real), part)
                        n += part
                    source += count
            stream.position = position
            for g in range(stream.groups):
                for l in range(stream.levels):
                    recall_level(
                        stream, &stream.level[l], g, &stream.jobs[g * stream.levels + l]
                    )


cdef Py_ssize_t round_up(Py_ssize_t reals) noexcept nogil:
    """Round up to whole cache lines."""
    return (reals + PAD - 1) // PAD * PAD


cdef Py_ssize_t products_of(const Stream* stream) noexcept nogil:
    """Products of a sample, about."""
    cdef Py_ssize_t l, products = stream.head * stream.inputs * stream.outputs + 64
    for l in range(stream.levels):
        products += 2 * LANES * stream.level[l].cost // stream.level[l].points
    return products * max(stream.groups, 1)


cdef void run(
    Stream* stream, const Array* x, const Array* y, Py_ssize_t count, Py_ssize_t products,
    Poll* poll,
) noexcept nogil:
    """Convolve samples, step by step."""
    cdef Py_ssize_t first = 0, part, g, i, l
    while first < count:
        part = min(stream.step - stream.position % stream.step, count - first)
        count_work(poll, products * part)
        if poll.outcome != DONE:
            return
        for g in range(stream.groups):
            for i in range(stream.inputs):
                take_samples(stream, g, i, row_of(x, g, i, first), x.sample, part)
            compute_step(stream, g, y, first, part)
            for l in range(stream.levels):
                follow(
                    stream, &stream.level[l], g, &stream.jobs[g * stream.levels + l],
                    stream.position + part,
                )
        stream.position += part
        first += part
