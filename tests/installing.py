"""What installing a package with entry points leaves behind."""

from collections.abc import Mapping
from pathlib import Path


def install(folder: Path, name: str, entry_points: Mapping[str, str]) -> None:
    """Metadata of the package ``name``; each group has one entry point, called ``name``."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = (f"[{group}]\n{name} = {value}\n" for group, value in entry_points.items())
    (metadata / "entry_points.txt").write_text("\n".join(lines))
