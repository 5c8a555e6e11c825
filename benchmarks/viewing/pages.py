"""How long the pages of `tracestill view` take over a large workspace: each must be there in 300 ms.


    python benchmarks/viewing/pages.py --traces 100000

The workspace is that of benchmarks/curation/million.py, four traces a problem. Beside the pages stands what one scan of
the same traces takes DuckDB: a page that read the ledger would take that at least.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1] / "curation"))
from million import configuration, make

PAGES = (
    "/", "/problems", "/problems?sort=hardest&page=20", "/problems?q=lugane&outcome=accepted", "/problems/p00002000",
    "/review?outcome=accepted",
)  # fmt: skip
TRIES = 15


def timed(connection: HTTPConnection, path: str) -> float:
    """Milliseconds until all of a page is there."""
    began = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.read()
    assert answer.status == 200, (path, answer.status)
    return 1000 * (time.perf_counter() - began)


def scan(workspace: Path) -> float:
    """Milliseconds of one look at the text of every trace."""
    with duckdb.connect() as connection:
        began = time.perf_counter()
        connection.sql(f"SELECT sum(length(response)) FROM '{workspace}/ledger/traces/*.parquet'").fetchall()
        return 1000 * (time.perf_counter() - began)


def main() -> None:
    """Make the workspace, serve it, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=int, default=100_000)
    traces = parser.parse_args().traces
    with tempfile.TemporaryDirectory() as folder:
        config = configuration(Path(folder))
        make(config, traces)
        began = time.perf_counter()
        command = [sys.executable, "-m", "tracestill", "view", "-c", str(config), "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            place = urlsplit(server.stdout.readline().strip())
            ready = time.perf_counter() - began
            connection = HTTPConnection(place.hostname or "", place.port)
            try:
                found = {path: statistics.median(timed(connection, path) for _ in range(TRIES)) for path in PAGES}
            finally:
                connection.close()
                server.terminate()
        result = {
            "traces": traces,
            "ready_s": round(ready, 1),
            "ms": {path: round(value, 1) for path, value in found.items()},
            "one_scan_ms": round(statistics.median(scan(config.parent / "ws") for _ in range(5)), 1),
            "server_peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
