/* Large pages, where the operating system has them. */
#ifndef PYCONVOLVE_PAGES_H
#define PYCONVOLVE_PAGES_H

#if defined(__linux__)
#include <sys/mman.h>
#endif

#define CACHE_LINE ((Py_ssize_t)64)
#if defined(MADV_HUGEPAGE)
#define HUGE_PAGE ((Py_ssize_t)1 << 21)
#define use_huge_pages(start, size) ((void)madvise((start), (size), MADV_HUGEPAGE))
#else
#define HUGE_PAGE CACHE_LINE
#define use_huge_pages(start, size) ((void)(start), (void)(size))
#endif

#endif
