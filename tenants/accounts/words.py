"""What allauth says, in our words: beside fields, after an act, and in mails about an account."""

from __future__ import annotations

from tenants.models import User


def display(user: User) -> str:
    """What a person is called on a key they make."""
    return user.name or user.email


_NO_FIT = "This address and password do not fit together. Check both, or choose a new password below."
_TOO_MANY = "Too many attempts. Wait a few minutes, then try again."
_CODE = "This code is not right. Codes of an app change every 30 seconds, and each opens once."
_OLD_LINK = "This link has expired, or has been used. Ask for a new one."

# By allauth's code of the error.
ERRORS = {
    "account_inactive": _NO_FIT,
    "email_password_mismatch": _NO_FIT,
    "invalid_login": _NO_FIT,
    "too_many_login_attempts": _TOO_MANY,
    "rate_limited": _TOO_MANY,
    "duplicate_email": "This is your address already.",
    "email_taken": "Somebody signs in with this address already.",
    "enter_current_password": "This is not your present password.",
    "incorrect_password": "This is not your password.",
    "incorrect_code": _CODE,
    "invalid_or_expired_key": _OLD_LINK,
    "invalid_password_reset": _OLD_LINK,
}

# By allauth's template of the message, without folder and ending; what is not here is not said.
MESSAGES = {
    "password_changed": "Your password is changed. You are signed out everywhere else.",
    "password_set": "Your password is set. You are signed out everywhere else.",
    "email_confirmation_sent": "A link is on its way to {email}. Your address changes when you follow it.",
    "email_confirmed": "Your address is {email} now. Sign in with it from now on.",
    "email_confirmation_failed": "{email} cannot be used here.",
    "email_deleted": "Your address stays as it was.",
    "totp_activated": "The authenticator app is set up. You are signed out everywhere else.",
    "totp_deactivated": "The authenticator app is removed. You are signed out everywhere else.",
    "webauthn_added": "The passkey is added. You are signed out everywhere else.",
    "webauthn_removed": "The passkey is removed. You are signed out everywhere else.",
    "recovery_codes_generated": "There are new recovery codes. Keep them where you keep passwords.",
}

_NOT_YOU = "If that was not you, choose a new password at once, and tell an admin of your organisation."

# By the same name: the subject of a mail, and what it says. Every mail about an account goes to its own address.
NOTICES = {
    "password_changed": ("Your password was changed", f"The password of your account was changed. {_NOT_YOU}"),
    "password_set": ("Your account has a password", f"A password was set for your account. {_NOT_YOU}"),
    "password_reset": ("Your password was changed", f"A new password was chosen by a mailed link. {_NOT_YOU}"),
    "email_changed": (
        "Your address was changed",
        f"You sign in with another address from now on; this is the last mail to the old one. {_NOT_YOU}",
    ),
    "totp_activated": ("An authenticator app was set up", f"Signing in asks for its codes now. {_NOT_YOU}"),
    "totp_deactivated": ("The authenticator app was removed", f"Its codes open nothing any more. {_NOT_YOU}"),
    "webauthn_added": ("A passkey was added", f"Your account can be opened with one more passkey. {_NOT_YOU}"),
    "webauthn_removed": ("A passkey was removed", f"It opens your account no more. {_NOT_YOU}"),
    "recovery_codes_generated": ("There are new recovery codes", f"The old ones open nothing any more. {_NOT_YOU}"),
    "second_factors_removed": (
        "Your second factors were removed",
        f"An operator removed your passkeys, app and recovery codes, as you had asked. {_NOT_YOU}",
    ),
    "account_connected": (
        "You can sign in through your organisation",
        f"Your account was joined to your organisation’s own sign-in. {_NOT_YOU}",
    ),
}
