from django.db import migrations


def take_over_user_id(apps, schema_editor):
    """Atlas 1.0 wrote `user_id`; it stays where it is, so that going back loses nothing."""
    calls = schema_editor.connection.get_collection("calls")
    first_calls = {"user_id": {"$exists": True}, "user_external_id": {"$exists": False}}
    calls.update_many(first_calls, [{"$set": {"user_external_id": {"$toString": "$user_id"}}}])


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]
    operations = [migrations.RunPython(take_over_user_id, migrations.RunPython.noop)]
