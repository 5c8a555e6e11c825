"""Builds the wheel with the page's assets in it; everything else about the package is in pyproject.toml."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

VIEWING = Path(__file__).parent / "pipeline" / "viewing"


class BuildWithAssets(build_py):
    """Takes the assets where they are missing. An editable install does without them until `make assets`."""

    def run(self) -> None:
        """Build, with a loud word where the page will have to show mathematics and code as text."""
        if not self.editable_mode and not (VIEWING / "assets").exists():
            try:
                runpy.run_path(str(VIEWING / "take_assets.py"))["take"]()
            except (OSError, subprocess.CalledProcessError) as error:
                sys.stderr.write(f"warning: the wheel has no assets of the page ({error}); `make assets` takes them\n")
        super().run()


setup(cmdclass={"build_py": BuildWithAssets})
