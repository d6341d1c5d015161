from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from atlas.mongodb.testing import recorded_commands
from calls.tests.factories import call_sid, make_call
from feedback.models import SCORES, RatedCall
from feedback.tests.factories import rate

if TYPE_CHECKING:
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

ALL_FIVE = dict.fromkeys(SCORES, 4)


def test_the_changelogs_feedback_works_and_is_read_back(api: APIClient) -> None:
    call = make_call()
    body = {
        "call_quality": 5,
        "agent_helpfulness": 4,
        "resolution": 3,
        "call_ease": 2,
        "overall_satisfaction": 1,
        "notes": "Wait was too long.",
    }
    given = api.patch(f"/calls/{call.twilio_sid}/feedback", body, format="json")
    assert given.status_code == 200
    assert given.json() == body | {"call_sid": call.twilio_sid, "created_at": given.json()["created_at"]}
    assert api.get(f"/calls/{call.twilio_sid}/feedback").json() == given.json()
    assert api.get(f"/calls/{call.twilio_sid}").json()["feedback"]["overall_satisfaction"] == 1


def test_sending_it_again_replaces_it(api: APIClient) -> None:
    call = make_call()
    api.patch(f"/calls/{call.twilio_sid}/feedback", ALL_FIVE | {"notes": "First."}, format="json")
    again = api.patch(f"/calls/{call.twilio_sid}/feedback", ALL_FIVE | {"call_ease": 1}, format="json").json()
    assert (again["call_ease"], again["notes"]) == (1, None)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("value", [0, 6, "5", 4.5, True, None])
def test_a_score_that_is_none_is_refused_and_changes_nothing(api: APIClient, score: str, value: Any) -> None:
    call = make_call()
    answer = api.patch(f"/calls/{call.twilio_sid}/feedback", ALL_FIVE | {score: value}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [score])
    assert api.get(f"/calls/{call.twilio_sid}/feedback").status_code == 404


def test_all_five_are_needed_and_notes_have_a_limit(api: APIClient) -> None:
    path = f"/calls/{make_call().twilio_sid}/feedback"
    assert sorted(api.patch(path, {}, format="json").json()["fields"]) == sorted(SCORES)
    answer = api.patch(path, ALL_FIVE | {"notes": "x" * 2001}, format="json")
    assert list(answer.json()["fields"]) == ["notes"]


def test_the_feedback_of_an_unknown_call_is_not_found(api: APIClient) -> None:
    assert api.patch(f"/calls/{call_sid()}/feedback", ALL_FIVE, format="json").status_code == 404


def test_giving_feedback_costs_two_commands_and_one_for_the_key(api: APIClient) -> None:
    call = make_call()
    with recorded_commands() as commands:
        api.patch(f"/calls/{call.twilio_sid}/feedback", ALL_FIVE, format="json")
    assert len(commands) == 3


def test_the_summary_counts_averages_and_shares(api: APIClient) -> None:
    for score in (1, 4, 5, 5):
        rate(make_call(status="completed"), score)
    make_call(status="completed")
    make_call(status="busy")
    summary = api.get("/feedback/summary").json()
    assert (summary["count"], summary["response_rate"], summary["csat"]) == (4, 0.8, 0.75)
    assert summary["scores"]["resolution"] == {
        "average": 3.75,
        "distribution": {"1": 1, "2": 0, "3": 0, "4": 1, "5": 2},
    }


def test_the_summary_of_nothing_has_no_shares(api: APIClient) -> None:
    summary = api.get("/feedback/summary").json()
    assert (summary["count"], summary["response_rate"], summary["csat"]) == (0, None, None)
    assert summary["scores"]["call_ease"]["average"] is None


def test_the_summary_is_of_a_period(api: APIClient) -> None:
    start = datetime(2026, 3, 1, tzinfo=timezone.utc)
    for day in range(3):
        rate(make_call(status="completed", created_at=start + timedelta(days=day)), 5)
    query = "created_after=2026-03-01T12:00:00Z&created_before=2026-03-02T12:00:00Z"
    assert api.get(f"/feedback/summary?{query}").json()["count"] == 1
    assert api.get("/feedback/summary?created_after=then").status_code == 400


def test_rated_calls_come_worst_first() -> None:
    for score in (3, 1, 5):
        rate(make_call(), score)
    make_call()
    scores = [call.feedback.overall_satisfaction for call in RatedCall.rated.all() if call.feedback]
    assert scores == [1, 3, 5]
