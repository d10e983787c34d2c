"""How often Python's garbage collector stops a process."""

import gc

_ALLOCATIONS = 50_000
"""Objects made since the last collection that start the next one; 700 is Python's default."""
_YOUNG, _MIDDLE = 20, 50
"""Collections of one generation before the next older one is collected as well."""


def settle() -> None:
    """Exempt what start-up made from every later collection, and collect less often.

    A full collection of all modules, routes and models stops the loop for more than 50 ms.
    Requests make few cycles; rarer collections cost at most some 20 MB.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, _YOUNG, _MIDDLE)
