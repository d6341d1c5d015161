"""What Atlas knows of a person, here and at Twilio, and how it is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from atlas.errors import InvalidInput
from atlas.phone_numbers import to_e164
from atlas.twilio.errors import TwilioError
from calls import services
from calls.models import Call, Recording
from calls.patience import patiently
from calls.selectors import calls_that_mention
from users.models import AuditEntry, User
from users.services import audit_entries_about, delete_user, forget_in_audit
from webhooks.deliveries import Delivery
from webhooks.journal import journal
from webhooks.models import Kind, WebhookEvent
from webhooks.services import TO_APPLY_AGAIN, delivery_of

Wait = Callable[[float], object]


@dataclass(frozen=True)
class Person:
    """
    `numbers` are E.164; `calls` are those to the numbers, and those for the users wherever they went;
    `mentions` are the other calls whose script, notes or transcript names the person.
    """

    numbers: set[str]
    users: list[User]
    calls: list[Call]
    events: list[WebhookEvent] = field(repr=False)
    journalled: list[int]
    audited: list[AuditEntry] = field(repr=False)
    mentions: list[Call]

    @property
    def recordings(self) -> QuerySet[Recording]:
        found: QuerySet[Recording] = Recording.objects.filter(call__in=self.calls)
        return found.order_by()

    def is_unknown(self) -> bool:
        known = (self.users, self.calls, self.events, self.journalled, self.audited, self.mentions)
        return not any(known)


def find_person(number_or_email: str) -> Person:
    """Raises InvalidInput for what is neither."""
    if "@" in number_or_email:
        users = list(User.objects.filter(email=number_or_email.lower()))
        emails, numbers = {number_or_email.lower()}, {user.phone_number for user in users}
    else:
        try:
            numbers = {to_e164(number_or_email, field="person")}
        except InvalidInput as error:
            reason = "Write a number as E.164, such as +14155550123, or an e-mail address."
            raise InvalidInput(reason) from error
        users = list(User.objects.filter(phone_number__in=numbers))
        emails = {user.email for user in users}
    # Whoever places calls may name a person by what they know: a number or an address is an id as well.
    ids = {str(user.pk) for user in users} | emails | numbers | {number_or_email}
    calls = {call.pk: call for call in Call.objects.filter(to_number__in=numbers)}
    calls |= {call.pk: call for call in Call.objects.filter(user_external_id__in=ids)}
    speaks_of = _Mentions(numbers, list(calls.values()))
    return Person(
        numbers=numbers,
        users=users,
        calls=sorted(calls.values(), key=lambda call: call.created_at),
        events=list(_events(speaks_of)),
        journalled=[entry.id for entry in journal().everything() if speaks_of(entry.delivery)],
        audited=audit_entries_about(words=ids | {user.name for user in users}, numbers=numbers),
        mentions=[call for call in calls_that_mention(emails | numbers) if call.pk not in calls],
    )


class _Mentions:
    """Whether a delivery is about the person: by its call, or by a number in it."""

    def __init__(self, numbers: set[str], calls: list[Call]) -> None:
        self.numbers = numbers
        self.sids = {call.twilio_sid for call in calls if call.twilio_sid}
        self.call_ids = {call.call_id for call in calls}

    def __call__(self, delivery: Delivery) -> bool:
        is_of_call = delivery.call_sid in self.sids or delivery.call_id in self.call_ids
        return is_of_call or not self.numbers.isdisjoint(delivery.payload.values())


def _events(speaks_of: _Mentions) -> Iterator[WebhookEvent]:
    # Those of no call of ours have to be read: no index knows what is in a payload.
    loose = Q(outcome__in=TO_APPLY_AGAIN) & ~Q(call_sid__in=speaks_of.sids)
    yield from WebhookEvent.objects.filter(call_sid__in=speaks_of.sids).order_by()
    for event in WebhookEvent.objects.filter(loose).order_by().iterator():
        if speaks_of(delivery_of(event)):
            yield event


def forget(person: Person, *, at_twilio: bool, wait: Wait) -> Iterator[str]:
    """
    Takes the person away, call by call, and yields what could not be done and why. It can be interrupted and
    begun again at any time; the users go last, as the calls are found by them.
    """
    journal().remove(person.journalled)
    problems = 0
    for call in person.calls:
        if problem := _forget_call(call, at_twilio=at_twilio, wait=wait):
            problems += 1
            yield f"{call}: {problem}"
    if problems:
        yield f"{len(person.users)} users stay until their calls are forgotten."
        return
    WebhookEvent.objects.filter(pk__in=[event.pk for event in person.events]).delete()
    forget_in_audit(entries=person.audited)
    for user in person.users:
        delete_user(user_id=str(user.pk))


def _forget_call(call: Call, *, at_twilio: bool, wait: Wait) -> str | None:
    if not call.is_over:
        return f"it is {call.status}. Hang it up, or sync it, first."
    if at_twilio:
        try:
            patiently(lambda: services.forget_call_at_twilio(call=call), wait=wait)
        except TwilioError as error:
            return str(error)
    if call.twilio_sid:
        WebhookEvent.objects.filter(call_sid=call.twilio_sid).delete()
    services.forget_call(call=call)
    return None


def recordings_before(time: datetime) -> QuerySet[Recording]:
    """Those whose audio is still there, oldest first."""
    old: QuerySet[Recording] = Recording.objects.filter(recording_status="completed", created_at__lt=time)
    return old.order_by("created_at")


def purge(recording: Recording, *, wait: Wait) -> None:
    """Audio and transcript, here and at Twilio, and the webhooks that told of them. Raises TwilioError."""
    patiently(lambda: services.purge_recording(recording=recording), wait=wait)
    told = [Kind.RECORDING, Kind.TRANSCRIPTION]
    WebhookEvent.objects.filter(call_sid=recording.call_sid, kind__in=told).delete()
