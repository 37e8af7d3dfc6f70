"""Opens the one scope of a request, and sees to it that no half-done work is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.response import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import ForbiddenError, NotFoundError, RapportError, SuspendedError, UnauthenticatedError
from tenants.access import is_open_while_suspended, permissions_of
from tenants.acting import Acting, Kind, acting
from tenants.actor import Actor, Reach, resolve_actor
from tenants.doors import is_without_session
from tenants.models import Organisation
from tenants.pages import error_page
from tenants.postgres.failures import sqlstate
from tenants.rates import client_address, spend
from tenants.scope import scoped_stream, tenant

log = structlog.get_logger(__name__)

_ORGANISATION = re.compile(r"^/(?:o|api/v1/organisations)/([^/]+)/")
# The only routes that read several organisations at once; none of them writes.
_PORTFOLIO = re.compile(r"^/portfolio/([^/]+)/(?:yardstick/)?$|^/api/v1/organisations/$")
_FIND = re.compile(r"^/(?:o/[^/]+/)?find/$")
_INSUFFICIENT_PRIVILEGE = "42501"
_REQUEST_ID_LENGTH = 64  # a caller may send its own; the record keeps no more of it


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


class ScopeMiddleware:
    """Resolves who is asking, opens the organisation of the address, and renders failures after the rollback."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_without_session(request.path):
            return self._finish(request, self.get_response(request))
        try:
            actor = self._who(request)
        except RapportError as error:
            return error_page(request, error)
        request.actor = actor  # type: ignore[attr-defined]
        in_organisation = _ORGANISATION.match(request.path)
        if in_organisation:
            return self._inside(request, actor, in_organisation.group(1))
        portfolio = _PORTFOLIO.match(request.path)
        with _acting_as(actor):
            if portfolio and actor:
                return self._portfolio(request, actor, portfolio.group(1))
            return self._finish(request, self.get_response(request))

    def _who(self, request: HttpRequest) -> Actor | None:
        """Who is asking; what programs and the dialog "Find" ask is counted here, before any transaction is open."""
        now = timezone.now()
        if not is_api(request):
            actor = resolve_actor(request, now=now)
            if actor is not None and _FIND.match(request.path):
                spend("find", f"user {request.user.pk}", now=now)
            return actor
        try:
            actor = resolve_actor(request, now=now)
        except UnauthenticatedError:
            spend("wrong-token", client_address(request), now=now)
            raise
        if actor is not None:
            spend("api", f"token {actor.token.id}" if actor.token else f"user {request.user.pk}", now=now)
        return actor

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
        write = reach.organisation_id if reach.may_write else None
        with _acting_as(actor, reach), tenant(read=read, write=write):
            request.organisation = Organisation.objects.get(pk=reach.organisation_id)  # type: ignore[attr-defined]
            response = self._keep_or_undo(request)
        return self._finish(request, response, read=read)

    def _portfolio(self, request: HttpRequest, actor: Actor, slug: str | None) -> HttpResponseBase:
        reaches: Iterable[Reach] = actor.reaches
        firm: Reach | None = None
        if slug is not None:
            firm = actor.reach(slug)
            if firm is None or not firm.is_firm:
                return error_page(request, NotFoundError())
            if firm.limit:
                return error_page(request, ForbiddenError())
            request.reach = firm  # type: ignore[attr-defined]
            reaches = [firm, *actor.clients_of(firm.organisation_id)]
        # No page of several organisations minds a limit, so that limited ones are not among them.
        read = tuple(reach.organisation_id for reach in reaches if not reach.limit)
        with _acting_as(actor, getattr(request, "reach", None)), tenant(read=read):
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

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Refuse a view that names no permission, whoever asks: nothing is open by omission.

        Of an organisation that rests only the pages open that were marked for it (access.open_while_suspended).
        """
        if permissions_of(view) is None:
            log.error("view_without_permission", path=request.path)
            return _refuse(request, ForbiddenError(_("This address names no permission and is therefore refused.")))
        organisation: Organisation | None = getattr(request, "organisation", None)
        if organisation is not None and organisation.suspended_at is not None and not is_open_while_suspended(view):
            return _refuse(request, SuspendedError())
        return None

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


def _acting_as(actor: Actor | None, reach: Reach | None = None) -> AbstractContextManager[Acting]:
    """Whom the record names for what this request does: the operator and the grant, where there is one."""
    visit = reach.visit if reach else None
    token = actor.token if actor else None
    kind = Kind.TOKEN if token else Kind.OPERATOR if visit else Kind.PERSON
    return acting(
        Acting(
            kind if actor else Kind.PROCESS,
            user_id=actor.user.pk if actor and actor.user else None,
            role=reach.role if reach else "",
            token_id=token.id if token else None,
            grant_id=visit.id if visit else None,
            request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:_REQUEST_ID_LENGTH],
        )
    )


def _refuse(request: HttpRequest, failure: RapportError) -> HttpResponse:
    """Answered before the view is called; the page is made outside the transaction."""
    request.failure = failure  # type: ignore[attr-defined]
    return HttpResponse(status=failure.status)
