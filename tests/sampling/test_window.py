"""The window finds the level that a server bears, against a server that bears a given number."""

from __future__ import annotations

import random

import pytest
from tracestill.pipeline.sampling import window as window_module
from tracestill.pipeline.sampling.window import START, Window


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(window_module, "time", clock)
    return clock


def play(window: Window, clock: Clock, rounds: int, bears: int, refused_share: float = 0.0) -> tuple[int, int]:
    """Whole round trips of a second: as many requests as the window holds, of which a server takes ``bears``."""
    chance = random.Random(0)
    taken = refused = 0
    for _ in range(rounds):
        size, sent_at = window.size, clock.now
        clock.now += 1
        for number in range(size):
            if number >= bears or chance.random() < refused_share:
                window.refused(sent_at)
                refused += 1
            else:
                window.answered(sent_at)
                taken += 1
    return taken, refused


def test_it_starts_small_and_doubles_until_it_is_full(clock: Clock) -> None:
    window = Window(1024)
    assert window.size == START
    sizes = []
    for _ in range(5):
        play(window, clock, 1, 10_000)
        sizes.append(window.size)
    assert sizes == [128, 256, 512, 1024, 1024]


def test_a_small_limit_is_never_passed(clock: Clock) -> None:
    window = Window(3)
    play(window, clock, 20, 10_000)
    assert window.size == 3


def test_a_server_that_refuses_everything_is_halved_once_a_round_down_to_one(clock: Clock) -> None:
    window = Window(64)
    sizes = []
    for _ in range(3):
        play(window, clock, 1, 0)
        sizes.append(window.size)
    assert sizes == [32, 16, 8]
    play(window, clock, 15, 0)
    assert window.size == 1


@pytest.mark.parametrize("bears", [10, 50, 200, 700])
def test_it_settles_near_what_the_server_bears(clock: Clock, bears: int) -> None:
    window = Window(1024)
    play(window, clock, 50, bears)
    taken, refused = play(window, clock, 200, bears)
    assert taken / 200 > 0.8 * bears
    assert refused / (taken + refused) < 0.1


@pytest.mark.parametrize("most", [16, 64, 256, 1024])
def test_stray_refusals_hardly_move_it(clock: Clock, most: int) -> None:
    window = Window(most)
    play(window, clock, 300, 10_000, refused_share=0.03)
    assert window.size > 0.8 * most


def test_it_comes_back_after_an_outage(clock: Clock) -> None:
    window = Window(512)
    play(window, clock, 10, 10_000)
    play(window, clock, 5, 0)
    assert window.size <= 16
    play(window, clock, 80, 10_000)
    assert window.size == 512


def test_refusals_of_requests_sent_before_a_cut_count_once(clock: Clock) -> None:
    window = Window(100)
    sent_at = clock.now
    clock.now = 1
    for _ in range(64):
        window.refused(sent_at)
    assert window.size == 32
