from django.db import migrations

from users.grants import grant


def grant_permissions(apps, schema_editor):
    grant(apps, "users", {"Administrator": ["view_auditentry"]})


class Migration(migrations.Migration):
    dependencies = [("users", "0003_audit_log"), ("users", "0002_groups")]
    operations = [migrations.RunPython(grant_permissions, migrations.RunPython.noop)]
