"""Every address of the product."""

from django.urls import include, path

from apps.backoffice.site import site

urlpatterns = [
    path("admin/", site.urls),
    path("api/v1/", include("apps.api.urls")),
    path("", include("apps.web.urls")),
]
