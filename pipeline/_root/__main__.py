"""``python -m tracestill`` is the ``tracestill`` command."""

from __future__ import annotations

from tracestill.pipeline.cli import main

if __name__ == "__main__":
    main()
