"""Keys to the API: of a person, and of an organisation. Only SHA-256 digests are kept."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tenants.models.people import User
from tenants.tenancy import IdentifiedTenantModel, new_id

_CODE_LENGTH = 40  # of a permission


class ApiToken(models.Model):
    """A person's key to the API: it opens what the person may open, or less.

    `permissions` and `organisations` narrow it: None stands for everything the role gives, and for all that the person
    reaches, at the moment of each request. A firm among `organisations` stands for its clients as well.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=4)
    permissions = ArrayField(models.CharField(max_length=_CODE_LENGTH), null=True)
    organisations = ArrayField(models.BigIntegerField(), null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)  # None: made before tokens ran out
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class OrganisationToken(IdentifiedTenantModel):
    """An organisation's own key to the API: it stays when the person who made it goes. A firm's reaches its clients."""

    name = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=4)
    permissions = ArrayField(models.CharField(max_length=_CODE_LENGTH))
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
