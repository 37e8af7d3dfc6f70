"""What every answer tells the browser: pages, the API, errors, redirects, files. One place, so none is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase

from tenants.doors import is_event_door

_NOT_USED: Final = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
    "gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection", "local-fonts",
    "magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture", "screen-wake-lock",
    "serial", "storage-access", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
_OWN: Final = ("publickey-credentials-create", "publickey-credentials-get")  # passkeys
PERMISSIONS_POLICY: Final = ", ".join(
    [*(f"{name}=()" for name in _NOT_USED), *(f"{name}=(self)" for name in _OWN), "clipboard-write=(self)"]
)
EVERYWHERE: Final = {
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Origin-Agent-Cluster": "?1",
    "Referrer-Policy": "same-origin",
}
# Not the cookies: the session's is deleted anyway, and the one that says that this browser is known protects its owner.
CLEARED: Final = '"cache", "storage"'


class HeadersMiddleware:
    """Stands first, so that files, redirects and refusals of every other middleware pass through it too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in EVERYWHERE.items():
            response.headers.setdefault(name, value)
        # Client libraries of any site send to the doors of programs and read the answer: it is theirs.
        for_everybody = is_event_door(request.path)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if for_everybody else "same-origin")
        # Files of static/ bring their own; all else may hold what is somebody's, and lies in no cache, shared or not.
        response.headers.setdefault("Cache-Control", "no-store")
        if getattr(request, "signed_out_now", False):
            response.headers["Clear-Site-Data"] = CLEARED
        return response


@receiver(user_logged_out, dispatch_uid="tenants.headers.signed_out_now")
def _note_signing_out(request: HttpRequest | None, **kwargs: Any) -> None:
    if request is not None:
        request.signed_out_now = True  # type: ignore[attr-defined]
