"""Address and password."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from tenants.models import User


class PasswordBackend(AuthenticationBackend):
    """allauth's, which hashes a password for an unknown address too, so that the two take the same time.

    It would also keep the person of a closed account for a page that says so; here a closed account is answered like a
    wrong password.
    """

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        """One look-up, whoever it is about; an address that waits for its confirmation opens nothing."""
        found: User | None = self._check_password(User.objects.filter(email=email.strip().lower()).first(), password)
        return found

    @classmethod
    def _stash_user(cls, user: Any) -> None:
        """Nobody is kept."""
