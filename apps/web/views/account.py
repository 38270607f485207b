"""Signing in and out, and choosing a password."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from adapters.orm.members import password_changed
from apps.actors import membership_of
from apps.web.forms import OwnPasswordForm
from domain.kernel import NotAllowed

sign_in = LoginView.as_view(template_name="account/sign_in.html", redirect_authenticated_user=True)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; after a one-time password this page comes first."""
    form = OwnPasswordForm(cast(User, request.user), request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        update_session_auth_hash(request, user)
        password_changed(user.pk)
        messages.success(request, "Your password is changed.")
        return redirect("projects")
    context = {"form": form, "one_time": _one_time(request)}
    return render(request, "account/password.html", context)


def _one_time(request: HttpRequest) -> bool:
    try:
        return membership_of(request).must_change_password
    except NotAllowed:
        return False
