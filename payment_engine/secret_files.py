"""Settings from files: a folder with one file per setting, as secrets are mounted in containers."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic_settings import NestedSecretsSettingsSource, PydanticBaseSettingsSource

VARIABLE = "PE_SECRETS_DIR"


class UnreadableSecrets(Exception):
    """The folder, or a file in it, cannot be read; the message says what would be right."""


def with_files(
    files: PydanticBaseSettingsSource, folder: str | None
) -> tuple[PydanticBaseSettingsSource, ...]:
    """The source of settings from the files of ``folder``; none without a folder."""
    if not folder:
        return ()
    source: Any = NestedSecretsSettingsSource
    return (source(files, secrets_dir=folder, secrets_dir_missing="error"),)


def names_in_files(environ: Mapping[str, str], prefix: str) -> list[str]:
    """The names of the settings that are in files, in capitals. Raises UnreadableSecrets.

    Files that do not begin with the prefix are somebody else's, and hidden ones are how Kubernetes
    replaces a folder at once.
    """
    folder = environ.get(VARIABLE)
    if not folder:
        return []
    path = Path(folder)
    if not path.is_dir():
        raise UnreadableSecrets("no such folder: name one with a file for each secret")
    names = sorted(each.name for each in path.iterdir() if each.name.upper().startswith(prefix))
    for name in names:
        if not os.access(path / name, os.R_OK):
            raise UnreadableSecrets(f"{name} may not be read by this process: chmod 444 it")
    return [name.upper() for name in names]
