from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from pathlib import Path

import pytest
from tracestill.verifiers.math_worker import MathWorker, TooCostly


@pytest.fixture
def worker():
    worker = MathWorker(timeout_s=1, memory_mb=1024)
    yield worker
    worker.close()


def test_compares_formulas(worker):
    assert worker.compare(["\\sqrt{8}"], ["2\\sqrt{2}"]).equal is True
    assert worker.compare(["\\sqrt{8}"], ["3"]).equal is False


def test_compares_relations_by_their_sides(worker):
    assert worker.compare(["x", "1"], ["2x", "2"], relation="=").equal is True
    assert worker.compare(["x", "1"], ["-x", "-1"], relation="<").equal is False


def test_names_the_side_that_is_no_formula(worker):
    assert worker.compare(["\\frac{1}{"], ["1"]).unread == "reference"
    assert worker.compare(["1"], ["\\begin{x"]).unread == "answer"


def test_no_answer_in_time_is_too_costly_and_the_next_is_answered():
    worker = MathWorker(timeout_s=0.2, memory_mb=1024)
    with pytest.raises(TooCostly, match="processor time"):
        worker.compare(["9^{9^{9^{9}}}"], ["1"])
    process = worker._process
    assert worker.compare(["\\sqrt{8}"], ["2\\sqrt{2}"]).equal is True
    assert worker._process is process
    worker.close()


def test_the_kernel_bounds_memory_of_a_worker(worker):
    worker.compare(["1"], ["1"])
    pid = worker._process.pid
    (fork,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert re.search(rf"Max address space +{1024 << 20} ", Path(f"/proc/{fork}/limits").read_text())


@pytest.mark.parametrize("bomb", ["3^{10^{8}}", "9^{9^{9^{9}}}", "\\frac{7^{50000000}+1}{2}"])
def test_a_worker_that_takes_too_long_is_replaced(worker, bomb):
    worker.compare(["1"], ["1"])
    started = time.monotonic()
    with contextlib.suppress(TooCostly):  # sympy may also leave it unworked, and decide in time
        assert worker.compare(["x"], [bomb + "+x"]).equal is not True
    assert time.monotonic() - started < 10
    assert worker.compare(["\\pi"], ["\\pi"]).equal is True


def test_a_worker_that_was_killed_is_replaced(worker):
    worker.compare(["1"], ["1"])
    process = worker._process
    process.kill()
    process.wait()
    assert worker.compare(["\\pi"], ["\\pi"]).equal is True
    assert worker._process.pid != process.pid


def test_threads_share_one_worker(worker):
    answers: list[bool | None] = [None] * 40

    def ask(number: int) -> None:
        answers[number] = worker.compare([f"\\sqrt{{{number}}}"], ["2"]).equal

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [number for number, equal in enumerate(answers) if equal] == [4]
    assert None not in answers


def test_close_ends_the_process(worker):
    worker.compare(["1"], ["1"])
    pid = worker._process.pid
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    worker.close()


def test_nothing_runs_before_it_is_asked():
    assert MathWorker(timeout_s=1, memory_mb=1024)._process is None
