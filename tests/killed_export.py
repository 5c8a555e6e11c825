"""Exports workspaces and kills itself on the way: ``killed_export.py CONFIG:MOMENT... KEY=VALUE...``.

A moment is the number of a change to the disk that concerns the export; the process dies by SIGKILL before that one.
Each is a process of its own, forked once all is imported. At moment -1 nothing dies, and the changes are printed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.stages.export import export
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

CHANGES = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}


def run(config: str, moment: int, sets: list[str]) -> None:
    seen: list[str] = []

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in CHANGES or "exports" not in str(arguments[0]) + str(arguments[1:2]):
            return
        if event == "open" and not set(str(arguments[1])) & set("wa"):
            return
        if len(seen) == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        seen.append(f"{event} {Path(str(arguments[0])).name}")

    sys.addaudithook(look)
    with start(open_plan(Path(config), sets), Stop()) as job:
        export(job)
    if moment == -1:
        os.write(1, ("\n".join(seen) + "\n").encode())


if __name__ == "__main__":
    options = [argument for argument in sys.argv[1:] if "=" in argument]
    pairs = [argument for argument in sys.argv[1:] if "=" not in argument]
    open_plan(Path(pairs[0].rpartition(":")[0]), options)  # what that imports, no child has to import again
    for pair in pairs:
        place, _, number = pair.rpartition(":")
        if (child := os.fork()) == 0:
            run(place, int(number), options)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFEXITED(status) if number == "-1" else os.WIFSIGNALED(status), f"{pair}: {status}"
