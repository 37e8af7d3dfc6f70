"""What allauth says, in our words: beside fields, after an act, and in mails about an account."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tenants.models import Role, User
from tenants.permissions import Outsider


def display(user: User) -> str:
    """What a person is called on a key they make."""
    return user.name or user.email


_NO_FIT = _lazy("This address and password do not fit together. Check both, or choose a new password below.")
_TOO_MANY = _lazy("Too many attempts. Wait a few minutes, then try again.")
_CODE = _lazy("This code is not right. Codes of an app change every 30 seconds, and each opens once.")
_OLD_LINK = _lazy("This link has expired, or has been used. Ask for a new one.")

# By allauth's code of the error.
ERRORS = {
    "account_inactive": _NO_FIT,
    "email_password_mismatch": _NO_FIT,
    "invalid_login": _NO_FIT,
    "too_many_login_attempts": _TOO_MANY,
    "rate_limited": _TOO_MANY,
    "duplicate_email": _lazy("This is your address already."),
    "email_taken": _lazy("Somebody signs in with this address already."),
    "enter_current_password": _lazy("This is not your present password."),
    "incorrect_password": _lazy("This is not your password."),
    "incorrect_code": _CODE,
    "invalid_or_expired_key": _OLD_LINK,
    "invalid_password_reset": _OLD_LINK,
}

# By allauth's template of the message, without folder and ending; what is not here is not said.
MESSAGES = {
    "password_changed": _lazy("Your password is changed. You are signed out everywhere else."),
    "password_set": _lazy("Your password is set. You are signed out everywhere else."),
    "email_confirmation_sent": _lazy("A link is on its way to {email}. Your address changes when you follow it."),
    "email_confirmed": _lazy("Your address is {email} now. Sign in with it from now on."),
    "email_confirmation_failed": _lazy("{email} cannot be used here."),
    "email_deleted": _lazy("Your address stays as it was."),
    "totp_activated": _lazy("The authenticator app is set up. You are signed out everywhere else."),
    "totp_deactivated": _lazy("The authenticator app is removed. You are signed out everywhere else."),
    "webauthn_added": _lazy("The passkey is added. You are signed out everywhere else."),
    "webauthn_removed": _lazy("The passkey is removed. You are signed out everywhere else."),
    "recovery_codes_generated": _lazy("There are new recovery codes. Keep them where you keep passwords."),
}

_NOT_YOU = _lazy("If that was not you, choose a new password at once, and tell an admin of your organisation.")

# By the same name: the subject of a mail, and what it says. Every mail about an account goes to its own address.
_NOTICES = {
    "password_changed": (_lazy("Your password was changed"), _lazy("The password of your account was changed.")),
    "password_set": (_lazy("Your account has a password"), _lazy("A password was set for your account.")),
    "password_reset": (_lazy("Your password was changed"), _lazy("A new password was chosen by a mailed link.")),
    "email_changed": (
        _lazy("Your address was changed"),
        _lazy("You sign in with another address from now on; this is the last mail to the old one."),
    ),
    "totp_activated": (_lazy("An authenticator app was set up"), _lazy("Signing in asks for its codes now.")),
    "totp_deactivated": (_lazy("The authenticator app was removed"), _lazy("Its codes open nothing any more.")),
    "webauthn_added": (_lazy("A passkey was added"), _lazy("Your account can be opened with one more passkey.")),
    "webauthn_removed": (_lazy("A passkey was removed"), _lazy("It opens your account no more.")),
    "recovery_codes_generated": (_lazy("There are new recovery codes"), _lazy("The old ones open nothing any more.")),
    "second_factors_removed": (
        _lazy("Your second factors were removed"),
        _lazy("An operator removed your passkeys, app and recovery codes, as you had asked."),
    ),
    "account_connected": (
        _lazy("You can sign in through your organisation"),
        _lazy("Your account was joined to your organisation’s own sign-in."),
    ),
}


def notice(name: str) -> tuple[str, str]:
    """Subject and text of a mail about an account, in the language that is on; what to do stands at its end."""
    subject, sentence = _NOTICES[name]
    return str(subject), f"{sentence} {_NOT_YOU}"


def role_head(role: str) -> str:
    """A role, or who else may do something, as the head of a column."""
    if role in Role.values:
        return str(Role(role).label)
    return {Outsider.OPERATOR: _("Operator"), Outsider.WORKER: _("Worker"), Outsider.COMMAND: _("Command")}[
        Outsider(role)
    ]
