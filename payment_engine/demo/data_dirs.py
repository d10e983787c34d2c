"""Folders that root can share with the account PostgreSQL runs as.

PostgreSQL refuses to run as root, so root runs it as another account. That account can read
nothing below a folder such as /root, which only its owner may enter: what it needs then goes
into a stand-in below /var/tmp. Nobody's permissions are loosened.
"""

import hashlib
import os
from pathlib import Path

from payment_engine.demo.process import Account

_SHARED = Path("/var/tmp")  # noqa: S108 - only below a folder proven to be ours


class NotOurs(Exception):
    """A folder that should be ours belongs to somebody else; the message names it."""


def reachable(folder: Path, account: Account) -> bool:
    """Whether the account may enter every folder on the way and the folder itself."""
    target = folder if folder.exists() else folder.parent
    return all(_may_enter(step, account) for step in (target, *target.parents))


def shared_dir(folder: Path, account: Account | None) -> Path:
    """The folder itself, or its stand-in where the account cannot reach it.

    The stand-in's name depends on the folder's path alone, so a later run finds it again.
    Raises NotOurs.
    """
    if account is None or reachable(folder.parent, account):
        return folder
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    root = _SHARED / f"payment-engine-{os.geteuid()}"
    root.mkdir(exist_ok=True)
    if root.is_symlink() or root.stat().st_uid != os.geteuid():
        raise NotOurs(f"{root} belongs to another account: remove it or set PE_RUN_DIR")
    root.chmod(0o755)
    return root / f"{folder.name}-{digest}"


def claimed(folder: Path, stand_in: Path) -> bool:
    """Whether the stand-in's data belongs to this folder and not to one that was removed.

    A link beside the folder tells: it is gone with whatever contained the folder.
    """
    link = _link(folder)
    return folder == stand_in or (link.is_symlink() and link.readlink() == stand_in)


def claim(folder: Path, stand_in: Path) -> None:
    """Leave the link that tells whose data the stand-in has."""
    if not claimed(folder, stand_in):
        link = _link(folder)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(stand_in)


def _link(folder: Path) -> Path:
    """Beside it, as the folder may be there itself, from before its parent was closed."""
    return folder.with_name(f"{folder.name}-stand-in")


def _may_enter(folder: Path, account: Account) -> bool:
    try:
        status = folder.stat()
    except FileNotFoundError:
        return True
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & (0o010 if status.st_gid == account.gid else 0o001))
