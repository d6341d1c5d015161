import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import lifecycle
from calls.lifecycle import FINAL, OPEN, RANK, CallStatus, Outcome, RecordingStatus

ways_of_a_call = st.builds(
    lambda steps, end: [*steps, end],
    st.sampled_from(
        [[CallStatus.INITIATED, CallStatus.RINGING, CallStatus.IN_PROGRESS][:n] for n in range(4)]
    ),
    st.sampled_from(FINAL),
)


def follow(deliveries: list[CallStatus]) -> tuple[CallStatus, frozenset[CallStatus], list[Outcome]]:
    current, seen, outcomes = CallStatus.INITIATED, set[CallStatus](), []
    for status in deliveries:
        outcomes.append(lifecycle.outcome(status, current=current, seen=seen))
        current = status if current in lifecycle.before(status) else current
        seen.add(status)
    return current, frozenset(seen), outcomes


@given(ways_of_a_call, st.data())
def test_any_order_and_repetition_ends_in_the_same_call(way: list[CallStatus], data: st.DataObject) -> None:
    repeated = way + data.draw(st.lists(st.sampled_from(way)))
    shuffled = data.draw(st.permutations(repeated))
    assert follow(shuffled)[:2] == follow(way)[:2]


@given(st.lists(st.sampled_from(list(CallStatus))))
def test_a_finished_call_stays_finished(deliveries: list[CallStatus]) -> None:
    ends = [status for status in deliveries if status in FINAL]
    if ends:
        assert follow(deliveries)[0] == ends[0]


@given(ways_of_a_call)
def test_each_delivery_in_its_order_is_applied(way: list[CallStatus]) -> None:
    assert set(follow(way)[2]) == {Outcome.APPLIED}


def test_a_second_delivery_of_a_status_is_repeated_and_an_overtaken_one_is_late() -> None:
    seen = [CallStatus.COMPLETED]
    assert (
        lifecycle.outcome(CallStatus.COMPLETED, current=CallStatus.COMPLETED, seen=seen) == Outcome.REPEATED
    )
    assert lifecycle.outcome(CallStatus.RINGING, current=CallStatus.COMPLETED, seen=seen) == Outcome.LATE


def test_every_status_has_a_rank_and_is_open_or_final() -> None:
    assert set(RANK) == set(CallStatus)
    assert sorted(OPEN + FINAL) == sorted(CallStatus)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", "initiated"),
        ("answered", "in-progress"),
        ("no-answer", "no-answer"),
        ("canceled", "canceled"),
    ],
)
def test_it_translates_twilios_words(word: str, status: str) -> None:
    assert lifecycle.call_status(word) == status


def test_a_word_that_is_not_twilios_is_refused() -> None:
    with pytest.raises(ValueError, match="asleep"):
        lifecycle.call_status("asleep")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("in-progress", RecordingStatus.PROCESSING),
        ("completed", RecordingStatus.COMPLETED),
        ("absent", RecordingStatus.ABSENT),
        ("deleted", RecordingStatus.ABSENT),
        ("failed", RecordingStatus.FAILED),
    ],
)
def test_it_translates_twilios_words_for_recordings(word: str, status: RecordingStatus) -> None:
    assert lifecycle.recording_status(word) == status
