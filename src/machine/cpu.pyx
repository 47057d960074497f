"""Which instruction sets this CPU, with its operating system, can run."""

cdef extern from *:
    """
    #if defined(__x86_64__) && defined(__GNUC__)
    static int cpu_runs_v2(void) {
        return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    }
    static int cpu_runs_v3(void) {
        return cpu_runs_v2() && __builtin_cpu_supports("avx2")
            && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    }
    static int cpu_runs_v4(void) {
        return cpu_runs_v3() && __builtin_cpu_supports("avx512f")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    }
    #elif defined(_M_X64)
    #include <intrin.h>
    #include <immintrin.h>
    static int cpu_bit(int leaf, int word, int bit) {
        int words[4];
        __cpuidex(words, leaf, 0);
        return (words[word] >> bit) & 1;
    }
    #if defined(__clang__)
    __attribute__((target("xsave")))
    #endif
    static int os_saves(unsigned mask) {
        return cpu_bit(1, 2, 27) && (_xgetbv(0) & mask) == mask;
    }
    static int cpu_runs_v2(void) { return cpu_bit(1, 2, 20) && cpu_bit(1, 2, 23); }
    static int cpu_runs_v3(void) {
        return cpu_runs_v2() && os_saves(0x06) && cpu_bit(1, 2, 12)
            && cpu_bit(7, 1, 5) && cpu_bit(7, 1, 8);
    }
    static int cpu_runs_v4(void) {
        return cpu_runs_v3() && os_saves(0xe6) && cpu_bit(7, 1, 16)
            && cpu_bit(7, 1, 17) && cpu_bit(7, 1, 28) && cpu_bit(7, 1, 30)
            && cpu_bit(7, 1, 31);
    }
    #else
    static int cpu_runs_v2(void) { return 0; }
    static int cpu_runs_v3(void) { return 0; }
    static int cpu_runs_v4(void) { return 0; }
    #endif
    """
    bint cpu_runs_v2() nogil
    bint cpu_runs_v3() nogil
    bint cpu_runs_v4() nogil


def runs(str name):
    """Tell whether this CPU runs the instruction set called `name`."""
    if name == "v4":
        return cpu_runs_v4()
    if name == "v3":
        return cpu_runs_v3()
    if name == "v2":
        return cpu_runs_v2()
    return name == "baseline"
