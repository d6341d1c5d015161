from django.db import migrations

from users.grants import grant

SUPPORT = ["view_call", "view_recording", "listen_recording"]
SUPERVISOR = [*SUPPORT, "place_call", "hang_up_call", "sync_call", "export_call"]


def grant_permissions(apps, schema_editor):
    grant(apps, "calls", {"Support": SUPPORT, "Supervisor": SUPERVISOR, "Administrator": SUPERVISOR})


class Migration(migrations.Migration):
    dependencies = [("calls", "0002_user_external_id"), ("users", "0002_groups")]
    operations = [
        migrations.AlterModelOptions(
            name="call",
            options={
                "ordering": ["-created_at", "-id"],
                "permissions": [
                    ("place_call", "Can place a call"),
                    ("hang_up_call", "Can hang up a call"),
                    ("sync_call", "Can ask Twilio for the true state of a call"),
                    ("export_call", "Can export calls"),
                ],
            },
        ),
        migrations.AlterModelOptions(
            name="recording",
            options={
                "ordering": ["-created_at", "-id"],
                "permissions": [("listen_recording", "Can listen to a recording")],
            },
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
