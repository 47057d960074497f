# Ctrl-C, and the wish of other threads to stop, looked for after so much work.

from common.array cimport data_of

cdef extern from "Python.h":
    int PyErr_CheckSignals()

cdef enum Outcome:
    DONE
    STOPPED                     # another thread failed or was interrupted
    INTERRUPTED                 # a Python exception is set
    NOT_FINITE                  # a tap that had to be finite is not

cdef struct Poll:
    const long long* stop       # not zero once the run is to end; NULL: nobody stops it
    Py_ssize_t interval         # units of work between two polls
    Py_ssize_t until_poll       # units left until the next one
    Outcome outcome


cdef inline void start_poll(Poll* poll, object stop, Py_ssize_t interval) noexcept:
    """`stop`: an array of one integer, or None."""
    poll.stop = NULL
    if stop is not None:
        poll.stop = <const long long*>data_of(stop)
    poll.interval = poll.until_poll = interval
    poll.outcome = DONE


cdef inline bint is_stopped(const Poll* poll) noexcept nogil:
    return poll.outcome != DONE or poll.stop != NULL and poll.stop[0] != 0


cdef inline void count_work(Poll* poll, Py_ssize_t units) noexcept nogil:
    """Count units of work that are about to be done, and poll when it is time."""
    poll.until_poll -= units
    if poll.until_poll > 0:
        return
    poll.until_poll = poll.interval
    if poll.stop != NULL and poll.stop[0]:
        poll.outcome = STOPPED
        return
    with gil:
        if PyErr_CheckSignals():
            poll.outcome = INTERRUPTED


cdef inline int raise_pending() except -1:
    return -1


cdef inline int raise_outcome(const Poll* poll) except -1:
    """Raise what ended the run early, if it is an error."""
    if poll.outcome == INTERRUPTED:
        raise_pending()
    if poll.outcome == NOT_FINITE:
        raise FloatingPointError("a tap is not finite")
    return 0
