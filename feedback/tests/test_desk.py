"""Feedback at the desk: worst first, by any score, straight to the recording; the first page's numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from atlas.admin.periods import Period
from atlas.tests.desk import CALLS, signed_in, text_of
from calls.models import Call
from calls.tests.factories import make_call
from feedback.dashboard import ratings
from feedback.services import give_feedback
from feedback.tests.factories import rate

pytestmark = pytest.mark.django_db

RATED = "/admin/feedback/ratedcall/"
ALL_FIVE = dict.fromkeys(
    ["call_quality", "agent_helpfulness", "resolution", "call_ease", "overall_satisfaction"], 5
)


def listed(**query: str) -> list[Any]:
    return [call.pk for call in signed_in().get(RATED, query).context["cl"].result_list]


def test_the_worst_come_first_and_the_unrated_not_at_all() -> None:
    calls = [make_call() for _ in range(4)]
    for call, score in zip(calls, (4, 1, 3), strict=False):
        rate(call, score)
    assert listed() == [calls[1].pk, calls[2].pk, calls[0].pk]


def test_any_score_filters() -> None:
    bad_line, good = make_call(), make_call()
    give_feedback(call_sid=bad_line.twilio_sid or "", scores=ALL_FIVE | {"call_quality": 2})
    give_feedback(call_sid=good.twilio_sid or "", scores=ALL_FIVE)
    assert listed(call_quality="2") == listed(call_quality="low") == [bad_line.pk]
    assert listed(call_quality="high") == [good.pk]
    assert set(listed(overall_satisfaction="5")) == {bad_line.pk, good.pk}
    assert listed(call_ease="1") == []
    assert Call.objects.get(pk=bad_line.pk).worst_score == 2


def test_it_leads_to_the_recording() -> None:
    call = make_call(recording_url="https://api.twilio.com/x")
    rate(call, 2)
    page = text_of(signed_in().get(RATED))
    assert f"{CALLS}{call.pk}/change/#recordings" in page
    answer = signed_in().get(f"{RATED}{call.pk}/change/")
    assert answer["Location"] == f"{CALLS}{call.pk}/change/#recordings"


def test_the_summary_has_the_trend_and_the_distribution_with_n() -> None:
    for score in (5, 4, 2):
        rate(make_call(), score)
    page = text_of(signed_in().get(f"{RATED}summary/"))
    assert "n = 3" in page
    assert "67%" in page
    assert 'data-chart="scores"' in page


def test_ratings_count_by_the_day_of_the_call(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    for at, score in (
        (midnight, 5),
        (midnight - timedelta(seconds=1), 1),
        (midnight - timedelta(days=40), 3),
    ):
        rate(make_call(created_at=at), score)
    week = ratings(Period.of_last(7))
    assert (week.rated(), week.csat()) == (2, 0.5)
    today = week.within(Period.of_last(1))
    assert (today.rated(), today.of("resolution", 5)) == (1, 1)
    assert ratings(Period.of_last(1).before).within(Period.of_last(1)).csat() is None
