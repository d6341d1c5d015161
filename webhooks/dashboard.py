"""What webhooks offer to the desk's first page."""

from django.db.models import Count
from django.http import HttpRequest

from atlas.admin.cards import Attention, list_link
from atlas.admin.periods import Period
from calls.lifecycle import Outcome
from webhooks.journal import waiting
from webhooks.models import WebhookEvent

ADVICE = {
    Outcome.FAILED: "Our own code failed on them: read the error, then apply them again.",
    Outcome.UNMATCHED: "No call of ours fits them: apply them again once it does, or let them be.",
}


def attention(request: HttpRequest, period: Period) -> list[Attention]:
    if not request.user.has_perm("webhooks.view_webhookevent"):  # type: ignore[union-attr]
        return []
    waits = Attention(
        "deliveries waiting for the database",
        "They are on this machine's disk and are applied by themselves, in order, as soon as it answers.",
        waiting(),
        list_link("webhooks_webhookevent"),
    )
    kept = WebhookEvent.objects.order_by().filter(outcome__in=list(ADVICE))
    counts = dict(kept.values_list("outcome").annotate(count=Count("pk")))
    return [
        waits,
        *(_not_applied(outcome, counts.get(outcome.value, 0)) for outcome in ADVICE),
    ]


def _not_applied(outcome: Outcome, count: int) -> Attention:
    return Attention(
        f"deliveries {outcome.value}",
        ADVICE[outcome],
        count,
        list_link("webhooks_webhookevent", outcome=outcome.value),
        tone="bad" if outcome == Outcome.FAILED else "warn",
    )
