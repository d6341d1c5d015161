import requests

from atlas.twilio.simulator.testing import SimulatorProcess

RECORD = '<Response><Record transcribe="true" maxLength="60"/></Response>'


def placed_at_twilio(simulator: SimulatorProcess, number: str = "+14155550123") -> str:
    """The SID of a call that is over, recorded and transcribed, and of which Twilio told nobody."""
    url = f"{simulator.base_url}/2010-04-01/Accounts/{simulator.account_sid}/Calls.json"
    form = {"To": number, "From": "+15005550006", "Twiml": RECORD}
    answer = requests.post(url, form, auth=(simulator.account_sid, simulator.auth_token), timeout=10)
    simulator.drain()
    sid: str = answer.json()["sid"]
    return sid
