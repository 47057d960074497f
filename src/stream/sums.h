/* Sums of the first taps of a stream, for a few outputs: neighbours in lanes, or, of fewer
 * outputs than half a vector, neighbouring taps in lanes.
 */
#ifndef PYCONVOLVE_SUMS_H
#define PYCONVOLVE_SUMS_H

#include "dots.h"

/* Adds sums of `count` taps to `vectors` vectors of outputs. The taps are reversed, and
 * `x` is the sample under the first of them for the first output. Each of `chains` sums has
 * every `chains`-th product of an output, to hide the latency of sums. */
TILE_LOOP sum_vectors(
    real *y, const real *x, const real *taps, Py_ssize_t count, int vectors, int chains)
{
    vec acc[8];
    Py_ssize_t k = 0;
    UNROLL
    for (int i = 0; i < vectors * chains; i++)
        acc[i] = broadcast(0);
    for (; k + chains <= count; k += chains)
        UNROLL
        for (int c = 0; c < chains; c++) {
            vec tap = broadcast(taps[k + c]);
            UNROLL
            for (int v = 0; v < vectors; v++)
                acc[c * vectors + v] =
                    multiply_add(acc[c * vectors + v], tap, load(x + k + c + v * LANES));
        }
    for (; k < count; k++) {
        vec tap = broadcast(taps[k]);
        UNROLL
        for (int v = 0; v < vectors; v++)
            acc[v] = multiply_add(acc[v], tap, load(x + k + v * LANES));
    }
    UNROLL
    for (int v = 0; v < vectors; v++) {
        vec sum = load(y + v * LANES);
        UNROLL
        for (int c = 0; c < chains; c++)
            sum = sum + acc[c * vectors + v];
        store(y + v * LANES, sum);
    }
}

#endif
