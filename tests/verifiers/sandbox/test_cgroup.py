"""Groups of cgroup v2: real ones where this machine lets some be made."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tracestill.verifiers.sandbox import cgroup
from tracestill.verifiers.sandbox.cgroup import Group
from tracestill.verifiers.sandbox.limits import Limits
from tracestill.verifiers.sandbox.sandbox import Sandbox

FUNCTION = {"kind": "function", "entry_point": "f", "cases": [{"args": [2], "expected": 4}]}


def mounted() -> Path:
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    places = [line.split()[4] for line in lines if " - cgroup2 " in line]
    if not places:
        pytest.skip("no cgroup v2 is mounted here")
    return Path(places[0])


@pytest.fixture
def group() -> Iterator[Group]:
    try:
        made = Group(mounted(), {"memory.max": 1 << 30, "pids.max": 64})
    except OSError as error:
        pytest.skip(f"no group can be made here: {error}")
    yield made
    made.remove()


def test_what_a_process_starts_is_in_its_group_and_ends_with_it(group: Group):
    sleeper = f"import subprocess, sys; subprocess.run([{sys.executable!r}, '-c', 'import time; time.sleep(60)'])"
    process = subprocess.Popen([sys.executable, "-c", f"input(); {sleeper}"], stdin=subprocess.PIPE)
    group.add(process.pid)
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.close()
    members = group._folder / "cgroup.procs"  # pyright: ignore[reportPrivateUsage]
    deadline = time.monotonic() + 20
    while len(members.read_text().split()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(members.read_text().split()) == 2
    assert not group.ran_out_of_memory()
    group.remove()
    assert process.wait(20) != 0


def test_a_group_that_is_removed_is_gone(group: Group):
    folder = group._folder  # pyright: ignore[reportPrivateUsage]
    assert folder.is_dir()
    group.remove()
    assert not folder.exists()


def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passed_on: str) -> Path:
    """A folder that looks like the group of this process."""
    here = tmp_path / "above" / "own"
    here.mkdir(parents=True)
    (here / "cgroup.subtree_control").write_text("")
    (here.parent / "cgroup.subtree_control").write_text(passed_on)
    monkeypatch.setattr(cgroup, "_own_group", lambda: here)
    return here.parent


def test_only_a_group_that_passes_its_controllers_on_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    above = tree(tmp_path, monkeypatch, "cpu memory pids\n")
    assert cgroup.delegated() == above
    (above / "cgroup.subtree_control").write_text("cpu pids\n")
    assert cgroup.delegated() is None


def test_a_sandbox_runs_in_a_group_and_leaves_none(monkeypatch: pytest.MonkeyPatch):
    """The group is one of the kernel's own where there is one; its limits are not in force without controllers."""
    parent = mounted()
    monkeypatch.setattr(cgroup, "delegated", lambda: parent)
    before = set(parent.glob("tracestill-*"))
    sandbox = Sandbox(Limits(cpu_s=1))
    try:
        assert sandbox.grade("def f(x): return x * x", FUNCTION).outcome == "pass"
        made = set(parent.glob("tracestill-*")) - before
        if not made:
            pytest.skip("no group can be made here")
        assert all(len((group / "cgroup.procs").read_text().split()) >= 1 for group in made)
    finally:
        sandbox.close()
    assert set(parent.glob("tracestill-*")) == before
