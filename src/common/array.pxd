# NumPy arrays as addresses and strides.

from common.elements cimport NONE
from common.pages cimport CACHE_LINE

cdef extern from "numpy/arrayobject.h" nogil:
    ctypedef struct PyArrayObject:
        pass
    void* PyArray_DATA(const PyArrayObject*)
    Py_ssize_t* PyArray_STRIDES(const PyArrayObject*)


cdef inline char* data_of(object array) noexcept:
    return <char*>PyArray_DATA(<PyArrayObject*>array)


cdef inline Py_ssize_t stride_of(object array, Py_ssize_t axis) noexcept:
    """Bytes between neighbours along an axis; 0 if the array has no such axis."""
    return 0 if axis == NONE else PyArray_STRIDES(<PyArrayObject*>array)[axis]


cdef inline char* aligned_data_of(object array) noexcept:
    """Address of the first whole cache line."""
    cdef char* start = data_of(array) + CACHE_LINE - 1
    return start - <Py_ssize_t>start % CACHE_LINE
