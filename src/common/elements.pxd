# Numbers that the planner and the compiled engines share. Types of samples that only
# convert.pxd treats differently are named there.

from libc.stdint cimport uint8_t

cdef extern from "elements.h" nogil:
    enum:
        INT64                   # the last integer
        ELEMENTS                # how many types there are
        SAME
        SINGLE
        TRUTH
        STORINGS                # how many ways to store there are
    const char** ELEMENT_NAMES
    const char** STORING_NAMES
    const uint8_t* ELEMENT_BYTES

cdef enum:
    MOST_AXES = 65              # 64 of an array, and one more of a four-step transform
    NONE = -1                   # no such axis
