import asyncio
import random
from dataclasses import replace

from .background import Background
from .clock import Clock
from .debugger import Debugger
from .delivery import WebhookAnswer, WebhookSender, new_delivery
from .faults import Fault, Faults
from .models import Delivery, Webhook

XML_TYPES = frozenset({"text/xml", "application/xml"})


class Callbacks:
    """Webhooks on their way: those whose answer the call waits for, and those that are only told.

    The latter overlap as they do at Twilio. At speed 0, where a whole call takes no time, those of one call
    are sent one after the other instead, so that their order is the order of the events.
    """

    def __init__(
        self, sender: WebhookSender, faults: Faults, background: Background, clock: Clock, debugger: Debugger
    ) -> None:
        self._sender = sender
        self._faults = faults
        self._background = background
        self._clock = clock
        self._debugger = debugger
        self._lines: dict[str, asyncio.Task[None]] = {}
        self._held: list[tuple[Webhook, Delivery, Fault]] = []

    @property
    def held_count(self) -> int:
        return len(self._held)

    def fire(self, webhook: Webhook) -> None:
        plan = self._faults.plan(webhook)
        delivery = self._register(webhook)
        if plan.lost:
            delivery.outcome = "lost"
        elif plan.held_by is not None:
            self._hold(webhook, delivery, plan.held_by)
        elif plan.delay:
            self._background.spawn(self._tell(webhook, delivery, plan.copies, delay=plan.delay))
        else:
            predecessor = self._lines.get(webhook.call.sid) if self._clock.is_instant else None
            task = self._background.spawn(self._tell(webhook, delivery, plan.copies, predecessor=predecessor))
            self._join_line(webhook.call.sid, task)

    async def fetch(self, webhook: Webhook) -> WebhookAnswer:
        """Sends a webhook whose answer is TwiML."""
        plan = self._faults.plan(webhook)
        delivery = self._register(webhook)
        await asyncio.sleep(plan.delay)
        if plan.lost:
            delivery.outcome = "lost"
            return WebhookAnswer(failure="ct", code=11205)
        for _ in range(plan.copies - 1):
            self._background.spawn(self._repeat(webhook, delivery))
        try:
            return await self._sender.send(webhook, delivery)
        except asyncio.CancelledError:
            delivery.outcome = "abandoned"
            raise

    async def told(self, call_sid: str) -> None:
        """Waits, at speed 0, until the call's earlier callbacks have been answered."""
        if self._clock.is_instant and (last := self._lines.get(call_sid)) is not None:
            await asyncio.wait({last})

    def release(self, order: str = "fifo", seed: int = 0) -> int:
        held, self._held = self._held, []
        self._release(held, order, seed)
        return len(held)

    def forget_held(self) -> None:
        self._held.clear()

    def _register(self, webhook: Webhook) -> Delivery:
        delivery = new_delivery(webhook)
        webhook.call.deliveries.append(delivery)
        return delivery

    def _join_line(self, call_sid: str, task: "asyncio.Task[None]") -> None:
        self._lines[call_sid] = task
        task.add_done_callback(lambda done: self._lines.get(call_sid) is done and self._lines.pop(call_sid))

    def _hold(self, webhook: Webhook, delivery: Delivery, fault: Fault) -> None:
        delivery.outcome = "held"
        self._held.append((webhook, delivery, fault))
        together = [entry for entry in self._held if entry[2] is fault]
        if fault.fault == "reorder" and len(together) == fault.group:
            self._held = [entry for entry in self._held if entry[2] is not fault]
            self._release(together, "reversed", 0)

    def _release(self, held: list[tuple[Webhook, Delivery, Fault]], order: str, seed: int) -> None:
        if order == "reversed":
            held.reverse()
        elif order == "shuffled":
            random.Random(seed).shuffle(held)  # noqa: S311
        self._background.spawn(self._tell_in_turn(held))

    async def _tell_in_turn(self, held: list[tuple[Webhook, Delivery, Fault]]) -> None:
        for webhook, delivery, _ in held:
            await self._tell(webhook, delivery, 1)

    async def _tell(
        self,
        webhook: Webhook,
        delivery: Delivery,
        copies: int,
        *,
        delay: float = 0.0,
        predecessor: "asyncio.Task[None] | None" = None,
    ) -> None:
        if predecessor is not None:
            await asyncio.wait({predecessor})
        if delay:
            await asyncio.sleep(delay)
        self._warn(webhook, await self._sender.send(webhook, delivery))
        for _ in range(copies - 1):
            await self._repeat(webhook, delivery)

    async def _repeat(self, webhook: Webhook, delivery: Delivery) -> None:
        copy = replace(delivery, outcome="pending", attempts=[])
        webhook.call.deliveries.append(copy)
        await self._sender.send(webhook, copy)

    def _warn(self, webhook: Webhook, answer: WebhookAnswer) -> None:
        about = {"call_sid": webhook.call.sid, "url": webhook.target.url}
        if answer.failure == "rt":
            self._debugger.warning(15002, f"The {webhook.kind} callback was not answered in time", **about)
        elif answer.failure:
            said = answer.status or f"error {answer.code}"
            self._debugger.warning(15003, f"The {webhook.kind} callback was answered with {said}", **about)
        elif answer.body and answer.content_type not in XML_TYPES:
            self._debugger.warning(
                12300, f"Invalid content type of a callback: {answer.content_type}", **about
            )
