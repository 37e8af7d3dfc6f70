"""The three addresses that the shell links to, so that these tests need no other step's pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("", nothing, name="home"),
    path("login/", nothing, name="login"),
    path("logout/", nothing, name="logout"),
]
