"""Merging small segments: fewer files, the same rows, for whoever reads meanwhile and whatever is killed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reading import rows
from tracestill.pipeline.parts import MARKER, parts_of

Run = Callable[..., subprocess.CompletedProcess[str]]
Nights = Callable[..., Path]
Later = Callable[[Path], None]

EVERYTHING = "SELECT (SELECT count(*) FROM {}) AS n, (SELECT count(DISTINCT {}) FROM {}) AS once"


def segments(config: Path, kind: str) -> list[Path]:
    return sorted((config.parent / "ws" / "ledger" / kind).glob("*.parquet"))


def traces(config: Path) -> list[dict[str, Any]]:
    return rows(config, "SELECT * EXCLUDE (latency_s) FROM traces ORDER BY trace_id")


def test_many_small_segments_become_one_with_the_same_rows(nights: Nights, later: Later, tracestill: Run) -> None:
    config = nights(3)
    before, verdicts = traces(config), rows(config, "SELECT * FROM verdicts ORDER BY verdict_id")
    done = tracestill("compact", "-c", config, "--output", "json")
    assert done.returncode == 0, done.stderr
    kinds = json.loads(done.stdout)["kinds"]
    assert kinds["traces"] == {"before": 4, "after": 2, "merged": 3}
    assert traces(config) == before
    assert len(segments(config, "traces")) == 5, "what was replaced stays for a minute, for whoever reads it"
    later(config)
    assert tracestill("filter", "-c", config).returncode == 0
    assert len(segments(config, "traces")) == 2, "a later run takes it away"
    assert not list((config.parent / "ws" / "ledger" / "traces").glob(f"{MARKER}*"))
    assert traces(config) == before
    assert rows(config, "SELECT * FROM verdicts ORDER BY verdict_id")[: len(verdicts)] == verdicts


def test_a_second_time_there_is_nothing_to_merge_and_later_nights_join(
    nights: Nights, later: Later, tracestill: Run, sample: Callable[..., dict[str, Any]]
) -> None:
    config = nights(2)
    assert tracestill("compact", "-c", config).returncode == 0
    later(config)
    again = json.loads(tracestill("compact", "-c", config, "--output", "json").stdout)
    assert not any(one["merged"] for name, one in again["kinds"].items() if name == "traces")
    sample(config, "teachers.0.sampling.k=4")
    later(config)
    sample(config, "teachers.0.sampling.k=4")  # takes away the journals that were sealed
    before = traces(config)
    assert json.loads(tracestill("compact", "-c", config, "--output", "json").stdout)["kinds"]["traces"]["merged"] == 2
    assert traces(config) == before
    (merged,) = [path for path in segments(config, "traces") if len(parts_of(path)) == 3]
    assert sum(part.rows for part in parts_of(merged)) == len(before) == 16


def test_the_manifest_holds_before_and_after_and_forgetting_reaches_into_a_merged_segment(
    nights: Nights, later: Later, tracestill: Run
) -> None:
    config = nights(3)
    assert tracestill("filter", "-c", config).returncode == 0
    assert tracestill("curate", "-c", config).returncode == 0
    later(config)
    assert tracestill("report", "--compliance", "-c", config).returncode == 0
    later(config)
    assert tracestill("compact", "-c", config).returncode == 0
    assert tracestill("report", "--verify", "-c", config).returncode == 0
    done = tracestill("forget", "--problem", "p1", "--reason", "asked for", "--yes", "-c", config)
    assert done.returncode == 0, done.stderr
    assert rows(config, "SELECT count(*) AS n FROM traces WHERE problem_id = 'p1'") == [{"n": 0}]
    held = b"".join(path.read_bytes() for path in (config.parent / "ws" / "ledger").rglob("*.parquet"))
    assert b"What is 1 + 1?" not in held
    done = tracestill("report", "--verify", "-c", config)
    assert done.returncode == 0, done.stderr
    assert tracestill("verify-workspace", "-c", config).returncode == 0


def test_a_reader_never_sees_a_row_twice_or_misses_one(nights: Nights, tracestill: Run) -> None:
    config = nights(4)
    seen: list[dict[str, Any]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.extend(rows(config, EVERYTHING.format("traces", "trace_id", "traces")))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert tracestill("compact", "-c", config).returncode == 0
    finally:
        done.set()
        reader.join()
    assert len(seen) > 1
    assert all(row == {"n": 16, "once": 16} for row in seen)


def test_killed_at_any_moment_it_loses_nothing(nights: Nights, later: Later, tracestill: Run, tmp_path: Path) -> None:
    config = nights(4)
    before = traces(config)
    saved = tmp_path / "saved"
    shutil.copytree(config.parent / "ws", saved)
    for delay in (0.6, 0.8, 0.9, 1.0, 1.1):
        shutil.rmtree(config.parent / "ws")
        shutil.copytree(saved, config.parent / "ws")
        later(config)
        command = [sys.executable, "-m", "tracestill", "compact", "-c", str(config)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            time.sleep(delay)
            run.send_signal(signal.SIGKILL)
        assert traces(config) == before
    later(config)
    assert tracestill("compact", "-c", config).returncode == 0
    assert traces(config) == before
    assert tracestill("verify-workspace", "-c", config).returncode == 0


def test_a_marker_whose_merge_came_to_nothing_hides_no_row(nights: Nights, later: Later, tracestill: Run) -> None:
    config = nights(2)
    before = traces(config)
    folder = config.parent / "ws" / "ledger" / "traces"
    names = [path.stem for path in segments(config, "traces")]
    marker = folder / f"{MARKER}merged-20260101T000000000000-00000000"
    marker.write_text(json.dumps(names))
    assert traces(config) == before
    later(config)
    assert tracestill("compact", "-c", config).returncode == 0
    assert not marker.exists()
    assert traces(config) == before
