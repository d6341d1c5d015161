from __future__ import annotations

import pytest

from atlas.breaker import CircuitBreaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(pause=1.0, clock=clock)


def test_nobody_asks_for_a_while_after_a_failure(breaker: CircuitBreaker, clock: Clock) -> None:
    assert [breaker.allows(), breaker.allows()] == [True, True]
    breaker.failed()
    clock.now += 0.9
    assert not breaker.allows()


def test_then_one_asks_and_the_others_wait_for_it(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += 1.1
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows()] == [True, True]


def test_one_that_never_comes_back_does_not_close_it_for_ever(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += 1.1
    assert breaker.allows()
    clock.now += 1.1
    assert breaker.allows()
