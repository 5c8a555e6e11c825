"""``python -m tracestill`` is the ``tracestill`` command."""

from __future__ import annotations

from .pipeline.cli import main  # pyright: ignore - the mapping of folders to packages is in pyproject.toml

if __name__ == "__main__":
    main()
