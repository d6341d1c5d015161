"""What webhooks offer to the desk's first page."""

from django.db.models import Count
from django.http import HttpRequest

from atlas.admin.cards import Attention, list_link
from atlas.admin.periods import Period
from calls.lifecycle import Outcome
from webhooks.models import WebhookEvent

ADVICE = {
    Outcome.FAILED: "Our own code failed on them: read the error, then apply them again.",
    Outcome.UNMATCHED: "No call of ours fits them: apply them again once it does, or let them be.",
}


def attention(request: HttpRequest, period: Period) -> list[Attention]:
    if not request.user.has_perm("webhooks.view_webhookevent"):  # type: ignore[union-attr]
        return []
    kept = WebhookEvent.objects.order_by().filter(outcome__in=list(ADVICE))
    counts = dict(kept.values_list("outcome").annotate(count=Count("pk")))
    return [
        Attention(
            f"deliveries {outcome.value}",
            advice,
            counts.get(outcome.value, 0),
            list_link("webhooks_webhookevent", outcome=outcome.value),
            tone="bad" if outcome == Outcome.FAILED else "warn",
        )
        for outcome, advice in ADVICE.items()
    ]
