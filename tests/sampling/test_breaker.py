"""The circuit breaker: a server that is down is left alone, then tried with one request."""

from __future__ import annotations

import math

import pytest
from tracestill.pipeline.config_teacher import Retries
from tracestill.pipeline.sampling import breaker as breaker_module
from tracestill.pipeline.sampling.breaker import IN_A_ROW, Breaker
from tracestill.pipeline.teachers.base import SampleFailed


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(breaker_module, "time", clock)
    return clock


REFUSED = SampleFailed("unreachable", "connection refused", transient=True, unreachable=True)
OVERLOADED = SampleFailed("overloaded", "HTTP 503", transient=True)
GARBAGE = SampleFailed("invalid_json", "cut off", transient=True)


def fail(breaker: Breaker, clock: Clock, failure: SampleFailed) -> None:
    clock.now += 1
    breaker.enter()
    breaker.failed(failure, clock.now)


def test_a_refused_connection_opens_it_at_once(clock: Clock) -> None:
    breaker = Breaker(Retries())
    fail(breaker, clock, REFUSED)
    assert breaker.is_open
    assert 0 < breaker.pause() <= 60


def test_an_overloaded_server_opens_it_after_several_in_a_row(clock: Clock) -> None:
    breaker = Breaker(Retries())
    for _ in range(IN_A_ROW - 1):
        fail(breaker, clock, OVERLOADED)
    assert not breaker.is_open
    breaker.answered()
    for _ in range(IN_A_ROW):
        fail(breaker, clock, OVERLOADED)
    assert breaker.is_open


def test_an_answer_that_is_no_good_comes_from_a_server_that_is_up(clock: Clock) -> None:
    breaker = Breaker(Retries())
    for _ in range(100):
        fail(breaker, clock, GARBAGE)
    assert not breaker.is_open


def test_one_probe_decides(clock: Clock) -> None:
    breaker = Breaker(Retries())
    fail(breaker, clock, REFUSED)
    clock.now += breaker.pause()
    assert breaker.pause() == 0
    breaker.enter()
    assert breaker.pause() == math.inf, "a second request has to wait for what the probe says"
    breaker.answered()
    assert not breaker.is_open


def test_requests_that_were_under_way_when_it_opened_do_not_count_again(clock: Clock) -> None:
    breaker = Breaker(Retries(max_attempts=3))
    sent_at = clock.now
    clock.now += 1
    for _ in range(50):
        breaker.failed(REFUSED, sent_at)
    assert not breaker.is_spent


def test_it_is_spent_after_as_many_tries_as_a_sample_has(clock: Clock) -> None:
    breaker = Breaker(Retries(max_attempts=3))
    for tries in range(1, 4):
        assert not breaker.is_spent
        clock.now += 0 if breaker.pause() == math.inf else breaker.pause()
        fail(breaker, clock, REFUSED)
        assert breaker.is_open, tries
    assert breaker.is_spent


def test_the_pause_grows_up_to_the_longest(clock: Clock) -> None:
    breaker = Breaker(Retries(max_wait_s=5, max_attempts=20))
    pauses = []
    for _ in range(8):
        fail(breaker, clock, REFUSED)
        pauses.append(breaker.pause())
        clock.now += breaker.pause()
    assert pauses[0] <= 1
    assert all(2.5 <= pause <= 5 for pause in pauses[4:])


def test_what_the_server_asks_for_is_the_pause(clock: Clock) -> None:
    breaker = Breaker(Retries())
    for _ in range(IN_A_ROW):
        fail(breaker, clock, SampleFailed("rate_limited", "HTTP 429", transient=True, retry_after=33))
    assert breaker.pause() == 33
