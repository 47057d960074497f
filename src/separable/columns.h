/* Sums over lines: a tile of outputs in registers, LINES lines of LINE_VECTORS vectors.
 *
 * All outputs add their products in the same order, wherever they stand in a tile. Symmetric
 * taps are folded: two lines are added or subtracted, and multiplied once. So antisymmetric
 * taps make exact zeros of a constant signal, and results of a mirrored signal are mirrored.
 */
#ifndef PYCONVOLVE_COLUMNS_H
#define PYCONVOLVE_COLUMNS_H

#include "operands.h"
#include "tile.h"

/* Vectors of lines. With AVX-512 they are whole cache lines, also on CPUs that split them:
 * lines that begin in the middle of a cache line are then loaded fewer times. */
#if defined(__AVX512F__) && !defined(SCALAR)
typedef REAL line_vec __attribute__((vector_size(64)));
#define LINE_LANES ((Py_ssize_t)(64 / sizeof(real)))
#define stream_line(to, value) _mm512_stream_ps((float *)(to), (__m512)(value))
#else
typedef vec line_vec;
#define LINE_LANES LANES
#define stream_line(to, value) stream(to, value)
#endif

/* A high tile loads each line fewer times. */
#if VECTOR_REGISTERS == 32 && !defined(SCALAR)
#define LINES 8
#else
#define LINES 4
#endif
#define LINE_VECTORS 2
/* Taps up to which lines of a tile fit registers. */
#define MOST_FOLDED 5
/* Reals of a tile's lines. */
#define COLUMNS (LINE_VECTORS * LINE_LANES)

static inline line_vec load_line(const void *from)
{
    line_vec value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline line_vec broadcast_line(real x) { return x - (line_vec){0}; }

/* Pins a vector to a register; see PINS in tile.h. */
static inline line_vec pin_line(line_vec value)
{
#if !defined(SCALAR) && !defined(__clang__) && defined(__AVX512VL__)
    __asm__("" : "+v"(value));
#elif !defined(SCALAR) && !defined(__clang__) && defined(__x86_64__)
    __asm__("" : "+x"(value));
#endif
    return value;
}

static inline line_vec add_product(line_vec accumulator, line_vec tap, line_vec x)
{
#ifdef SCALAR
    return multiply_add(accumulator, tap, x);
#else
    return accumulator + tap * x;
#endif
}

/* Adds the products of `span` taps, a constant, to `lines` lines: each vector of an input
 * line is loaded once. */
TILE_LOOP add_span(
    line_vec *acc, const char *const *rows, Py_ssize_t at, const real *tap, int span, int lines)
{
    line_vec taps[8]; /* as many as any span has */
    if (VECTOR_REGISTERS < 32) {
        /* or GCC leaves some of them in memory */
        UNROLL
        for (int i = 0; i < lines * LINE_VECTORS; i++)
            acc[i] = pin_line(acc[i]);
    }
    UNROLL
    for (int s = 0; s < span; s++)
        taps[s] = broadcast_line(tap[s]);
    UNROLL
    for (int i = 0; i < span + lines - 1; i++)
        UNROLL
        for (int c = 0; c < LINE_VECTORS; c++) {
            line_vec value = pin_line(load_line(rows[i] + at + c * sizeof(line_vec)));
            UNROLL
            for (int r = 0; r < lines; r++)
                if (0 <= i - r && i - r < span)
                    acc[r * LINE_VECTORS + c] =
                        add_product(acc[r * LINE_VECTORS + c], taps[i - r], value);
        }
}

/* Adds the products of an input line with some of the taps: output r has tap[-r]. */
TILE_LOOP add_line(line_vec *acc, const char *line, const real *tap, int first, int end)
{
    line_vec values[LINE_VECTORS];
    UNROLL
    for (int c = 0; c < LINE_VECTORS; c++)
        values[c] = pin_line(load_line(line + c * sizeof(line_vec)));
    UNROLL
    for (int r = first; r < end; r++) {
        line_vec weight = pin_line(broadcast_line(tap[-r]));
        UNROLL
        for (int c = 0; c < LINE_VECTORS; c++)
            acc[r * LINE_VECTORS + c] = add_product(acc[r * LINE_VECTORS + c], weight, values[c]);
    }
}

#if VECTOR_REGISTERS == 32 && !defined(SCALAR)
/* Adds the products of all taps. Each vector of an input line is loaded once: so it makes no
 * difference if lines expel each other from the L1 cache, as at strides of 4096 bytes. */
TILE_LOOP add_taps(
    line_vec *acc, const char *const *rows, Py_ssize_t at, const real *tap, Py_ssize_t count,
    int lines)
{
    if (count >= lines) {
        UNROLL
        for (int i = 0; i < lines - 1; i++)
            add_line(acc, rows[i] + at, tap + i, 0, i + 1);
        for (Py_ssize_t i = lines - 1; i < count; i++)
            add_line(acc, rows[i] + at, tap + i, 0, lines);
        UNROLL
        for (int i = 0; i < lines - 1; i++)
            add_line(acc, rows[count + i] + at, tap + count + i, i + 1, lines);
    } else if (count == 7 && lines > 7) {
        add_span(acc, rows, at, tap, 7, lines);
    } else if (count == 6 && lines > 6) {
        add_span(acc, rows, at, tap, 6, lines);
    } else if (count == 5 && lines > 5) {
        add_span(acc, rows, at, tap, 5, lines);
    } else if (count == 4 && lines > 4) {
        add_span(acc, rows, at, tap, 4, lines);
    } else if (count == 3) {
        add_span(acc, rows, at, tap, 3, lines);
    } else if (count == 2) {
        add_span(acc, rows, at, tap, 2, lines);
    } else {
        add_span(acc, rows, at, tap, 1, lines);
    }
}
#else
/* The same in spans of taps: registers have no room for all. */
TILE_LOOP add_taps(
    line_vec *acc, const char *const *rows, Py_ssize_t at, const real *tap, Py_ssize_t count,
    int lines)
{
    for (; count >= SPAN; count -= SPAN) {
        add_span(acc, rows, at, tap, SPAN, lines);
        rows += SPAN;
        tap += SPAN;
    }
    if (SPAN > 4 && count == 4)
        add_span(acc, rows, at, tap, 4, lines);
    else if (count == 3)
        add_span(acc, rows, at, tap, 3, lines);
    else if (count == 2)
        add_span(acc, rows, at, tap, 2, lines);
    else if (count == 1)
        add_span(acc, rows, at, tap, 1, lines);
}
#endif

/* Adds the products of `lines` outputs with symmetric taps, or antisymmetric ones, from both ends
 * to the middle. The lines under the two taps of a pair move towards each other: each line is
 * loaded once for each of the two. */
TILE_LOOP add_folded(
    line_vec *acc, const char *const *rows, Py_ssize_t at, const real *tap, Py_ssize_t count,
    int lines, int fold)
{
    line_vec first[LINES], last[LINES];
    Py_ssize_t pairs = count / 2;
    if (count % 2) {
        line_vec weight = broadcast_line(tap[pairs]);
        UNROLL
        for (int r = 0; r < lines; r++)
            acc[r] = add_product(acc[r], weight, load_line(rows[pairs + r] + at));
    }
    UNROLL
    for (int r = 0; r < lines; r++) {
        first[r] = pin_line(load_line(rows[r] + at));
        last[r] = pin_line(load_line(rows[count - 1 + r] + at));
    }
    for (Py_ssize_t s = 0;; s += lines) {
        UNROLL
        for (int i = 0; i < lines; i++) {
            if (s + i == pairs)
                return;
            line_vec weight = broadcast_line(tap[s + i]);
            UNROLL
            for (int r = 0; r < lines; r++) {
                line_vec one = first[(r + i) % lines], other = last[(r - i + lines) % lines];
                acc[r] = add_product(acc[r], weight, fold > 0 ? one + other : one - other);
            }
            first[i] = pin_line(load_line(rows[s + i + lines] + at));
            last[lines - 1 - i] = pin_line(load_line(rows[count - 2 - s - i] + at));
        }
    }
}

/* The same for few taps, a constant: each line is loaded once for all outputs. */
TILE_LOOP add_folded_span(
    line_vec *acc, const char *const *rows, Py_ssize_t at, const real *tap, int span, int lines,
    int fold)
{
    line_vec values[LINES + MOST_FOLDED - 1];
    UNROLL
    for (int i = 0; i < span + lines - 1; i++)
        values[i] = pin_line(load_line(rows[i] + at));
    if (span % 2) {
        line_vec weight = broadcast_line(tap[span / 2]);
        UNROLL
        for (int r = 0; r < lines; r++)
            acc[r] = add_product(acc[r], weight, values[r + span / 2]);
    }
    UNROLL
    for (int s = 0; s < span / 2; s++) {
        line_vec weight = broadcast_line(tap[s]);
        UNROLL
        for (int r = 0; r < lines; r++) {
            line_vec one = values[r + s], other = values[r + span - 1 - s];
            acc[r] = add_product(acc[r], weight, fold > 0 ? one + other : one - other);
        }
    }
}

/* Prefetches so much of each line ahead as a tile has. */
static inline void prefetch_lines(const Ahead *ahead, Py_ssize_t first)
{
    const char *line = ahead->data + first * ahead->size;
    for (Py_ssize_t l = 0; l < ahead->lines; l++) {
        for (Py_ssize_t i = 0; i < COLUMNS * ahead->size; i += 64)
            prefetch_for_later(line + i);
        line += ahead->stride;
    }
}

TILE_LOOP put_lines(
    char **out, const line_vec *acc, Py_ssize_t first, Py_ssize_t outputs, int lines, int vectors,
    int streams)
{
    UNROLL
    for (int r = 0; r < lines; r++) {
        real *line = (real *)out[r] + first;
        if (r >= outputs)
            break;
        UNROLL
        for (int c = 0; c < vectors; c++) {
            if (streams)
                stream_line(line + c * LINE_LANES, acc[r * vectors + c]);
            else
                memcpy(line + c * LINE_LANES, &acc[r * vectors + c], sizeof(line_vec));
        }
    }
}

TILE_LOOP sum_tiles(
    char **out, const char **rows, Py_ssize_t at, const real *taps, Py_ssize_t count, Py_ssize_t n,
    Py_ssize_t outputs, int streams, const Ahead *ahead, int lines, int fold)
{
    for (Py_ssize_t j = 0; j < n; j += COLUMNS) {
        line_vec acc[LINES * LINE_VECTORS];
        if (j > n - COLUMNS)
            j = n - COLUMNS;
        if (ahead->lines)
            prefetch_lines(ahead, j);
        UNROLL
        for (int i = 0; i < lines * LINE_VECTORS; i++)
            acc[i] = broadcast_line(0);
        if (fold) {
            /* registers have room for the lines of one vector */
            for (int c = 0; c < LINE_VECTORS; c++) {
                line_vec sums[LINES];
                const Py_ssize_t k = j + c * LINE_LANES;
                UNROLL
                for (int r = 0; r < lines; r++)
                    sums[r] = broadcast_line(0);
                const Py_ssize_t place = at + k * (Py_ssize_t)sizeof(real);
                if (count == 3)
                    add_folded_span(sums, rows, place, taps, 3, lines, fold);
                else if (count == 5)
                    add_folded_span(sums, rows, place, taps, 5, lines, fold);
                else
                    add_folded(sums, rows, place, taps, count, lines, fold);
                put_lines(out, sums, k, outputs, lines, 1, streams);
            }
        } else {
            add_taps(acc, rows, at + j * (Py_ssize_t)sizeof(real), taps, count, lines);
            put_lines(out, acc, j, outputs, lines, LINE_VECTORS, streams);
        }
    }
}

/* Sums `n` reals, at least COLUMNS, of up to LINES lines. The last tile overlaps the one
 * before. There are LINES - 1 more input lines than taps. With `streams`, lines of outputs are
 * whole cache lines, which go past the caches. Lines that are read later are prefetched
 * meanwhile. */
static void sum_rows(
    char **out, const char **rows, Py_ssize_t at, const Taps *taps, Py_ssize_t n,
    Py_ssize_t outputs, int streams, const Ahead *ahead)
{
    const real *tap = (const real *)taps->data;
    const int fold = taps->fold;
#define SUM_TILES(lines, fold) \
    sum_tiles(out, rows, at, tap, taps->count, n, outputs, streams, ahead, lines, fold)
    if (outputs > LINES / 2) {
        if (fold > 0)
            SUM_TILES(LINES, 1);
        else if (fold)
            SUM_TILES(LINES, -1);
        else
            SUM_TILES(LINES, 0);
    } else {
        if (fold > 0)
            SUM_TILES(LINES / 2, 1);
        else if (fold)
            SUM_TILES(LINES / 2, -1);
        else
            SUM_TILES(LINES / 2, 0);
    }
#undef SUM_TILES
}

#endif
