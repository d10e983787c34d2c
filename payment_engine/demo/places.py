"""Where a folder can lie when root must share it with an account that has less rights."""

import hashlib
import os
from pathlib import Path

from payment_engine.demo.process import Account

_SHARED = Path("/var/tmp")  # noqa: S108 - only below a folder proven to be ours


class NotOurs(Exception):
    """A folder that should be ours belongs to somebody else; the message names it."""


def reachable(folder: Path, account: Account) -> bool:
    """Whether the account may enter every folder on the way and the folder itself."""
    wanted = folder if folder.exists() else folder.parent
    return all(_may_enter(step, account) for step in (wanted, *wanted.parents))


def place_for(folder: Path, account: Account | None) -> Path:
    """The folder itself, or a stand-in of its own where the account cannot reach it.

    Nobody's permissions are loosened: a 0700 home stays closed. The stand-in's name depends
    on the folder's path alone, so a later run finds it again. Raises NotOurs.
    """
    if account is None or reachable(folder.parent, account):
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    root = _SHARED / f"payment-engine-{os.geteuid()}"
    root.mkdir(exist_ok=True)
    if root.is_symlink() or root.stat().st_uid != os.geteuid():
        raise NotOurs(f"{root} belongs to another account: remove it or set PE_RUN_DIR")
    root.chmod(0o755)
    return root / f"{folder.name}-{name}"


def _may_enter(folder: Path, account: Account) -> bool:
    try:
        status = folder.stat()
    except FileNotFoundError:
        return True
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & (0o010 if status.st_gid == account.gid else 0o001))
