from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Avg, Count, F, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower

from atlas.mongodb.testing import Command, plan_of, recorded_commands
from atlas.mongodb.tests.conftest import NOON, MakeLetter
from atlas.mongodb.tests.models import Author, Letter, Score

LETTERS = Letter.objects.all()


def only_command(queryset: QuerySet[Any, Any]) -> Command:
    with recorded_commands() as commands:
        list(queryset)
    (command,) = commands
    return command


@pytest.mark.parametrize(
    "queryset",
    [
        LETTERS.order_by("-created_at")[:10],
        LETTERS.order_by("-created_at").values("key")[:10],
        LETTERS.order_by("score__stars")[:10],
        LETTERS.order_by("score__stars").values("key")[:10],
        LETTERS.filter(status="new", created_at__gte=NOON, created_at__lt=NOON + timedelta(1)),
        LETTERS.filter(pk="65f000000000000000000000"),
        LETTERS.filter(author_id="65f000000000000000000000"),
        LETTERS.filter(score__stars__gte=4),
    ],
)
def test_an_index_serves(tables: None, queryset: QuerySet[Any, Any]) -> None:
    command = only_command(queryset)

    assert command.name == "find"
    assert plan_of(command) - {"LIMIT", "SKIP", "PROJECTION_SIMPLE"} == {"FETCH", "IXSCAN"}


def test_an_index_finds_what_it_could_also_sort(tables: None) -> None:
    command = only_command(LETTERS.filter(status="new").order_by("-created_at")[5:15])

    assert dict(command.body["filter"]) == {"status": "new"}
    assert dict(command.body["sort"]) == {"created_at": -1}
    # The embedded server sorts by the first field of an index alone; MongoDB sorts by the second here.
    assert plan_of(command) - {"LIMIT", "SKIP", "SORT"} == {"FETCH", "IXSCAN"}


def test_the_plan_shows_a_scan_and_a_sort(tables: None) -> None:
    assert plan_of(only_command(LETTERS.filter(rank=1).order_by("rank"))) == {"COLLSCAN", "SORT"}


def test_it_sorts_slices_and_selects_as_asked(make_letter: MakeLetter) -> None:
    for minutes, stars in enumerate([3, 1, 2]):
        make_letter(minutes, rank=minutes, score=Score(stars=stars))

    assert [letter.rank for letter in LETTERS.order_by("-created_at")] == [2, 1, 0]
    assert [letter.rank for letter in LETTERS.order_by("-created_at")[1:2]] == [1]
    assert list(LETTERS.order_by("score__stars").values_list("rank", flat=True)) == [1, 2, 0]
    assert list(LETTERS.order_by("-score__stars").values_list("rank", "score__stars")) == [
        (0, 3),
        (2, 2),
        (1, 1),
    ]
    assert list(LETTERS.order_by(F("rank").desc(nulls_last=True)).values_list("rank", flat=True)) == [2, 1, 0]


def test_what_needs_a_pipeline_still_works(make_letter: MakeLetter) -> None:
    ann, bob = Author.objects.create(name="Ann"), Author.objects.create(name="bob")
    for rank, author in enumerate([ann, bob, ann]):
        make_letter(rank=rank, author=author)

    by_name = LETTERS.order_by(Lower("author__name").desc(), "-rank")
    assert list(by_name.values_list("author__name", "rank")) == [("bob", 1), ("Ann", 2), ("Ann", 0)]
    assert [letter.author for letter in LETTERS.select_related("author").order_by("rank")] == [ann, bob, ann]
    assert LETTERS.filter(author__name="Ann").count() == 2
    assert LETTERS.filter(author__name="Ann").exists()
    assert not LETTERS.filter(author__name="Cy").exists()
    assert LETTERS.filter(author__in=Author.objects.filter(name="bob")).count() == 1
    assert LETTERS.filter(author__in=Author.objects.filter(name="bob")).exists()
    assert LETTERS.values("author").distinct().count() == 2
    assert LETTERS.annotate(twice=F("rank") * 2).filter(twice=4).count() == 1
    assert dict(LETTERS.values_list("author__name").annotate(n=Count("*"))) == {"Ann": 2, "bob": 1}
    assert LETTERS.values("author").annotate(n=Count("*")).filter(n=2).exists()
    assert LETTERS.aggregate(Avg("rank"), n=Count("*")) == {"rank__avg": 1, "n": 3}
    assert LETTERS.filter(rank=0).union(LETTERS.filter(rank=2)).count() == 2
    assert LETTERS.filter(rank=0).union(LETTERS.filter(rank=2)).exists()


def test_null_and_comparisons_are_those_of_sql(make_letter: MakeLetter) -> None:
    make_letter(number=1)
    make_letter(number=5)
    make_letter()

    assert LETTERS.filter(number__lt=5).count() == 1
    assert LETTERS.filter(number__lte=5).count() == 2
    assert LETTERS.filter(number__isnull=True).count() == 1
    assert LETTERS.filter(number__isnull=False).count() == 2
    assert LETTERS.exclude(number__lt=5).count() == 2
    assert LETTERS.filter(Q(number__lt=5) | Q(number__isnull=True), rank=0).count() == 2
    assert LETTERS.filter(number__gt=1).filter(number__gt=4, number__lt=6).count() == 1


@pytest.mark.parametrize(("filters", "name"), [({}, "count"), ({"status": "new"}, "aggregate")])
def test_it_counts_by_one_cheap_command(make_letter: MakeLetter, filters: dict[str, Any], name: str) -> None:
    for rank in range(3):
        make_letter(rank=rank)

    with recorded_commands() as commands:
        assert LETTERS.filter(**filters).order_by("-created_at").count() == 3

    (command,) = commands
    assert command.name == name
    assert "$facet" not in str(command.body)
    assert not filters or "IXSCAN" in plan_of(command)


def test_it_counts_slices_and_nothing(make_letter: MakeLetter) -> None:
    for rank in range(3):
        make_letter(rank=rank)

    assert LETTERS[:2].count() == 2
    assert LETTERS[2:9].count() == 1
    assert LETTERS.filter(rank__in=[]).count() == 0
    assert LETTERS.filter(rank=7).count() == 0
    assert LETTERS.none().count() == 0


def test_it_looks_for_one_document_to_tell_whether_any_exists(make_letter: MakeLetter) -> None:
    make_letter(status="sent")

    with recorded_commands() as commands:
        assert LETTERS.filter(status="sent").exists()
        assert not LETTERS.filter(status="lost").exists()
        assert not LETTERS.filter(status__in=[]).exists()

    assert [(command.name, command.body["limit"]) for command in commands] == [("find", 1), ("find", 1)]
    assert plan_of(commands[0]) >= {"IXSCAN"}


def test_a_compare_and_set_reads_one_document(make_letter: MakeLetter) -> None:
    letter = make_letter(sid="CA1", rank=1)

    with recorded_commands() as commands:
        assert LETTERS.filter(sid="CA1", rank__lt=2).update(rank=2) == 1
        assert LETTERS.filter(pk=letter.pk, rank__lt=2).update(rank=2) == 0
        LETTERS.filter(sid="CA1").delete()

    assert commands[0].body["updates"][0]["q"] == {"sid": "CA1", "rank": {"$lt": 2}}
    assert plan_of(Command("find", {"find": "mongodb_tests_letter", "filter": {"sid": "CA1"}})) >= {"IXSCAN"}


def test_text_is_never_read_as_a_field(make_letter: MakeLetter) -> None:
    make_letter(status="$rank")

    assert LETTERS.filter(status="$rank").update(owner="$status") == 1
    assert LETTERS.get().owner == "$status"
    LETTERS.update(owner=Concat(F("status"), Value("$rank")))
    assert LETTERS.get().owner == "$rank$rank"


def test_it_reads_in_batches(make_letter: MakeLetter) -> None:
    for rank in range(5):
        make_letter(rank=rank)

    assert [letter.rank for letter in LETTERS.order_by("rank").iterator(chunk_size=2)] == [0, 1, 2, 3, 4]
