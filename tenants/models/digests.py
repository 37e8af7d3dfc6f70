"""The weekly mail: a row per person and week says what became of it."""

from __future__ import annotations

from django.db import models

from tenants.models.people import User
from tenants.tenancy import new_id


class Digest(models.Model):
    """One person's mail of one week. It holds nothing of an organisation: that is read when the mail is made.

    `handed_over` is noted before the mail server is asked and stays when a worker dies there: rather no mail than two.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        HANDED_OVER = "handed", "Handed to the mail server"
        SENT = "sent", "Sent"
        NOTHING = "nothing", "Nothing to say"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    week = models.DateField()  # its Monday, in the person's zone
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "week"], name="tenants_digest_once")]
        indexes = [
            models.Index(fields=["made_at"], condition=models.Q(state="waiting"), name="tenants_digest_waiting"),
        ]
