import pytest
from django.core.exceptions import ImproperlyConfigured

from atlas.rates import Rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("600/min", Rate(600, 60)),
        ("1/second", Rate(1, 1)),
        ("10/hour", Rate(10, 3600)),
        ("5/day", Rate(5, 86400)),
    ],
)
def test_a_rate_is_a_count_per_period(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "600", "0/min", "-1/min", "600/minute", "600/m", "1.5/min", "600/min "])
def test_nonsense_is_refused_in_words(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="600/min"):
        Rate.parse(text)
