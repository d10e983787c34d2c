"""Where the migrations are: inside the package that is installed, or at the repository's top level.

They are never found by the name ``migrations``, which any other folder on the path may have as
well: a folder without them would leave the database as it is, and nobody would know.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

MODULE = "payment_engine.migrations"


def load_migrations() -> ModuleType:
    """The package of the migrations, importable as ``payment_engine.migrations`` from now on.

    Raises ModuleNotFoundError if this is neither an installed package nor a repository.
    """
    if not any(isinstance(each, _InRepository) for each in sys.meta_path):
        sys.meta_path.append(_InRepository())
    return import_module(MODULE)


class _InRepository(MetaPathFinder):
    """Finds the migrations beside the package, once Python has not found them inside it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The migrations of the repository; None for any other module."""
        folder = Path(__file__).parents[2].joinpath("migrations")
        start = folder.joinpath("__init__.py")
        if fullname != MODULE or not start.exists():
            return None
        return spec_from_file_location(fullname, start, submodule_search_locations=[str(folder)])
