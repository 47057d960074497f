/* Types of samples: their numbers, and their names in Python. This is the only list. */
#ifndef PYCONVOLVE_ELEMENTS_H
#define PYCONVOLVE_ELEMENTS_H

#define FOR_EACH_ELEMENT(row) \
    row(UINT8, "uint8") row(INT8, "int8") row(UINT16, "uint16") row(INT16, "int16") \
    row(UINT32, "uint32") row(INT32, "int32") row(UINT64, "uint64") row(INT64, "int64") \
    row(FLOAT16, "float16") row(FLOAT32, "float32") row(FLOAT64, "float64") \
    row(LONGDOUBLE, "longdouble")

#define ELEMENT_NUMBER(number, name) number,
#define ELEMENT_NAME(number, name) name,
enum { FOR_EACH_ELEMENT(ELEMENT_NUMBER) ELEMENTS };
static const char *const ELEMENT_NAMES[] = {FOR_EACH_ELEMENT(ELEMENT_NAME)};

#endif
