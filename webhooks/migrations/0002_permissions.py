from django.db import migrations

from users.grants import grant

SUPPORT = ["view_webhookevent"]
SUPERVISOR = [*SUPPORT, "replay_webhookevent"]


def grant_permissions(apps, schema_editor):
    grant(apps, "webhooks", {"Support": SUPPORT, "Supervisor": SUPERVISOR, "Administrator": SUPERVISOR})


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial"), ("users", "0002_groups")]
    operations = [
        migrations.AlterModelOptions(
            name="webhookevent",
            options={
                "ordering": ["-received_at", "-id"],
                "permissions": [("replay_webhookevent", "Can apply a delivery again")],
            },
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
