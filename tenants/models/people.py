"""People, and their roles in organisations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tenants.tenancy import IdentifiedTenantModel, new_id


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})


class User(AbstractBaseUser, PermissionsMixin):
    """A person; the e-mail address is the login, kept in small letters."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Part of what a session is checked against: raising it ends every session that was opened before.
    session_epoch = models.PositiveIntegerField(default=0, db_default=0)
    # Whether they want the weekly mail; None: they never said, and their roles decide.
    weekly_mail = models.BooleanField(null=True, blank=True)

    # What the pages speak to them, and their mails; empty: what the browser asks for, and English mails.
    language = models.CharField(max_length=10, blank=True, default="", db_default="")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="tenants_user_email_lower")
        ]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's own door for sessions; a change of the password or of the epoch shuts those that are open."""
        value = f"{self.password}{self.session_epoch}"
        return salted_hmac("tenants.User.session", value, secret=secret, algorithm="sha256").hexdigest()


class Role(models.TextChoices):
    VIEWER = "viewer", _lazy("Viewer")
    CONSULTANT = "consultant", _lazy("Consultant")
    ADMIN = "admin", _lazy("Admin")

    @property
    def noun(self) -> str:
        """The same within a sentence."""
        return {"viewer": _("viewer"), "consultant": _("consultant"), "admin": _("admin")}[self.value]


class LimitedTo(models.TextChoices):
    """What a viewer's membership may be limited to."""

    NOTHING = "", _lazy("Everything a viewer sees")
    SEGMENTS = "segments", _lazy("Some segments")
    REPORTS = "reports", _lazy("Reports only")


class Membership(IdentifiedTenantModel):
    """One person's role in one organisation; in a firm it reaches the firm's clients.

    A viewer's may be limited; `segment_ids` are ids of segments, which a later step knows: a list of texts.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices)
    limited_to = models.CharField(
        max_length=10, choices=LimitedTo.choices, default=LimitedTo.NOTHING, db_default="", blank=True
    )
    segment_ids = models.JSONField(default=list, db_default=[], blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="tenants_membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="tenants_membership_role"),
            models.CheckConstraint(
                condition=models.Q(limited_to="") | models.Q(limited_to__in=["segments", "reports"], role="viewer"),
                name="tenants_membership_limit",
            ),
            models.CheckConstraint(
                condition=models.Q(models.Q(limited_to="segments"), ~models.Q(segment_ids=[]))
                | models.Q(~models.Q(limited_to="segments"), segment_ids=[]),
                name="tenants_membership_segments",
            ),
        ]
