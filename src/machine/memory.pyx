"""A pool of memory for large arrays.

The operating system clears every page that it hands out, which for a large result takes
as long as a small convolution. So arrays made here give their memory back to a pool,
from which the next array of about that size takes it. The environment variable
PYCONVOLVE_POOL=0 turns that off.
"""

import os

import numpy as np

from common.pages cimport allocate, header_of, release
from cpython.pycapsule cimport PyCapsule_New
from cpython.pythread cimport (
    NOWAIT_LOCK, WAIT_LOCK, PyThread_acquire_lock, PyThread_allocate_lock,
    PyThread_release_lock, PyThread_type_lock,
)
from libc.string cimport memcmp, memcpy, memmove, memset, strcpy

cdef extern from "numpy/arrayobject.h":
    ctypedef struct PyDataMemAllocator:
        void* ctx
        void* (*malloc)(void* ctx, size_t size) noexcept
        void* (*calloc)(void* ctx, size_t number, size_t size) noexcept
        void* (*realloc)(void* ctx, void* start, size_t size) noexcept
        void (*free)(void* ctx, void* start, size_t size) noexcept
    ctypedef struct PyDataMem_Handler:
        char name[127]
        unsigned char version
        PyDataMemAllocator allocator
    ctypedef struct PyArrayObject:
        pass
    const void* PyArray_DATA(const PyArrayObject* array)
    Py_ssize_t PyArray_NBYTES(const PyArrayObject* array)
    int _import_array() except -1
    object PyDataMem_SetHandler(object handler)

cdef enum:
    LEAST_POOLED = 1 << 20          # bytes of an array whose memory goes to the pool
    MOST_POOLED = 1 << 27           # bytes of the whole pool
    SLOTS = 16

cdef struct Pool:
    PyThread_type_lock lock
    int number
    Py_ssize_t bytes
    void* start[SLOTS]              # addresses, the oldest first

cdef Pool pool
cdef Py_ssize_t most_pooled = 0 if os.environ.get("PYCONVOLVE_POOL") == "0" else MOST_POOLED

LEAST = LEAST_POOLED


cdef void* drop(int slot) noexcept:
    """Take a slot out of the pool."""
    cdef void* start = pool.start[slot]
    pool.number -= 1
    pool.bytes -= header_of(start).size
    memmove(
        &pool.start[slot], &pool.start[slot + 1], (pool.number - slot) * sizeof(void*)
    )
    return start


cdef void* take(void* _context, size_t size) noexcept:
    cdef Py_ssize_t wanted = size, found = 0, length
    cdef int slot = -1, i
    cdef void* start = NULL
    PyThread_acquire_lock(pool.lock, WAIT_LOCK)
    for i in range(pool.number):
        length = header_of(pool.start[i]).size
        if wanted <= length <= wanted + wanted // 4 and (slot < 0 or length < found):
            slot, found = i, length
    if slot >= 0:
        start = drop(slot)
    PyThread_release_lock(pool.lock)
    if start == NULL:
        start = allocate(wanted)
    if start == NULL and empty_pool():
        start = allocate(wanted)
    return start


cdef void* take_zeroed(void* context, size_t number, size_t size) noexcept:
    cdef void* start = take(context, number * size)
    if start != NULL:
        memset(start, 0, number * size)
    return start


cdef void* take_instead(void* context, void* start, size_t size) noexcept:
    cdef void* other = take(context, size)
    if other != NULL and start != NULL:
        memcpy(other, start, min(<Py_ssize_t>size, header_of(start).size))
        give(context, start, 0)
    return other


cdef void give(void* _context, void* start, size_t _size) noexcept:
    cdef Py_ssize_t length
    if start == NULL:
        return
    length = header_of(start).size
    if not LEAST_POOLED <= length <= most_pooled:
        release(start)
        return
    PyThread_acquire_lock(pool.lock, WAIT_LOCK)
    while pool.number == SLOTS or pool.bytes + length > most_pooled:
        release(drop(0))
    pool.start[pool.number] = start
    pool.number += 1
    pool.bytes += length
    PyThread_release_lock(pool.lock)


cdef bint empty_pool() noexcept:
    """Give all memory back to the system; false if there was none."""
    cdef bint was_filled
    PyThread_acquire_lock(pool.lock, WAIT_LOCK)
    was_filled = pool.number > 0
    while pool.number:
        release(drop(0))
    PyThread_release_lock(pool.lock)
    return was_filled


def clear_pool():
    """Give all memory of the pool back to the system."""
    empty_pool()


def forget_other_threads():
    """Free the lock that a thread held while the process was forked, in the child."""
    if PyThread_acquire_lock(pool.lock, NOWAIT_LOCK):
        PyThread_release_lock(pool.lock)
        return
    # the thread may have been changing the list of slots
    pool.number = 0
    pool.bytes = 0
    pool.lock = PyThread_allocate_lock()


cdef PyDataMem_Handler handler
strcpy(handler.name, "pyconvolve")
handler.version = 1
handler.allocator.ctx = NULL
handler.allocator.malloc = take
handler.allocator.calloc = take_zeroed
handler.allocator.realloc = take_instead
handler.allocator.free = give
pool.lock = PyThread_allocate_lock()
_import_array()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_other_threads)
cdef object ours = PyCapsule_New(&handler, "mem_handler", NULL)


def empty(tuple shape, dtype):
    """Return an array like numpy.empty's; memory of a large one comes from the pool."""
    cdef Py_ssize_t length, size = dtype.itemsize
    for length in shape:
        size *= length
    if not LEAST_POOLED <= size <= MOST_POOLED or dtype.hasobject:
        return np.empty(shape, dtype)
    usual = PyDataMem_SetHandler(ours)
    try:
        return np.empty(shape, dtype)
    finally:
        PyDataMem_SetHandler(usual)


def same_bytes(first, second):
    """Tell whether C-contiguous arrays of as many bytes hold the same ones."""
    cdef const void* start = PyArray_DATA(<PyArrayObject*>first)
    cdef const void* other = PyArray_DATA(<PyArrayObject*>second)
    cdef Py_ssize_t length = PyArray_NBYTES(<PyArrayObject*>first)
    cdef bint same
    with nogil:
        same = memcmp(start, other, length) == 0
    return same
