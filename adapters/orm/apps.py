"""The one Django app with models."""

from django.apps import AppConfig


class OrmConfig(AppConfig):
    """Rows of the product; their tables begin with ``studio_``."""

    name = "adapters.orm"
    label = "studio"
    verbose_name = "Synthetic Data Studio"
