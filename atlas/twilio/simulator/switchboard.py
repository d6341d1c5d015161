from dataclasses import replace

from .call_requests import Form, NewCall, read_new_call, updated_parameters
from .exchange import Exchange
from .interpreter import Step
from .magic_numbers import MAGIC_NUMBERS
from .models import Call, WebTarget
from .rest_errors import RestError
from .scenarios import Scenario
from .session import CallSession


class Switchboard:
    """Places calls, and passes orders over REST on to those under way."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._sessions: dict[str, CallSession] = {}

    def place(self, form: Form) -> Call:
        new_call = read_new_call(form, self._exchange.config.phone_numbers)
        scenario = self._scenario(new_call.to)
        if scenario.refusal is not None:
            raise RestError(scenario.refusal, new_call.to)
        call = Call(
            self._exchange.config.account_sid,
            new_call.to,
            new_call.from_number,
            new_call.parameters,
            scenario,
        )
        self._exchange.store.add_call(call)
        self._warn(call, new_call)
        self._start(call)
        return call

    def update(self, call: Call, form: Form) -> None:
        """Raises RestError 21220 for a call that is over, or that is redirected before it is up."""
        status = form.get("Status", "")
        if status not in ("", "completed", "canceled"):
            raise RestError(20001, f"Status {status}")
        if call.is_over:
            raise RestError(21220)
        session = self._sessions[call.sid]
        if status:
            if status == "completed" or call.status != "in-progress":
                session.hang_up()
        elif form.get("Url") or form.get("Twiml"):
            self._redirect(call, session, form)
        elif form.get("TimeLimit", "").isdigit():
            call.parameters = replace(call.parameters, time_limit=int(form["TimeLimit"]))

    def _redirect(self, call: Call, session: CallSession, form: Form) -> None:
        if call.status != "in-progress":
            raise RestError(21220)
        call.parameters = updated_parameters(form, call.parameters)
        voice = call.parameters.voice
        session.redirect(
            Step(voice) if voice is not None else Step(WebTarget(""), twiml=call.parameters.twiml)
        )

    def _scenario(self, number: str) -> Scenario:
        own = self._exchange.scenarios.get(number)
        return own if own is not None else MAGIC_NUMBERS.get(number, Scenario())

    def _start(self, call: Call) -> None:
        session = CallSession(self._exchange, call)
        self._sessions[call.sid] = session
        task = self._exchange.background.spawn(session.run())
        task.add_done_callback(lambda _: self._sessions.pop(call.sid, None))

    def _warn(self, call: Call, new_call: NewCall) -> None:
        for code, message in new_call.warnings:
            self._exchange.warn(call, code, message)
