"""Who may do what: one table, role × permission. Each view, action and task names one; unnamed is refused."""

from __future__ import annotations

from enum import StrEnum

from tenants.models import Role


class Permission(StrEnum):
    """A right within one organisation."""

    VIEW = "view"  # scorecards, segments, customers, weights, targets: reading
    IMPORT_DATA = "import_data"
    EDIT_ACTIONS = "edit_actions"
    EDIT_WEIGHTS = "edit_weights"
    PUBLISH_WEIGHTS = "publish_weights"
    EDIT_SEGMENTS = "edit_segments"
    EDIT_TARGETS = "edit_targets"
    RUN_SCORES = "run_scores"
    MANAGE_WRITE_KEYS = "manage_write_keys"
    MANAGE_MEMBERS = "manage_members"
    EDIT_ORGANISATION = "edit_organisation"
    CREATE_CLIENT = "create_client"  # in a firm
    APPLY_TEMPLATES = "apply_templates"  # read a firm's templates; at a client, apply them: it ends in a draft
    EDIT_TEMPLATES = "edit_templates"  # in a firm


_CONSULTANT = frozenset(
    {
        Permission.VIEW,
        Permission.IMPORT_DATA,
        Permission.EDIT_ACTIONS,
        Permission.EDIT_WEIGHTS,
        Permission.PUBLISH_WEIGHTS,
        Permission.EDIT_SEGMENTS,
        Permission.EDIT_TARGETS,
        Permission.RUN_SCORES,
        Permission.MANAGE_WRITE_KEYS,
        Permission.CREATE_CLIENT,
        Permission.APPLY_TEMPLATES,
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.CONSULTANT: _CONSULTANT,
    Role.ADMIN: frozenset(Permission),
}

# Roles whose scope may write at all: for the others the database itself refuses.
WRITING_ROLES = frozenset({Role.CONSULTANT, Role.ADMIN})
