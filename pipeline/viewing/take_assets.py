"""Takes what the page uses of others from npm, as package-lock.json names it. Run it as a program.

The files lie in assets/, which git ignores and the wheel holds, each package beside its licence. Nothing of Node runs
in the page's server. The Makefile calls this, and so does the build of the wheel where they are missing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
FOR_TESTS = HERE / "assets-for-tests"
FILES = {
    "htmx.org": ("dist/htmx.min.js",),
    "katex": ("dist/katex.min.js", "dist/katex.min.css", "dist/fonts/*.woff2"),
    "@highlightjs/cdn-assets": ("highlight.min.js",),
    "dompurify": ("dist/purify.min.js",),
    "uplot": ("dist/uPlot.iife.min.js", "dist/uPlot.min.css"),
}
"""By package, what is taken of it."""


def take(fetched: str | None = None) -> None:
    """Bring assets/ up to date.

    Args:
        fetched: a folder where npm has put the packages already; null has it fetch them.

    Raises:
        FileNotFoundError: npm is not installed.
        subprocess.CalledProcessError: npm could not fetch a package, or one is not what the lock file says.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        packages = Path(fetched or folder) / "node_modules"
        if fetched is None:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(HERE / name, place)
            subprocess.run(["npm", "ci", "--silent"], cwd=place, check=True)
        for package, patterns in FILES.items():
            _copy(packages / package, patterns, place / "assets" / package.rpartition("/")[2])
        _replace(place / "assets", ASSETS)
        _copy(packages / "axe-core", ("axe.min.js",), place / "for-tests")
        _replace(place / "for-tests", FOR_TESTS)


def _copy(package: Path, patterns: tuple[str, ...], target: Path) -> None:
    for pattern in (*patterns, "LICENSE"):
        for path in sorted(package.glob(pattern)):
            # dist/ is left out of the way; fonts/ stays, since the style sheet names it.
            place = target / path.relative_to(package / "dist" if pattern.startswith("dist/") else package)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def _replace(fresh: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(fresh, target)


if __name__ == "__main__":
    try:
        take()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"the page's assets could not be taken ({error}); npm 10 or later and its registry are needed")
