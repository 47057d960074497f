"""Bounds that plans depend on, beside predicted times: sizes, ratios and counts.

A test passes a `Thresholds` of its own where it needs other bounds.

Bounds that are None by default are fitted for each instruction set, and stand beside
the constants of the cost model. An engine fills them in when it makes its model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

# Forms of tiles: src/plan/fft_model.pxi describes them.
FORMS = ("panels", "lanes", "four_step", "columns")
# Lengths of the vectors that tiles are computed with.
VECTORS = ("usual", "wide")


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Sizes and ratios that decide how a problem is planned, shared and repaired.

    A real is one number of the element type that is computed in.
    """

    # direct sums
    window_bytes: int | None = None
    """Most bytes of a window. It must stay in the L2 cache, with its outputs and
    taps."""
    chunk_taps: int = 16384
    """Most taps of a chunk. The table of their offsets must stay in the L2 cache."""
    packed_bytes: int = 1 << 20
    """Most bytes of packed taps of filters that share tiles, if few blocks use them:
    each block then packs its own taps, chunk by chunk."""
    row_reals: int | None = None
    """Reals in a row of a window, if the window has room. Shorter rows leave a larger
    share of the vectors at their ends unused."""
    segment_reals: int | None = None
    """The same number of reals where the rows of a tile are segments of one row."""
    flat_reals: int = 64
    """Trailing axes are flattened while the product of their outputs is below this."""
    streamed_direct_bytes: int | None = None
    """Bytes of an output from which on direct sums are stored past the caches."""

    # forms of kernels
    form_seconds: float = 1e-4
    """Predicted seconds of a call from which on its taps are looked at."""
    form_share: float = 0.8
    """Most seconds of a plan for kernels of a form, as a share of those of a plan for
    any kernel."""
    long_factor: int = 64
    """Taps along an axis up to which they are summed: transforms of more may take less
    time."""
    sparse_share: float = 0.7
    """Largest share of taps other than zero of a kernel that is summed over these."""

    # tiles of transforms
    forms: tuple[str, ...] = FORMS
    """Forms that tiles may have."""
    vectors: tuple[str, ...] = VECTORS
    """Lengths of vectors that tiles may be computed with."""
    worker_bytes: int = 4 << 20
    """Most bytes of scratch of each thread. The bytes of three spectra are added."""
    tile_bytes: int | None = None
    """Most bytes of a tile, unless the kernel is large: see the next two bounds."""
    tile_per_kernel: int = 5
    """If one axis is transformed, a tile may have this many times the kernel's taps."""
    tile_per_axis: int = 7
    """If several axes are transformed, a tile may have this many times the kernel's
    taps along each of them."""
    column_vectors: int | None = None
    """Most vectors of columns in a tile. Its rows are contiguous in the signal, so they
    must not be short."""
    lengths: tuple[int, ...] = (1000, 32, 16, 8, 5)
    """Most lengths of an axis that are compared if 1, 2, 3, 4, or more axes are
    transformed. More axes have more combinations of lengths."""
    prefetched_tile_bytes: int | None = None
    """Bytes of a tile up to which the samples of the next tile are prefetched. A larger
    tile leaves no room for them in the caches."""
    prefetched_row_bytes: int = 1 << 10
    """Bytes of a row from which on samples are prefetched even if the outputs are
    few."""
    prefetched_output_bytes: int | None = None
    """Bytes of an output from which on tiles of lanes prefetch samples: only then are
    the samples in memory and not in a cache."""
    streamed_fft_bytes: int | None = None
    """Bytes of an output from which on tiles are stored past the caches."""
    early_block_bytes: int | None = None
    """Early passes split a tile until its blocks have at most so many bytes, and stay
    in the L2 cache. Spectra are prefetched if they and a tile have more bytes."""
    early_l2_bytes: int | None = None
    """Most bytes of the rows that several early passes take together, in the L2
    cache."""
    early_l1_bytes: int | None = None
    """Most bytes of the rows that one early pass takes together, in the L1 cache."""
    poll_points: int = 1_000_000
    """Points computed between two polls for Ctrl-C."""

    # the cache of kernels with their spectra
    cached_kernels: int = 16
    """Most kernels in the cache."""
    cached_bytes: int = 128 << 20
    """Most bytes of all kernels and spectra in the cache."""

    # threads
    thread_seconds: float = 2e-4
    """Seconds of a call above which several threads share it."""
    share_seconds: float = 1e-3
    """Seconds of a tile above which threads may share one tile."""

    # repair of tiles with numbers that are not finite
    repair_transforms: float = 6
    """A region is repaired by direct sums if these take no longer than so many
    convolutions by transforms. About so many convolutions of indicators tell where NaN
    and infinities reach."""
    single_precision_counts: int = 1 << 30
    """Reals of a tile, times taps, below which these convolutions count in single
    precision. Beyond, rounding could make a count of 0 look like 1."""
    few_tiles: int = 64
    """Flagged tiles up to which a region is no larger than a tile."""
    region_outputs: int = 1 << 16
    """Least outputs of a region if more tiles are flagged."""
    most_outputs: int = 1 << 17
    """Most outputs of a region, unless too many of its outputs share samples."""

    # reductions without a kernel
    reduced_row_bytes: int = 8 << 10
    """Bytes of a row that stays in the L1 cache with its windows and phases."""
    longest_row_bytes: int = 96 << 10
    """Bytes of a row up to which windows along it are reduced in a row."""
    row_chunk: int = 4096
    """Samples of a longer row that are read at once."""
    row_block_bytes: int = 256 << 10
    """Most bytes of the outputs of a longer row that share prefixes and suffixes."""
    plane_bytes: int = 384 << 10
    """Bytes of the planes of all levels, which stay in the L2 cache; for long double
    twice as many."""
    footprint_bytes: int = 192 << 10
    """Bytes of the samples of a tile with a footprint, which stay in the L2 cache."""
    reduced_tiles: int = 32
    """Tiles of a call that is worth several threads."""
    reduced_tile_outputs: int = 1 << 13
    """Outputs of such a tile, at least, if several signals are reduced."""
    prefetched_signal_bytes: int = 12 << 20
    """Bytes of a signal from which on its rows are prefetched: it is in no cache."""

    # missing samples and normalised correlation
    mean_block: int = 1 << 18
    """Outputs that `normalized_convolve` computes together."""
    match_block: int = 1 << 17
    """Outputs that `normalized_correlate` computes together."""
    few_windows: int = 1 << 11
    """Inexact outputs of a block up to which each is computed by itself. A block with
    more of them is halved and computed again."""

    # chunks of lazy arrays
    slab_share: int = 8
    """Most samples that a task reads, as a multiple of those that it would read for a
    kernel with one tap. The taps of larger kernels are divided into blocks."""
    slab_bytes: int = 32 << 20
    """Bytes of samples up to which a task reads more than that."""
    strip_bytes: int = 4 << 20
    """Bytes of outputs that a task computes together, if what they read lies in several
    pieces, which are copied."""
    strip_per_tap: int = 8
    """Outputs for each tap that it computes together at least, because samples at the
    edges are read twice."""

    def filled(self, fitted: Mapping[str, int]) -> Thresholds:
        """Return these bounds, with fitted ones for those that are None."""
        left: dict[str, Any] = {
            name: fitted[name] for name in FITTED if getattr(self, name) is None
        }
        return replace(self, **left)

    def __reduce__(self) -> str | tuple[Any, ...]:
        # keys of caches tell objects apart, so the usual bounds stay one object
        if self is THRESHOLDS:
            return "THRESHOLDS"
        return type(self), tuple(getattr(self, each.name) for each in fields(self))


# Names of the bounds that are fitted.
FITTED = tuple(each.name for each in fields(Thresholds) if each.default is None)
THRESHOLDS = Thresholds()
