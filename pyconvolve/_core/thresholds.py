"""What plans go by, beside costs: sizes of caches, and what is worth an effort."""

from __future__ import annotations

from dataclasses import dataclass

# Forms of tiles, see src/plan/tiles.pxi.
FORMS = ("panels", "lanes", "four_step", "columns")
# Lengths of their vectors.
VECTORS = ("usual", "wide")


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Sizes and ratios that decide how a problem is planned, shared and repaired.

    Bytes unless said otherwise.
    """

    # direct sums
    window_bytes: int = 192 << 10
    """Of a window: it stays in the L2 cache together with its outputs and taps."""
    chunk_taps: int = 16384
    """Taps of a chunk, whose tables stay in L2, too."""
    row_reals: int = 2048
    """Reals in a row of a window: shorter rows waste the edges of tiles."""
    segment_reals: int = 8192
    """The same where tile rows are segments of one row."""
    flat_reals: int = 64
    """Trailing axes are flattened while their product is below this."""
    streamed_direct_bytes: int = 6 << 20
    """Of outputs, from which on sums are stored past the caches."""

    # tiles of transforms
    forms: tuple[str, ...] = FORMS
    """That tiles may have."""
    vectors: tuple[str, ...] = VECTORS
    """That they may be computed with."""
    worker_bytes: int = 4 << 20
    """Of each thread, beside three spectra."""
    tile_bytes: int = 6 << 20
    """Of a tile, or more for large kernels: the kernel's, times these."""
    tile_per_kernel: int = 5
    """Along the only axis."""
    tile_per_axis: int = 7
    """Along each of several axes."""
    column_vectors: int = 16
    """Most vectors of columns in a tile: enough for rows not to be short."""
    lengths: tuple[int, ...] = (1000, 32, 16, 8, 5)
    """Lengths per axis that are compared where one, two, ... axes are transformed."""
    prefetched_tile_bytes: int = 4 << 20
    """Of a tile that leaves room in the caches for the samples of the next one."""
    prefetched_row_bytes: int = 1 << 10
    """Of a row that is worth fetching ahead, however little is stored."""
    prefetched_output_bytes: int = 16 << 20
    """Of outputs from which on samples of lanes come from memory."""
    streamed_fft_bytes: int = 1 << 20
    """Of outputs, from which on tiles are stored past the caches."""
    early_block_bytes: int = 1 << 20
    """Of a block that stays in L2 after early passes."""
    early_l2_bytes: int = 1 << 20
    """Of rows that several early passes take together, in L2."""
    early_l1_bytes: int = 24 << 10
    """Of rows that one early pass takes together, in L1."""
    poll_points: int = 1_000_000
    """Points computed between two looks for Ctrl-C."""

    # kernels of the last calls, and their spectra
    cached_kernels: int = 16
    """Most of them."""
    cached_bytes: int = 128 << 20
    """Of all together."""

    # threads
    thread_seconds: float = 2e-4
    """Seconds of a call from which on more than one thread pays."""
    share_seconds: float = 1e-3
    """Seconds of a tile from which on threads share it."""

    # repair of tiles with numbers that are not finite
    repair_transforms: float = 6
    """Convolutions by transforms that it takes to find out where such numbers reach."""
    single_precision_counts: int = 1 << 30
    """Points of a tile, times taps, up to which single precision counts that."""
    few_tiles: int = 64
    """Tiles up to which each is repaired alone."""
    region_outputs: int = 1 << 16
    """Outputs of a region of many of them, at least."""
    most_outputs: int = 1 << 17
    """Outputs of a region, at most, unless too many share a sample."""

    # missing samples and normalised correlation
    mean_block: int = 1 << 18
    """Outputs that `normalized_convolve` computes together."""
    match_block: int = 1 << 17
    """Outputs that `normalized_correlate` computes together."""
    few_windows: int = 1 << 11
    """Inexact outputs of a block up to which each is computed by itself; a block with
    more of them is halved and computed again."""


THRESHOLDS = Thresholds()
