"""Organisations, people, and who may do what where."""

from tenants.models.audit import AuditChain, AuditEntry
from tenants.models.closing import DeletionProof, Takeout
from tenants.models.digests import Digest
from tenants.models.invitations import Invitation
from tenants.models.jobs import Job
from tenants.models.operators import LONGEST_VISIT, SHORTEST_REASON, OperatorGrant
from tenants.models.organisations import SLUG_RULE, Organisation, check_time_zone
from tenants.models.people import LimitedTo, Membership, Role, User, UserManager
from tenants.models.tokens import ApiToken, OrganisationToken

__all__ = [
    "LONGEST_VISIT",
    "SHORTEST_REASON",
    "SLUG_RULE",
    "ApiToken",
    "AuditChain",
    "AuditEntry",
    "DeletionProof",
    "Digest",
    "Invitation",
    "Job",
    "LimitedTo",
    "Membership",
    "OperatorGrant",
    "Organisation",
    "OrganisationToken",
    "Role",
    "Takeout",
    "User",
    "UserManager",
    "check_time_zone",
]
