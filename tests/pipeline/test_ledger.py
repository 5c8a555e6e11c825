"""The ledger gives back exactly what was acknowledged, whatever was killed in between."""

from __future__ import annotations

import fcntl
import os
import signal
import string
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tracestill.pipeline import ledger as ledger_module
from tracestill.pipeline.corpus import Corpus
from tracestill.pipeline.errors import DiskFull, WorkspaceError
from tracestill.pipeline.ledger import Ledger, encode_line, recover
from tracestill.pipeline.records import Event, valid_unicode
from tracestill.pipeline.segments import list_files, read_journal
from tracestill.pipeline.workspace import Workspace


def event(name: str, details: str = "{}") -> Event:
    return Event(
        event_id=name, run_id="r", kind="k", subject="s", details=details, created_at="2026-01-02T03:04:05.000006"
    )


def events_in(workspace: Workspace) -> dict[str, str]:
    with Corpus(workspace) as corpus:
        rows = corpus.answer("SELECT event_id, details FROM events")
    found = {row["event_id"]: row["details"] for row in rows}
    assert len(found) == len(rows), "a row was seen twice"
    return found


def test_what_was_appended_can_be_read_while_the_writer_lives(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    with Ledger(workspace) as ledger:
        ledger.append("events", event("a"))
        assert events_in(workspace) == {"a": "{}"}


anything = st.text(st.characters(codec=None), max_size=30)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), anything),
        st.tuples(st.just("reopen"), st.none()),
        st.tuples(st.just("tear"), st.binary(min_size=1, max_size=20).filter(lambda torn: b"\n" not in torn)),
        st.tuples(st.just("seal_without_deleting"), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(steps)
def test_any_sequence_of_appends_seals_and_kills_keeps_what_was_acknowledged(steps: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder))
        acknowledged: dict[str, str] = {}
        writer = Ledger(workspace)
        writer.__enter__()
        for number, (step, value) in enumerate(steps):
            if step == "append":
                writer.append("events", event(f"e{number}", str(value)))
                acknowledged[f"e{number}"] = valid_unicode(str(value))
                continue
            writer.__exit__(None, None, None)
            journals = sorted(workspace.journals.glob("events-*.jsonl"))
            if step == "tear" and journals:
                # A kill in the middle of a line: the segment was not written, the line was not acknowledged.
                segment = workspace.segments / "events" / f"{journals[-1].stem.partition('-')[2]}.parquet"
                segment.unlink(missing_ok=True)
                with journals[-1].open("ab") as file:
                    assert isinstance(value, bytes)
                    file.write(value)
            if step == "seal_without_deleting":
                recover(workspace)
            assert events_in(workspace) == acknowledged
            writer = Ledger(workspace)
            writer.__enter__()
        assert events_in(workspace) == acknowledged
        writer.__exit__(None, None, None)
        assert events_in(workspace) == acknowledged


@given(st.text(string.printable + "\x00\u2028é漢😀", max_size=200))
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_text_comes_back_as_it_was(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder))
        with Ledger(workspace) as ledger:
            ledger.append("events", event("live", text))
            assert events_in(workspace) == {"live": text}
        assert events_in(workspace) == {"live": text}


def test_a_full_journal_is_sealed_and_rows_stay_single(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "SEAL_BYTES", 2_000)
    workspace = Workspace.create(tmp_path)
    with Ledger(workspace) as ledger:
        for number in range(100):
            ledger.append("events", event(f"e{number}", "x" * 100))
            if number % 20 == 0:
                assert len(events_in(workspace)) == number + 1
    assert len(events_in(workspace)) == 100
    files = list_files("events", workspace.journals, workspace.segments)
    assert files.journals == []
    assert len(files.segments) > 5


def test_a_sealed_journal_stays_a_minute_and_goes_at_a_later_start(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    with Ledger(workspace) as ledger:
        ledger.append("events", event("a"))
    (journal,) = workspace.journals.glob("*.jsonl")
    recover(workspace)
    assert journal.exists(), "a reader may have it in its list"
    for segment in (workspace.segments / "events").glob("*.parquet"):
        os.utime(segment, (time.time() - 61, time.time() - 61))
    recover(workspace)
    assert not journal.exists()
    assert events_in(workspace) == {"a": "{}"}


def test_a_live_writer_of_another_process_is_left_alone(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    with Ledger(workspace) as reviewer:
        reviewer.append("events", event("a"))
        with Ledger(workspace) as run:
            run.append("events", event("b"))
        assert len(list_files("events", workspace.journals, workspace.segments).journals) == 1
        reviewer.append("events", event("c"))
    assert events_in(workspace) == {"a": "{}", "b": "{}", "c": "{}"}


def test_a_recovery_that_catches_a_journal_without_its_lock_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace.create(tmp_path)
    lock = fcntl.flock

    def lock_late(descriptor: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX:
            recover(workspace)  # somebody starts between the making of the journal and its lock
        lock(descriptor, operation)

    monkeypatch.setattr(ledger_module.fcntl, "flock", lock_late)
    with Ledger(workspace) as ledger:
        ledger.append("events", event("a"))
        assert events_in(workspace) == {"a": "{}"}
    assert events_in(workspace) == {"a": "{}"}


def test_who_does_not_tidy_leaves_what_dead_writers_left_to_runs(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    dead = workspace.journals / "events-1.jsonl"
    dead.write_bytes(encode_line(event("a")))
    with Ledger(workspace, tidy=False) as reviewer:
        reviewer.append("events", event("b"))
    assert list_files("events", workspace.journals, workspace.segments).journals == [dead]
    with Ledger(workspace):
        assert list_files("events", workspace.journals, workspace.segments).journals == []
    assert events_in(workspace) == {"a": "{}", "b": "{}"}


def test_a_name_that_was_given_before_the_lock_is_cleared_away_when_its_writer_died(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    newborn = workspace.journals / ".events-1.new"
    newborn.touch()
    recover(workspace)
    assert newborn.exists(), "its writer may be about to lock it"
    os.utime(newborn, (time.time() - 61, time.time() - 61))
    recover(workspace)
    assert not newborn.exists()


CROWD = """
    import sys
    from pathlib import Path
    from tracestill.pipeline.ledger import Ledger, encode_line, recover
    from tracestill.pipeline.records import Event
    from tracestill.pipeline.workspace import Workspace
    workspace = Workspace.open(Path(sys.argv[1]))
    sys.stdin.readline()
    for number in range(60):
        with Ledger(workspace) as out:
            for half in "ab":
                out.append("events", Event(event_id=f"{sys.argv[2]}-{number}{half}", run_id="r", kind="k", subject="s",
                                           details="", created_at="2026-01-02T03:04:05"))
                recover(workspace)
"""


def test_many_who_start_write_seal_and_recover_at_once_lose_nothing(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    dead = [workspace.journals / f"events-{number}.jsonl" for number in range(1, 21)]
    for number, journal in enumerate(dead):
        journal.write_bytes(encode_line(event(f"dead-{number}")) + b'{"event_id": "torn')
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CROWD), str(tmp_path), str(number)],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(3)
    ]  # fmt: skip
    for one in crowd:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in crowd:
        _, errors = one.communicate(timeout=120)
        assert one.returncode == 0, errors
    expected = {f"{one}-{number}{half}" for one in range(3) for number in range(60) for half in "ab"}
    expected |= {f"dead-{number}" for number in range(20)}
    assert set(events_in(workspace)) == expected
    assert list_files("events", workspace.journals, workspace.segments).journals == []
    for segment in (workspace.segments / "events").glob("*.parquet"):
        os.utime(segment, (time.time() - 61, time.time() - 61))
    recover(workspace)
    assert list(workspace.journals.iterdir()) == []
    assert set(events_in(workspace)) == expected, "what was hidden is gone with its journal"


def test_damage_in_the_middle_of_a_journal_is_named_not_hidden(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    journal = workspace.journals / "events-1.jsonl"
    journal.write_bytes(b'{"event_id": "a"}\nnot json at all\n')
    with pytest.raises(WorkspaceError, match=r"events-1\.jsonl: damaged"):
        read_journal("events", journal)


WRITER = """
    import sys
    from pathlib import Path
    from tracestill.pipeline import ledger
    from tracestill.pipeline.ledger import Ledger
    from tracestill.pipeline.records import Event
    from tracestill.pipeline.workspace import Workspace
    ledger.SEAL_BYTES = 20_000
    with Ledger(Workspace.create(Path(sys.argv[1]))) as out:
        for number in range(1_000_000):
            out.append("events", Event(event_id=f"{sys.argv[2]}-{number}", run_id="r", kind="k", subject="s",
                                       details="x" * 200, created_at="2026-01-02T03:04:05"))
            print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 150, 700])
def test_a_killed_writer_loses_nothing_that_was_acknowledged(tmp_path: Path, after: int) -> None:
    for round_number in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path), str(round_number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        acknowledged = -1
        for line in writer.stdout:
            acknowledged = int(line)
            if acknowledged >= after:
                writer.send_signal(signal.SIGKILL)
                break
        acknowledged = max([acknowledged, *(int(line) for line in writer.stdout.read().split("\n")[:-1])])
        writer.wait()
        writer.stdout.close()
        found = events_in(Workspace.open(tmp_path))
        mine = {name for name in found if name.startswith(f"{round_number}-")}
        assert mine >= {f"{round_number}-{number}" for number in range(acknowledged + 1)}
        assert len(mine) <= acknowledged + 2, "at most the one line that was under way is more"


def test_a_full_disk_is_an_error_that_says_so_and_loses_nothing(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from tracestill.pipeline.corpus import Corpus
        from tracestill.pipeline.errors import DiskFull
        from tracestill.pipeline.ledger import Ledger
        from tracestill.pipeline.records import Event
        from tracestill.pipeline.workspace import Workspace
        workspace = Workspace.create(Path(sys.argv[1]) / "ws")
        written = 0
        try:
            with Ledger(workspace) as out:
                while True:
                    out.append("events", Event(event_id=str(written), run_id="r", kind="k", subject="s",
                                               details="x" * 5000, created_at="2026-01-02T03:04:05"))
                    written += 1
        except DiskFull as error:
            message = str(error)
        with Corpus(workspace) as corpus:
            rows = corpus.answer("SELECT count(*) AS rows FROM events")[0]["rows"]
        print(written, rows, message)
    """
    mounted = subprocess.run(
        [
            "unshare",
            "-rm",
            "sh",
            "-c",
            f"mount -t tmpfs -o size=2m none {tmp_path} && exec {sys.executable} - {tmp_path}",
        ],
        input=textwrap.dedent(script),
        capture_output=True,
        text=True,
    )
    if "Operation not permitted" in mounted.stderr or "unshare failed" in mounted.stderr:
        pytest.skip("this machine allows no mount in a user namespace, so no small disk can be made")
    assert mounted.returncode == 0, mounted.stderr
    written, rows, message = mounted.stdout.split(" ", 2)
    assert int(written) > 10
    assert rows == written, "a torn line became a row, or an acknowledged one was lost"
    assert "no space left" in message
    assert "Free some space" in message
    assert DiskFull.exit_code == 1
