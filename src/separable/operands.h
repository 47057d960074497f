/* Operands of sums over lines. */
#ifndef PYCONVOLVE_OPERANDS_H
#define PYCONVOLVE_OPERANDS_H

/* Taps of an axis. */
typedef struct {
    const char *data;
    Py_ssize_t count;
    int fold; /* 1 if they are symmetric, -1 if they are antisymmetric, 0 if they are neither */
} Taps;

/* Lines of an array that are read later, and are prefetched. */
typedef struct {
    const char *data;
    Py_ssize_t stride; /* bytes between two lines */
    Py_ssize_t size; /* bytes of a number */
    Py_ssize_t lines;
} Ahead;

#endif
