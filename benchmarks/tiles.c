/* Times one register tile; tiles.py compiles this for several tiles. */
#include <stddef.h>
typedef ptrdiff_t Py_ssize_t;
#include "simd.h"
#include "tile.h"
#include <stdio.h>
#include <time.h>

/* Outputs fill all tiles of vectors of up to 64 bytes; the window stays in the L2 cache. */
enum {
    SIDE = 3 * SPANNED,
    COLUMNS = 3 * SIDE,
    HEIGHT = 240,
    WIDTH = 192,
    PITCH = WIDTH + SIDE + 13
};
static real window[(HEIGHT + SIDE + 8) * PITCH], outputs[(HEIGHT + 8) * WIDTH];
static real taps[SIDE * SIDE];
static Py_ssize_t offsets[COLUMNS];

__attribute__((noinline)) static void sum_strip(const real *x, real *target)
{
    const Py_ssize_t step = TILE_VECTORS * LANES;
    vec acc[TILE_ROWS * TILE_VECTORS], column[SPANNED];
    for (Py_ssize_t at = 0; at + step <= WIDTH; at += step) {
        clear_tile(acc, TILE_VECTORS);
        add_columns(acc, column, x + at, offsets, taps, COLUMNS, PITCH, LANES,
                    TILE_VECTORS, SPANNED);
        write_tile(acc, target + at, WIDTH, LANES, TILE_VECTORS, 0);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

int main(void)
{
    double best = 1e9, taken;
    Py_ssize_t rows = HEIGHT / TILE_ROWS * TILE_ROWS;
    Py_ssize_t columns = WIDTH / (TILE_VECTORS * LANES) * TILE_VECTORS * LANES;
    for (Py_ssize_t i = 0; i < COLUMNS; i++)
        offsets[i] = i / SIDE * SPANNED * PITCH + i % SIDE;
    for (Py_ssize_t i = 0; i < SIDE * SIDE; i++)
        taps[i] = (real)1 / (i + 1);
    for (int run = 0; run < 1500; run++) {
        double start = seconds();
        for (Py_ssize_t row = 0; row < rows; row += TILE_ROWS)
            sum_strip(window + row * PITCH, outputs + row * WIDTH);
        taken = seconds() - start;
        best = taken < best ? taken : best;
    }
    printf("%g\n", 2.0 * SIDE * SIDE * rows * columns / best);
    return 0;
}
