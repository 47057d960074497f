"""Which instruction sets this CPU, with its operating system, can run, and its model."""

cdef extern from *:
    """
    #include <string.h>
    #if defined(__x86_64__) && defined(__GNUC__)
    #include <cpuid.h>
    static void cpu_words(unsigned leaf, unsigned words[4]) {
        memset(words, 0, 4 * sizeof *words);
        __get_cpuid(leaf, &words[0], &words[1], &words[2], &words[3]);
    }
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
    static void cpu_words(unsigned leaf, unsigned words[4]) {
        __cpuidex((int *)words, (int)leaf, 0);
    }
    static int cpu_bit(int leaf, int word, int bit) {
        unsigned words[4];
        cpu_words(leaf, words);
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
    static void cpu_words(unsigned leaf, unsigned words[4]) {
        (void)leaf;
        memset(words, 0, 4 * sizeof *words);
    }
    static int cpu_runs_v2(void) { return 0; }
    static int cpu_runs_v3(void) { return 0; }
    static int cpu_runs_v4(void) { return 0; }
    #endif
    """
    void cpu_words(unsigned leaf, unsigned* words) nogil
    bint cpu_runs_v2() nogil
    bint cpu_runs_v3() nogil
    bint cpu_runs_v4() nogil


def runs(str name):
    """Tell whether this CPU runs the instruction set called `name`."""
    if name in ("v4", "v4_512"):
        return cpu_runs_v4()
    if name == "v3":
        return cpu_runs_v3()
    if name == "v2":
        return cpu_runs_v2()
    return name == "baseline"


def identity():
    """Return vendor, family and model as CPUID tells them; elsewhere '', 0 and 0."""
    cdef unsigned words[4]
    cdef unsigned family, model
    cpu_words(0, words)
    # the vendor's letters are in EBX, EDX and ECX, in this order
    vendor = b"".join([words[i].to_bytes(4, "little") for i in (1, 3, 2)])
    cpu_words(1, words)
    family, model = words[0] >> 8 & 15, words[0] >> 4 & 15
    # Intel SDM, volume 2A, CPUID: the extended family and model
    if family == 15:
        family += words[0] >> 20 & 255
    if family == 6 or family >= 15:
        model += (words[0] >> 16 & 15) << 4
    return vendor.decode("ascii", "replace").strip("\0"), family, model
