from django.db import migrations

from users.grants import grant

SUPPORT = ["view_user"]
SUPERVISOR = [*SUPPORT, "add_user", "change_user", "delete_user"]
ADMINISTRATOR = [
    *SUPERVISOR,
    "add_staff", "change_staff", "delete_staff", "view_staff",
    "add_apikey", "change_apikey", "delete_apikey", "view_apikey",
]
GROUPS = ["add_group", "change_group", "delete_group", "view_group"]


def make_groups(apps, schema_editor):
    grant(apps, "users", {"Support": SUPPORT, "Supervisor": SUPERVISOR, "Administrator": ADMINISTRATOR})
    grant(apps, "auth", {"Administrator": GROUPS})
    grant(apps, "admin", {"Administrator": ["view_logentry"]})


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial"), ("admin", "0001_initial")]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
