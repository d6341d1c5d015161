from django.db import migrations, models
from django.db.models import F

OPEN = ["initiated", "ringing", "in-progress"]


def ask_about_open_calls(apps, schema_editor):
    apps.get_model("calls", "Call").objects.filter(status__in=OPEN).update(sync_after=F("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("calls", "0003_permissions"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="sync_after",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(ask_about_open_calls, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["sync_after"], name="calls_to_sync"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["recording_status", "created_at"], name="recordings_to_purge"),
        ),
    ]
