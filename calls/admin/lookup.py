from bson import ObjectId
from django.http import Http404

from calls.models import Call


def found_call(object_id: str) -> Call:
    """By our key or by Twilio's SID."""
    lookup = {"twilio_sid": object_id} if object_id.startswith("CA") else {"pk": object_id}
    if "pk" in lookup and not ObjectId.is_valid(object_id):
        raise Http404("No such call")
    call: Call | None = Call.objects.filter(**lookup).first()
    if call is None:
        raise Http404("No such call")
    return call
