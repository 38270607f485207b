"""What the settings of this instance say to a reviewer."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import (
    MinimumLengthValidator,
    get_default_password_validators,
)

from domain.compliance.controls.instance import InstanceSettings


def instance_settings() -> InstanceSettings:
    """As this instance runs."""
    return InstanceSettings(
        cipher="AES-256-GCM",  # adapters.blobs.encrypted knows no other, and no way around it
        master_key="a file that only the instance's account may read",
        https=settings.HTTPS,
        shortest_password=_shortest_password(),
        locks_out=settings.AXES_FAILURE_LIMIT > 0,
        session_hours=settings.SESSION_COOKIE_AGE / timedelta(hours=1).total_seconds(),
    )


def _shortest_password() -> int:
    asking = get_default_password_validators()
    lengths = [v.min_length for v in asking if isinstance(v, MinimumLengthValidator)]
    return max(lengths, default=0)
