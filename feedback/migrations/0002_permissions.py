from django.db import migrations

from users.grants import grant

EVERYBODY = ["view_ratedcall", "give_feedback"]


def grant_permissions(apps, schema_editor):
    grant(apps, "feedback", {"Support": EVERYBODY, "Supervisor": EVERYBODY, "Administrator": EVERYBODY})


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial"), ("users", "0002_groups")]
    operations = [
        migrations.AlterModelOptions(
            name="ratedcall",
            options={
                "ordering": ["feedback__overall_satisfaction", "-created_at"],
                "permissions": [("give_feedback", "Can give feedback and notes on a call")],
            },
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
