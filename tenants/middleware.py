"""Opens the one scope of a request, and sees to it that no half-done work is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.response import Http404

from engagement.errors import ForbiddenError, NotFoundError, RapportError, UnauthenticatedError
from tenants.actor import Actor, Reach, resolve_actor
from tenants.models import Organisation
from tenants.pages import error_page
from tenants.scope import scoped_stream, tenant

log = structlog.get_logger(__name__)

_ORGANISATION = re.compile(r"^/(?:o|api/v1/organisations)/([^/]+)/")
# The only routes that read several organisations at once; none of them writes.
_PORTFOLIO = re.compile(r"^/portfolio/([^/]+)/$|^/api/v1/organisations/$")
# Doors of programs: they look for a key themselves, or need none, and never ask for a session.
_WITHOUT_SESSION = ("/v1/", "/healthz", "/readyz")
_INSUFFICIENT_PRIVILEGE = "42501"


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


class ScopeMiddleware:
    """Resolves who is asking, opens the organisation of the address, and renders failures after the rollback."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(_WITHOUT_SESSION):
            return self._finish(request, self.get_response(request))
        try:
            actor = resolve_actor(request)
        except RapportError as error:
            return error_page(request, error)
        request.actor = actor  # type: ignore[attr-defined]
        in_organisation = _ORGANISATION.match(request.path)
        if in_organisation:
            return self._inside(request, actor, in_organisation.group(1))
        portfolio = _PORTFOLIO.match(request.path)
        if portfolio and actor:
            return self._portfolio(request, actor, portfolio.group(1))
        return self._finish(request, self.get_response(request))

    def _inside(self, request: HttpRequest, actor: Actor | None, slug: str) -> HttpResponseBase:
        if actor is None:
            if is_api(request):
                return error_page(request, UnauthenticatedError())
            return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))
        reach = actor.reach(slug)
        if reach is None:
            return error_page(request, NotFoundError())
        request.reach = reach  # type: ignore[attr-defined]
        read = (reach.organisation_id,)
        structlog.contextvars.bind_contextvars(organisation_id=reach.organisation_id)
        with tenant(read=read, write=reach.organisation_id if reach.may_write else None):
            request.organisation = Organisation.objects.get(pk=reach.organisation_id)  # type: ignore[attr-defined]
            response = self._keep_or_undo(request)
        return self._finish(request, response, read=read)

    def _portfolio(self, request: HttpRequest, actor: Actor, slug: str | None) -> HttpResponseBase:
        reaches: Iterable[Reach] = actor.reaches
        if slug is not None:
            firm = actor.reach(slug)
            if firm is None or not firm.is_firm:
                return error_page(request, NotFoundError())
            request.reach = firm  # type: ignore[attr-defined]
            reaches = [firm, *actor.clients_of(firm.organisation_id)]
        read = tuple(reach.organisation_id for reach in reaches)
        with tenant(read=read):
            response = self._keep_or_undo(request)
        return self._finish(request, response, read=read)

    def _keep_or_undo(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code >= 400 or getattr(request, "failure", None):  # noqa: PLR2004
            transaction.set_rollback(True)
        return response

    def _finish(
        self, request: HttpRequest, response: HttpResponseBase, *, read: tuple[int, ...] | None = None
    ) -> HttpResponseBase:
        failure: RapportError | None = getattr(request, "failure", None)
        if failure is not None:
            return error_page(request, failure)
        if read is not None and isinstance(response, StreamingHttpResponse):
            response.streaming_content = scoped_stream(response.streaming_content, read=read)  # type: ignore[arg-type]
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn an expected failure into its page, rendered outside the transaction it failed in."""
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        failure: RapportError | None = None
        if isinstance(exception, RapportError):
            failure = exception
        elif isinstance(exception, Http404):
            failure = NotFoundError()
        elif isinstance(exception, DatabaseError) and sqlstate(exception) == _INSUFFICIENT_PRIVILEGE:
            log.error("database_refused", path=request.path)
            failure = ForbiddenError()
        if failure is None:
            return None
        request.failure = failure  # type: ignore[attr-defined]
        return HttpResponse(status=failure.status)


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code of a failure, if it has one."""
    return getattr(error.__cause__, "sqlstate", None)
