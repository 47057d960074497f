# What planner and kernels tell each other by numbers.

# Types of samples.
cdef enum Element:
    UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64
    FLOAT16, FLOAT32, FLOAT64, LONGDOUBLE

# How a computed number becomes a sample of the output.
cdef enum Storing:
    SAME, TRUTH, BYTE, HALF, SINGLE

# Where a sample outside the array comes from.
cdef enum Rule:
    CONSTANT, CLAMP, FOLD

cdef enum:
    MOST_AXES = 64              # of an array, as NumPy has it
    NONE = -1                   # an axis that isn't there
