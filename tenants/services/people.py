"""Writes about people: who they are, and how long their sessions hold."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from tenants.models import User
from tenants.services.checking import full_clean


def create_user(*, email: str, name: str, password: str | None, is_operator: bool = False) -> User:
    """A new person, whose address counts as theirs; without a password they sign in some other way, or choose one by a
    link. Raises InvalidInputError for a weak password or a known address.
    """
    user = User(email=email.strip().lower(), name=name.strip(), is_staff=is_operator)
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise InvalidInputError(fields={"password": error.messages}) from None
    user.set_password(password)
    full_clean(user)
    if User.objects.filter(email=user.email).exists():
        raise InvalidInputError(fields={"email": [_("Somebody signs in with this address already.")]})
    with transaction.atomic():
        user.save(force_insert=True)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def change_name(*, user: User, name: str) -> None:
    """Change what a person is called; raises InvalidInputError for no name."""
    user.name = name.strip()
    full_clean(user)
    user.save(update_fields=["name"])


def choose_language(*, user: User, language: str) -> None:
    """What the pages and mails speak to somebody from now on; raises InvalidInputError for a language there is not."""
    if language not in dict(settings.LANGUAGES):
        raise InvalidInputError(fields={"language": [_("Choose one of the languages offered.")]})
    User.objects.filter(pk=user.pk).update(language=language)


def raise_session_epoch(*, user: User) -> None:
    """Every session that was opened so far ends; whoever asks for this keeps their own by its new hash."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])


def end_session(*, user: User, session_id: int) -> None:
    """End one session of the person's own, at once; raises NotFoundError for anybody else's."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        raise NotFoundError
    session.end()
