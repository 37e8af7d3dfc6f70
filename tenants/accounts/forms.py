"""What people type to sign in and to look after their account: allauth's forms with our labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.base import forms as factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy

from tenants.models import User
from tenants.wake import wake

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_TWELVE = _lazy("At least 12 characters, not a common password, and not your name or address.")
_CODE = _lazy("Six digits from your authenticator app, or one of your recovery codes.")


class _Worded:
    """Labels and help of ours; no placeholders, which vanish when one types."""

    words: ClassVar[dict[str, tuple[StrOrPromise, StrOrPromise]]] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, help_text) in self.words.items():
            field = self.fields[name]
            field.label, field.help_text = label, help_text
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_Worded, account.LoginForm):
    """Whatever is typed goes the same way: what is no address at all takes as long as one that nobody has."""

    words: ClassVar = {"password": (_lazy("Password"), "")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = {"autocomplete": "username webauthn", "autofocus": True}
        self.fields["login"] = forms.CharField(label=_lazy("E-mail address"), widget=forms.EmailInput(attrs=attributes))

    def clean_login(self) -> str:
        return str(self.cleaned_data["login"]).strip().lower()


class ChangePasswordForm(_Worded, account.ChangePasswordForm):
    words: ClassVar = {
        "oldpassword": (_lazy("Present password"), ""),
        "password1": (_lazy("New password"), _TWELVE),
        "password2": (_lazy("New password again"), ""),
    }


class SetPasswordForm(_Worded, account.SetPasswordForm):
    words: ClassVar = {"password1": (_lazy("Password"), _TWELVE), "password2": (_lazy("Password again"), "")}


class ResetPasswordKeyForm(_Worded, account.ResetPasswordKeyForm):
    words: ClassVar = {"password1": (_lazy("New password"), _TWELVE), "password2": (_lazy("New password again"), "")}


class ResetPasswordForm(_Worded, account.ResetPasswordForm):
    """Known or not, the same happens before the answer: one look-up and one message to a worker, who mails or not."""

    words: ClassVar = {"email": (_lazy("E-mail address"), "")}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email = str(self.cleaned_data["email"])
        found = User.objects.filter(email=email, is_active=True).values_list("pk", flat=True).first()
        wake("tenants.reset_mail", found or "")
        return email


class ReauthenticateForm(_Worded, account.ReauthenticateForm):
    words: ClassVar = {"password": (_lazy("Password"), "")}


class NewAddressForm(_Worded, account.AddEmailForm):
    words: ClassVar = {
        "email": (_lazy("New e-mail address"), _lazy("A link is sent to it; your address changes when you follow it."))
    }


class CodeForm(_Worded, factor.AuthenticateForm):
    words: ClassVar = {"code": (_lazy("Code"), _CODE)}


class CodeAgainForm(_Worded, factor.ReauthenticateForm):
    words: ClassVar = {"code": (_lazy("Code"), _CODE)}


class ActivateForm(_Worded, ActivateTOTPForm):
    words: ClassVar = {"code": (_lazy("Code"), _lazy("The six digits that the app shows now."))}


class PasskeyForm(_Worded, AddWebAuthnForm):
    """Every key of ours can be used without a password, so there is nothing to choose."""

    words: ClassVar = {"name": (_lazy("Name"), _lazy("To tell your passkeys apart, like “Laptop” or “Phone”."))}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["maxlength"] = 80
        self.fields["passwordless"].widget = forms.HiddenInput()
        self.fields["passwordless"].initial = True


class PasskeyNameForm(_Worded, EditWebAuthnForm):
    words: ClassVar = {"name": (_lazy("Name"), "")}
