"""How many connections a process may have open at once."""

import resource

MOST = 65_536


def allow_many() -> None:
    """Raise the limit of open files, connections included, as far as the system lets us.

    A thousand clients, or gateways that all hang, take more than the 1,024 that are usual.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
