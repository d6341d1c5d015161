"""Reading what a REST client posts about a call, and refusing what Twilio refuses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from multidict import MultiMapping

from .config import E164
from .magic_numbers import INVALID_FROM
from .models import CallParameters, WebTarget
from .rest_errors import RestError

CALLBACK_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
RECORDING_EVENTS = frozenset({"in-progress", "completed", "absent"})
SEND_DIGITS = re.compile(r"[0-9A-D#*wW]{0,32}")
TWIML_LIMIT = 4000
MAX_TIMEOUT = 600

Form = MultiMapping[str]


@dataclass(frozen=True)
class NewCall:
    """`warnings` are for the debugger: (code, words)."""

    to: str
    from_number: str
    parameters: CallParameters
    warnings: tuple[tuple[int, str], ...] = ()


def read_new_call(form: Form, own_numbers: tuple[str, ...]) -> NewCall:
    to, from_number = _numbers(form, own_numbers)
    warnings: list[tuple[int, str]] = []
    voice, twiml = _instructions(form, warnings)
    if not SEND_DIGITS.fullmatch(form.get("SendDigits", "")):
        raise RestError(21206, form["SendDigits"])
    detection = form.get("MachineDetection", "")
    parameters = CallParameters(
        voice=voice,
        twiml=twiml,
        fallback=_target(form, "FallbackUrl", "FallbackMethod"),
        status_callback=_status_callback(form),
        callback_events=_callback_events(form, warnings),
        timeout=min(_seconds(form, "Timeout", 60), MAX_TIMEOUT),
        time_limit=_seconds(form, "TimeLimit", 14_400),
        record=form.get("Record") == "true",
        recording_channels=2 if form.get("RecordingChannels") == "dual" else 1,
        recording_callback=_target(form, "RecordingStatusCallback", "RecordingStatusCallbackMethod"),
        recording_events=_recording_events(form),
        detects_machines=detection in ("Enable", "DetectMessageEnd") and form.get("AsyncAmd") != "true",
    )
    return NewCall(to, from_number, parameters, tuple(warnings))


def updated_parameters(form: Form, parameters: CallParameters) -> CallParameters:
    """Twilio takes a new StatusCallback only together with a new Url."""
    voice = _target(form, "Url", "Method")
    if voice is None:
        return replace(parameters, voice=None, twiml=_short_twiml(form))
    changed = replace(parameters, voice=voice, twiml="")
    if (fallback := _target(form, "FallbackUrl", "FallbackMethod")) is not None:
        changed = replace(changed, fallback=fallback)
    if (status_callback := _status_callback(form)) is not None:
        changed = replace(changed, status_callback=status_callback)
    return changed


def canonical_number(text: str) -> str:
    """E.164, or nothing if it is no phone number; ten digits alone are a number in the USA."""
    digits = re.sub(r"[\s().-]", "", text)
    if re.fullmatch(r"[2-9][0-9]{9}", digits):
        digits = "+1" + digits
    is_american = digits.startswith("+1")
    if not E164.fullmatch(digits) or (is_american and not re.fullmatch(r"\+1[2-9][0-9]{9}", digits)):
        return ""
    return digits


def _numbers(form: Form, own_numbers: tuple[str, ...]) -> tuple[str, str]:
    if not form.get("To"):
        raise RestError(21201)
    if not form.get("From"):
        raise RestError(21213)
    to, from_number = canonical_number(form["To"]), canonical_number(form["From"])
    if not to:
        raise RestError(21211, form["To"])
    if not from_number or from_number == INVALID_FROM:
        raise RestError(21212, form["From"])
    if from_number not in own_numbers:
        raise RestError(21210, from_number)
    if to == from_number:
        raise RestError(21211, to)
    return to, from_number


def _instructions(form: Form, warnings: list[tuple[int, str]]) -> tuple[WebTarget | None, str]:
    voice = _target(form, "Url", "Method")
    if voice is not None:
        if form.get("Twiml"):
            warnings.append((32019, "Both Url and Twiml were given; Twiml was ignored"))
        return voice, ""
    if not form.get("Twiml"):
        message = "Url parameter is required. For more information, see http://www.twilio.com/docs/api/twiml"
        raise RestError(21205, message=message)
    return None, _short_twiml(form)


def _short_twiml(form: Form) -> str:
    twiml = form.get("Twiml", "")
    if len(twiml) > TWIML_LIMIT:
        raise RestError(20001, f"Twiml must be at most {TWIML_LIMIT} characters")
    return twiml


def _target(form: Form, name: str, method_name: str, code: int = 21205) -> WebTarget | None:
    url, method = form.get(name, ""), form.get(method_name) or "POST"
    if not url:
        return None
    if not _is_url(url):
        message = "" if code != 21205 else f"{name} is not a valid URL: {url}"
        raise RestError(code, url, message=message)
    if method not in ("GET", "POST"):
        raise RestError(21209, method)
    return WebTarget(url, method)


def _status_callback(form: Form) -> WebTarget | None:
    target = _target(form, "StatusCallback", "StatusCallbackMethod", code=21609)
    if target is not None and (len(target.url) > 4000 or "_" in (urlsplit(target.url).hostname or "")):
        raise RestError(21609, target.url)
    return target


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _callback_events(form: Form, warnings: list[tuple[int, str]]) -> frozenset[str]:
    """Twilio: one parameter per event. A wrong one is no error, but the callbacks never come."""
    events = frozenset(form.getall("StatusCallbackEvent", []))
    if not events:
        return frozenset({"completed"})
    if events <= CALLBACK_EVENTS:
        return events
    warnings.append((21626, f"Invalid StatusCallbackEvent: {', '.join(sorted(events - CALLBACK_EVENTS))}"))
    return frozenset()


def _recording_events(form: Form) -> frozenset[str]:
    events = frozenset(" ".join(form.getall("RecordingStatusCallbackEvent", [])).split())
    return (events or frozenset({"completed"})) & RECORDING_EVENTS


def _seconds(form: Mapping[str, str], name: str, default: int) -> int:
    text = form.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise RestError(21208, text, message=f"{name} '{text}' is not valid")
    return int(text)
