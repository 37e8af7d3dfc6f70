"""Every table that belongs to no organisation, with the reason. The isolation tests hold the database to this list."""

from __future__ import annotations

GLOBAL_TABLES = {
    "tenants_user": "people sign in before an organisation is known; who may open what is in tenants_membership",
    "tenants_apitoken": "a personal token belongs to a person; found by digest, through api_token_user() only",
    "django_session": "sessions belong to people",
    "django_content_type": "Django's list of models; no data of anyone",
    "auth_permission": "Django's list of permission names; no data of anyone",
    "auth_group": "not used; part of Django's auth",
    "auth_group_permissions": "not used; part of Django's auth",
    "tenants_user_groups": "not used; part of Django's auth",
    "tenants_user_user_permissions": "not used; part of Django's auth",
    "django_migrations": "which migrations have run",
}
