"""Languages beside Python: what runs them, what of the machine that needs, and how a function of theirs is called."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NamedTuple

COMPILERS = {"cpp": "g++", "javascript": "node"}
"""What runs each language."""
_HERE = Path(__file__).parent
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ALWAYS = ("/usr/lib64", "/lib64")
"""Where the loader of programs is looked for."""
_FOR_CPP = ("/usr/bin", "/usr/include", "/usr/lib/gcc", "/usr/libexec/gcc")
_BOOT = (
    'const M=require("module"),m=new M("solution.js",null);m.filename="/solution.js";m.paths=[];process.mainModule=m;'
    'm._compile(require("fs").readFileSync(5,"utf8"),"/solution.js")'
)
"""Runs the script of descriptor 5 as the main module: there may be no /proc to name a descriptor by."""
_ENVIRONMENT = {"PATH": "/usr/bin", "TMPDIR": ".", "LANG": "C.UTF-8", "OPENSSL_CONF": "/dev/null"}


class NotCallable(Exception):
    """A language has no such call of a function."""


class Toolchain(NamedTuple):
    """What runs a language."""

    language: str
    path: str
    """Of the compiler or the interpreter."""
    visible: list[str]
    """Places that its programs may read and execute, beside the standard libraries."""

    @property
    def compiles(self) -> bool:
        """Whether a program is compiled first."""
        return self.language == "cpp"

    def compiling(self) -> dict[str, object]:
        """What a run is told that compiles the program on its standard input."""
        command = ["g++", "-std=gnu++20", "-O2", "-fmax-errors=1", "-x", "c++", "-o", "program", "-"]
        return {"path": self.path, "argv": command, "environment": _ENVIRONMENT, "executing": "freely"}

    def running(self, memory_mb: int) -> dict[str, object]:
        """What a run is told that runs a program: a compiled one in its place, or a script in descriptor 5."""
        if self.compiles:
            return {"path": None, "argv": ["program"], "environment": _ENVIRONMENT, "executing": "once"}
        command = ["node", f"--max-old-space-size={memory_mb}", "-e", _BOOT]
        return {"path": self.path, "argv": command, "environment": _ENVIRONMENT, "executing": "once", "reserves": True}

    def with_calls(self, program: str, entry_point: str) -> str:
        """The program with what calls a function of it for each list of arguments on its standard input.

        Raises:
            NotCallable: the function has no name that the language knows.
        """
        if _IDENTIFIER.fullmatch(entry_point) is None:
            raise NotCallable(f"{entry_point!r} is no name of a function")
        if self.language == "javascript":
            harness = (_HERE / "harness.js").read_text(encoding="utf-8")
            return program + harness.replace("ENTRY_POINT", entry_point)
        harness = (_HERE / "harness.cpp").read_text(encoding="utf-8")
        return (
            f'{harness}\n#define main main_of_the_program\n#line 1 "solution.cpp"\n{program}\n'
            f"#undef main\n#undef int\nint main() {{ return tracestill::serve(&{entry_point}); }}\n"
        )


def toolchain(language: str) -> Toolchain | None:
    """What runs a language here; null where it is not installed."""
    found = shutil.which(COMPILERS[language])
    if found is None:
        return None
    path = Path(found).resolve()
    wanted = [*_ALWAYS, *_FOR_CPP] if language == "cpp" else [*_ALWAYS, str(path)]
    if Path("/usr") not in path.parents and language == "cpp":
        wanted.append(str(path.parents[1]))
    return Toolchain(language, str(path), [place for place in wanted if Path(place).exists()])
