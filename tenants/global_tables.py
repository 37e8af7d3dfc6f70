"""Every table that belongs to no organisation, with the reason. The isolation tests hold the database to this list."""

from __future__ import annotations

GLOBAL_TABLES = {
    "tenants_user": "people sign in before an organisation is known; who may open what is in tenants_membership",
    "tenants_apitoken": "a personal token belongs to a person; found by digest, through resolve_api_token() only",
    "tenants_digest": "that a person had their weekly mail, and in which state it is; nothing of any organisation",
    "tenants_cache": "counters of the rate limits and codes used once, for minutes; keys as digests, nothing of anyone",
    "django_session": "sessions belong to people",
    "account_emailaddress": "a person's address, and the one on its way to replace it",
    "account_emailconfirmation": "not used: what confirms an address is signed, not stored",
    "mfa_authenticator": "second factors belong to people; secrets are encrypted with SECRET_KEY",
    "usersessions_usersession": "where a person is signed in: shown to that person only",
    "socialaccount_socialaccount": "a person's subject at a provider of an organisation; nothing else that it says",
    "socialaccount_socialapp": "not used: providers come from OIDC_PROVIDERS",
    "socialaccount_socialtoken": "not used: a provider's tokens are not kept",
    "django_admin_log": "Django's admin reads it; nothing is written, operators' acts there are in the log",
    "django_content_type": "Django's list of models; no data of anyone",
    "auth_permission": "Django's list of permission names; no data of anyone",
    "auth_group": "not used; part of Django's auth",
    "auth_group_permissions": "not used; part of Django's auth",
    "tenants_user_groups": "not used; part of Django's auth",
    "tenants_user_user_permissions": "not used; part of Django's auth",
    "django_migrations": "which migrations have run",
}
