from django.db import migrations

from users.grants import grant

EVERYBODY = ["annotate_call", "view_full_number"]


def grant_permissions(apps, schema_editor):
    grant(apps, "calls", {"Support": EVERYBODY, "Supervisor": EVERYBODY, "Administrator": EVERYBODY})


def fill_in(apps, schema_editor):
    """What services write from now on, for the calls that are there already."""
    calls = schema_editor.connection.get_collection("calls")
    calls.update_many({"recording_url": {"$gt": ""}}, [{"$set": {"recording_status": {"$literal": "completed"}}}])
    scores = [
        f"$feedback.{name}"
        for name in ("call_quality", "agent_helpfulness", "resolution", "call_ease", "overall_satisfaction")
    ]
    calls.update_many({"feedback.overall_satisfaction": {"$gte": 1}}, [{"$set": {"worst_score": {"$min": scores}}}])
    for number in calls.distinct("to_number", {"to_digits_reversed": None}):
        calls.update_many({"to_number": number}, {"$set": {"to_digits_reversed": number.lstrip("+")[::-1]}})


class Migration(migrations.Migration):
    dependencies = [("calls", "0005_support_desk"), ("users", "0003_audit_log")]
    operations = [
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
