"""API keys as one of Django's ways to authenticate, so that django-axes counts the failures."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from config.wiring import web

GUESSER = "API key"
"""The user name under which axes counts wrong keys: all guesses of an address together."""


class ApiKeyBackend(BaseBackend):
    """``authenticate(request, username=GUESSER, api_key=…)`` gives the active owner of the key."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, api_key: str, username: str = GUESSER
    ) -> AbstractBaseUser | None:
        owner = web.find_key_owner()(api_key)
        if owner is None:
            return None
        users = get_user_model()._default_manager
        return users.filter(username=owner, is_active=True).first()
