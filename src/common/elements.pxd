# Numbers that the planner and the compiled engines share.

cdef extern from "elements.h" nogil:
    enum:
        UINT8
        INT8
        UINT16
        INT16
        UINT32
        INT32
        UINT64
        INT64
        FLOAT16
        FLOAT32
        FLOAT64
        LONGDOUBLE
        ELEMENTS                # how many there are
    const char** ELEMENT_NAMES

# How a computed number becomes a sample of the output.
cdef enum Storing:
    SAME, TRUTH, BYTE, HALF, SINGLE

cdef enum:
    MOST_AXES = 65              # 64 of an array, and one more of a four-step transform
    NONE = -1                   # no such axis
