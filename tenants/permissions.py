"""Who may do what: one table, role × permission. Each view, API action, task and command names one; unnamed is refused.

Three roles are of members. The other three are of nobody's membership: an operator of the platform, the workers, and
the commands run on the server. A permission without a line in the table is nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _lazy

from tenants.models import LimitedTo, Role

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Outsider(StrEnum):
    """Who acts without being a member."""

    OPERATOR = "operator"  # staff of the platform: for an organisation only with a grant, and then in a member's role
    WORKER = "worker"
    COMMAND = "command"


class Permission(StrEnum):
    """A right within one organisation, or on the platform."""

    VIEW_REPORTS = "view_reports"  # what one would print: sums over many customers, never one of them
    VIEW = "view"  # everything else that is read: customers, weights, targets, runs, definitions
    IMPORT_DATA = "import_data"
    EDIT_ACTIONS = "edit_actions"
    EDIT_WEIGHTS = "edit_weights"
    PUBLISH_WEIGHTS = "publish_weights"
    EDIT_SEGMENTS = "edit_segments"
    EDIT_TARGETS = "edit_targets"
    EDIT_CASES = "edit_cases"
    WRITE_REPORTS = "write_reports"
    RECORD_OUTREACH = "record_outreach"
    EDIT_ALERTS = "edit_alerts"
    ASK = "ask"  # the one right of a viewer to write: notes on days and questions, and no other table
    ANSWER = "answer"
    RUN_SCORES = "run_scores"
    MANAGE_WRITE_KEYS = "manage_write_keys"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_CONNECTIONS = "manage_connections"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_TOKENS = "manage_tokens"  # the organisation's own, not one's personal ones
    EDIT_ORGANISATION = "edit_organisation"
    CREATE_CLIENT = "create_client"  # in a firm
    MIND_CLIENTS = "mind_clients"  # at a client, by people of its firm
    APPLY_TEMPLATES = "apply_templates"  # read a firm's templates; at a client, apply them: it ends in a draft
    EDIT_TEMPLATES = "edit_templates"  # in a firm
    AGREE_TO_POOLING = "agree_to_pooling"  # at a client: what came of its steps goes into its firm's figures
    VIEW_AUDIT = "view_audit"  # the record of what was done
    OPERATE = "operate"  # of the platform: begin and end acting for an organisation
    MANAGE_ACCOUNTS = "manage_accounts"  # of the platform: open and close accounts, end sessions
    DISPATCH = "dispatch"  # of the platform: look for what is due in all organisations, and begin it
    KEEP_DATA = "keep_data"
    ERASE_ACTIVITY = "erase_activity"
    EXPORT_CUSTOMER = "export_customer"  # everything about one customer, as a file
    ERASE_CUSTOMER = "erase_customer"
    CLOSE_ORGANISATION = "close_organisation"  # take the whole of it along, suspend it, delete it
    SEND_MAIL = "send_mail"  # and signed messages: to whom they are for
    WATCH = "watch"  # of the platform: what waits, and whether the records are whole
    SET_UP = "set_up"  # of the platform


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a permission in words, and whose it is."""

    permission: Permission
    words: StrOrPromise
    who: frozenset[str]


_V, _C, _A = Role.VIEWER.value, Role.CONSULTANT.value, Role.ADMIN.value
_O, _W, _S = Outsider.OPERATOR.value, Outsider.WORKER.value, Outsider.COMMAND.value


def _line(permission: Permission, words: StrOrPromise, *who: str) -> Line:
    return Line(permission, words, frozenset(who))


TABLE: tuple[Line, ...] = (
    _line(
        Permission.VIEW_REPORTS, _lazy("Read scorecards, segments and why a number moved, with their files"), _V, _C, _A
    ),
    _line(Permission.VIEW, _lazy("Read customers, actions, weights, targets and runs"), _V, _C, _A),
    _line(Permission.IMPORT_DATA, _lazy("Send in files of events and customers"), _C, _A, _W, _S),
    _line(Permission.EDIT_ACTIONS, _lazy("Define actions"), _C, _A),
    _line(Permission.EDIT_WEIGHTS, _lazy("Draft weights"), _C, _A),
    _line(Permission.PUBLISH_WEIGHTS, _lazy("Publish weights, restate the past"), _C, _A),
    _line(Permission.EDIT_SEGMENTS, _lazy("Define segments, leave customers out, take merged ones apart"), _C, _A),
    _line(Permission.EDIT_TARGETS, _lazy("Set targets"), _C, _A),
    _line(Permission.EDIT_CASES, _lazy("Record findings, steps and what came of them, run reviews"), _C, _A),
    _line(Permission.WRITE_REPORTS, _lazy("Write, publish and share reports"), _C, _A),
    _line(Permission.RECORD_OUTREACH, _lazy("Say who is at risk, who minds them, and what came of it"), _C, _A),
    _line(Permission.EDIT_ALERTS, _lazy("Say when somebody is told, and what became of an alert"), _C, _A),
    _line(Permission.ASK, _lazy("Note what happened on a day, ask about a number"), _V, _C, _A),
    _line(Permission.ANSWER, _lazy("Answer questions, change and remove anybody’s notes"), _C, _A),
    _line(Permission.RUN_SCORES, _lazy("Count and score"), _C, _A, _W, _S),
    _line(Permission.MANAGE_WRITE_KEYS, _lazy("Make and revoke write keys"), _C, _A, _S),
    _line(Permission.MANAGE_WEBHOOKS, _lazy("Say where signed messages are sent, and replace their secrets"), _C, _A),
    _line(Permission.MANAGE_CONNECTIONS, _lazy("Connect other systems that data is fetched from, or sent to"), _C, _A),
    _line(Permission.MANAGE_MEMBERS, _lazy("Give and take roles, and see when an operator acted here"), _A),
    _line(Permission.MANAGE_TOKENS, _lazy("Make and revoke tokens of the organisation"), _A),
    _line(Permission.EDIT_ORGANISATION, _lazy("Change settings"), _A),
    _line(Permission.CREATE_CLIENT, _lazy("Create clients of the firm"), _C, _A),
    _line(Permission.MIND_CLIENTS, _lazy("Say who of the firm minds a client"), _C, _A),
    _line(Permission.APPLY_TEMPLATES, _lazy("Read the firm’s templates, apply them at a client"), _C, _A),
    _line(Permission.AGREE_TO_POOLING, _lazy("Agree that effects of steps go into the firm’s pooled figures"), _A),
    _line(Permission.VIEW_AUDIT, _lazy("Read the record of what was done, and by whom"), _C, _A),
    _line(Permission.EDIT_TEMPLATES, _lazy("Keep the firm’s templates"), _A),
    _line(Permission.KEEP_DATA, _lazy("Pack days, check them, let go of what is no longer kept"), _W, _S),
    _line(Permission.EXPORT_CUSTOMER, _lazy("Take out everything about one customer"), _C, _A),
    _line(Permission.ERASE_CUSTOMER, _lazy("Erase one customer, for good"), _A, _W, _S),
    _line(Permission.CLOSE_ORGANISATION, _lazy("Export the whole organisation, suspend it, delete it"), _A, _W, _S),
    _line(Permission.ERASE_ACTIVITY, _lazy("Erase what customers did, for good"), _S),
    _line(Permission.DISPATCH, _lazy("Begin what is due in any organisation"), _W),
    _line(Permission.OPERATE, _lazy("Act for an organisation, with a reason and for a time"), _O),
    _line(Permission.MANAGE_ACCOUNTS, _lazy("Open and close accounts, end sessions"), _O, _S),
    _line(Permission.SEND_MAIL, _lazy("Send mails, signed messages to webhooks, and segments to lists"), _W, _S),
    _line(Permission.WATCH, _lazy("See what waits, and whether every record is whole"), _W, _S),
    _line(Permission.SET_UP, _lazy("Make database roles, organisations and first accounts"), _S),
)

ROLES: tuple[str, ...] = (*Role.values, *Outsider)
ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    str(role): frozenset(line.permission for line in TABLE if role in line.who) for role in ROLES
}

# What is left of a viewer's permissions where the membership is limited; and then only views that mind the limit.
LIMITED: dict[str, frozenset[Permission]] = {
    LimitedTo.SEGMENTS: frozenset({Permission.VIEW_REPORTS, Permission.VIEW, Permission.ASK}),
    LimitedTo.REPORTS: frozenset({Permission.VIEW_REPORTS}),
}

# Roles whose scope may write at all: for the others the database itself refuses.
WRITING_ROLES = frozenset({Role.CONSULTANT, Role.ADMIN})

# What changes nothing: a token with no other permission writes nothing, whatever the role of its person.
READING_PERMISSIONS = frozenset({Permission.VIEW_REPORTS, Permission.VIEW, Permission.VIEW_AUDIT})
# What opens a scope of its own, in which only notes and questions can be written (access.py): it makes no role and no
# token one that writes.
ASKING_PERMISSIONS = frozenset({Permission.ASK})
# What would outlast an operator's visit: keys, tokens, roles, the end of the organisation.
NOT_FOR_VISITS = frozenset(
    {
        Permission.MANAGE_TOKENS,
        Permission.MANAGE_MEMBERS,
        Permission.MANAGE_WRITE_KEYS,
        Permission.MANAGE_WEBHOOKS,
        Permission.MANAGE_CONNECTIONS,
        Permission.CLOSE_ORGANISATION,
        Permission.AGREE_TO_POOLING,
    }
)
# A token of an organisation never has these: it could make others of its kind, which nobody would know of; and the end
# of an organisation is decided by somebody, and so is what leaves it.
NOT_FOR_TOKENS = frozenset({Permission.MANAGE_TOKENS, Permission.CLOSE_ORGANISATION, Permission.AGREE_TO_POOLING})


def may(role: str, permission: Permission | None) -> bool:
    """Whether the table gives the role this permission; what names none is refused, whoever asks."""
    return permission is not None and permission in ROLE_PERMISSIONS.get(role, frozenset())


def as_markdown() -> str:
    """The table as the README prints it; a test holds the two together."""
    heads = [role.capitalize() for role in ROLES]
    lines = [f"| may | {' | '.join(heads)} |", "|---|" + ":-:|" * len(heads)]
    for line in TABLE:
        marks = ["•" if role in line.who else "" for role in ROLES]
        lines.append(f"| {line.words} (`{line.permission}`) | {' | '.join(marks)} |")
    return "\n".join(lines).replace("|  |", "| |").replace("|  |", "| |")
