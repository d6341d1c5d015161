import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")

from atlas.checks import refuse_unsafe_production

refuse_unsafe_production()
application = get_wsgi_application()
for name in settings.STARTED_WITH_THE_SERVER:
    import_string(name)()
