"""Writes of this step: organisations, people, memberships, tokens."""

from tenants.services.checking import full_clean
from tenants.services.factors import remove_second_factors
from tenants.services.invitations import accept, accept_as_new, admit, invite, send_again, withdraw
from tenants.services.mailing import mail_invitation, mail_reset, wake_unmailed
from tenants.services.members import add_member, add_person, change_role, remove_member
from tenants.services.minding import mind_client
from tenants.services.operating import Errand, begin_operating, end_operating, end_overdue
from tenants.services.organisations import (
    BAND_NAME_LENGTH,
    CHANGEABLE,
    OrganisationSettings,
    change_organisation,
    create_client,
    create_firm,
    free_slug,
    slug_of,
)
from tenants.services.people import change_name, choose_language, create_user, end_session, raise_session_epoch
from tenants.services.sessions import end_sessions, set_account_open
from tenants.services.tokens import (
    check_may_have_tokens,
    create_organisation_token,
    create_token,
    revoke_organisation_token,
    revoke_token,
)

__all__ = [
    "BAND_NAME_LENGTH",
    "CHANGEABLE",
    "Errand",
    "OrganisationSettings",
    "accept",
    "accept_as_new",
    "add_member",
    "add_person",
    "admit",
    "begin_operating",
    "change_name",
    "change_organisation",
    "change_role",
    "check_may_have_tokens",
    "choose_language",
    "create_client",
    "create_firm",
    "create_organisation_token",
    "create_token",
    "create_user",
    "end_operating",
    "end_overdue",
    "end_session",
    "end_sessions",
    "free_slug",
    "full_clean",
    "invite",
    "mail_invitation",
    "mail_reset",
    "mind_client",
    "raise_session_epoch",
    "remove_member",
    "remove_second_factors",
    "revoke_organisation_token",
    "revoke_token",
    "send_again",
    "set_account_open",
    "slug_of",
    "wake_unmailed",
    "withdraw",
]
