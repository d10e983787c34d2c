"""How often Python's garbage collector stops a process."""

import atexit
import gc
import linecache

_ALLOCATIONS = 50_000
"""Objects made since the last collection that start the next one; 700 is Python's default."""
_YOUNG, _MIDDLE = 20, 50
"""Collections of one generation before the next older one is collected as well."""


def begin() -> None:
    """Collect rarely from now on, and not when the process ends.

    Imports make hardly any garbage, but looking for it takes a third of the time of a short
    command: half of that while modules are imported, half when all is searched again at the end.
    """
    gc.set_threshold(_ALLOCATIONS, _YOUNG, _MIDDLE)
    atexit.register(gc.freeze)


def settle() -> None:
    """Exempt what start-up made from every later collection, and collect less often.

    A full collection of all modules, routes and models stops the loop for more than 50 ms.
    Requests make few cycles; rarer collections cost at most some 20 MB. The garbage of
    start-up, some thousand objects, stays: a collection that finds it takes 100 ms of each start.
    Sanic has read sources to rewrite its own methods; whoever prints a traceback reads them again.
    """
    linecache.clearcache()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, _YOUNG, _MIDDLE)
