"""What Tracestill kept, as its own ``query`` command tells it."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import Any

from contenders import Work

TALLY = (
    "SELECT count(*) FILTER (error IS NULL) AS kept, count(DISTINCT trace_id) FILTER (error IS NULL) AS distinct_kept,"
    " count(DISTINCT problem_id) FILTER (error IS NULL) AS problems FROM traces"
)
FAILED = "SELECT error, count(*) AS n FROM traces WHERE error IS NOT NULL GROUP BY error ORDER BY n DESC"


def rows(work: Work, sql: str, tracestill: str) -> list[dict[str, Any]]:
    """The rows that a query gives."""
    command = [*shlex.split(tracestill), "query", sql, "-c", str(work.folder / "tracestill.yaml"), "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=work.folder, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"the query failed: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])["rows"]


def tally(work: Work, tracestill: str) -> dict[str, int]:
    """Completions in the ledger: how many, how many different ones, for how many problems."""
    return rows(work, TALLY, tracestill)[0]


def failures(work: Work, tracestill: str) -> dict[str, int]:
    """Failed samples by their reason."""
    return {row["error"]: row["n"] for row in rows(work, FAILED, tracestill)}
