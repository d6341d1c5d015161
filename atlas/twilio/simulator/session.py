import asyncio

from .exchange import Exchange
from .interpreter import Interpreter, RecordingCallbacks, Step
from .line import HangUp, Line
from .models import Call, Recording, Webhook, WebTarget
from .payloads import call_form, rest_recording_form, status_form
from .recording import begin, process
from .verbs import new_interpreter

DIALING_SECONDS = 0.5
MACHINE_DETECTION_SECONDS = 3.0


class CallSession:
    """One call from the queue to its end.

    Orders over REST (hang up, redirect) interrupt whatever is going on. What the called party and the carrier
    do is the call's scenario.
    """

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self._exchange = exchange
        self._call = call
        self._interpreter: Interpreter | None = None
        self._whole_call_recording: Recording | None = None
        self._redirection: Step | None = None
        self._stage: asyncio.Task[None] | None = None
        self._is_interrupted = False

    async def run(self) -> None:
        try:
            await self._run_stages()
        finally:
            self._leave_interruption()
            if self._stage is not None:
                self._stage.cancel()
                await asyncio.wait({self._stage})

    def hang_up(self) -> None:
        """An order over REST: what is up is completed, what is not yet is cancelled."""
        self._finish("completed" if self._call.status == "in-progress" else "canceled")
        self._interrupt()

    def redirect(self, step: Step) -> None:
        self._redirection = step
        self._interrupt()

    def _interrupt(self) -> None:
        # A parked call is not counted as under way; from here on it is, until the order has been carried out.
        if self._stage is not None and not self._is_interrupted:
            self._is_interrupted = True
            self._exchange.background.enter()
            self._stage.cancel()

    def _leave_interruption(self) -> None:
        if self._is_interrupted:
            self._is_interrupted = False
            self._exchange.background.leave()

    async def _run_stages(self) -> None:
        while not self._call.is_over:
            step, self._redirection = self._redirection, None
            stage = self._begin() if step is None else self._converse(step)
            self._stage = asyncio.get_running_loop().create_task(stage)
            await asyncio.wait({self._stage})
            self._leave_interruption()
            if not self._stage.cancelled():
                self._stage.result()
            self._settle_record(with_action=self._call.is_over)

    async def _begin(self) -> None:
        await self._wait_in_queue()
        scenario = self._call.scenario
        self._call.dialed_at = self._exchange.clock.now()
        self._call.note("initiated")
        self._tell("initiated", "initiated")
        await self._exchange.clock.sleep(DIALING_SECONDS)
        if scenario.outcome == "failed":
            self._finish("failed")
            return
        self._call.become("ringing")
        self._tell("ringing", "ringing")
        if await self._is_answered():
            await self._answer()

    async def _wait_in_queue(self) -> None:
        seconds = self._exchange.seconds_until_dialed()
        if seconds:
            await asyncio.sleep(seconds)
            self._call.queue_milliseconds = round(seconds * 1000)

    async def _is_answered(self) -> bool:
        scenario, timeout = self._call.scenario, self._call.parameters.timeout
        if scenario.outcome == "rings":
            with self._exchange.background.parked():
                await asyncio.get_running_loop().create_future()
        if scenario.outcome == "no-answer" or scenario.ring_seconds > timeout:
            await self._exchange.clock.sleep(timeout)
            self._finish("no-answer")
            return False
        await self._exchange.clock.sleep(scenario.ring_seconds)
        if scenario.outcome != "answered":
            self._finish(scenario.outcome)
        return scenario.outcome == "answered"

    async def _answer(self) -> None:
        call, parameters = self._call, self._call.parameters
        line = Line(call, self._exchange.clock, self._exchange.background)
        self._interpreter = new_interpreter(self._exchange, call, line)
        call.become("in-progress")
        self._tell("answered", "in-progress")
        if parameters.record:
            self._whole_call_recording = begin(
                self._exchange, call, "OutboundAPI", self._rest_callbacks(), parameters.recording_channels
            )
        await self._converse(self._first_step())

    async def _converse(self, step: Step) -> None:
        assert self._interpreter is not None
        try:
            if self._call.parameters.detects_machines and self._call.answered_by is None:
                await self._interpreter.line.wait(MACHINE_DETECTION_SECONDS)
                self._call.answered_by = self._call.scenario.answered_by
            await self._interpreter.run(step)
        except HangUp:
            self._finish("completed")

    def _first_step(self) -> Step:
        parameters = self._call.parameters
        if parameters.voice is None:
            return Step(WebTarget(""), twiml=parameters.twiml)
        return Step(parameters.voice)

    def _finish(self, status: str) -> None:
        call = self._call
        if call.is_over:
            return
        call.ended_at = self._exchange.clock.now()
        call.duration = round(self._interpreter.line.elapsed()) if self._interpreter is not None else 0
        call.become(status)
        recording = self._whole_call_recording
        if recording is not None:
            recording.duration = call.duration
        if call.dialed_at is not None:  # Twilio: a call that is cancelled in the queue has no callback at all
            self._tell("completed", status)
        if recording is not None:
            self._exchange.background.spawn(process(self._exchange, recording, self._rest_callbacks()))

    def _settle_record(self, *, with_action: bool) -> None:
        """A <Record> in which the call was hung up still requests its action, and is processed after that."""
        if self._interpreter is None or self._interpreter.unfinished_record is None:
            return
        unfinished, self._interpreter.unfinished_record = self._interpreter.unfinished_record, None
        action = unfinished.action if with_action and unfinished.action.target.url else None
        self._exchange.background.spawn(self._process(unfinished.recording, unfinished.callbacks, action))

    async def _process(
        self, recording: Recording, callbacks: RecordingCallbacks, action: Step | None
    ) -> None:
        request = self._exchange.background.spawn(self._request(action)) if action is not None else None
        if request is not None and self._exchange.clock.is_instant:
            await asyncio.wait({request})
        await process(self._exchange, recording, callbacks)

    async def _request(self, action: Step) -> None:
        webhook = Webhook(self._call, action.kind, "", action.target, call_form(self._call) | action.form)
        answer = await self._exchange.callbacks.fetch(webhook)
        if not answer.is_success:
            self._exchange.debugger.error(
                answer.code, "The action of <Record> failed", call_sid=self._call.sid, url=action.target.url
            )

    def _tell(self, event: str, status: str) -> None:
        call, parameters = self._call, self._call.parameters
        if parameters.status_callback is None or event not in parameters.callback_events:
            return
        form = status_form(call, status)
        if self._whole_call_recording is not None and call.is_over:
            url = self._exchange.recording_url(self._whole_call_recording)
            form |= rest_recording_form(self._whole_call_recording, url)
        call.callbacks_fired += 1
        self._exchange.callbacks.fire(Webhook(call, "status", event, parameters.status_callback, form))

    def _rest_callbacks(self) -> RecordingCallbacks:
        parameters = self._call.parameters
        return RecordingCallbacks(parameters.recording_callback, parameters.recording_events)
