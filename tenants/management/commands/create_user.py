"""A person, from the shell: the first admin of a firm, or an operator."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from engagement.errors import InvalidInputError
from tenants.accounts.links import reset_link
from tenants.management.base import NamedCommand
from tenants.management.refusals import refusals
from tenants.models import Role, User
from tenants.permissions import Permission
from tenants.scope import organisation_scope
from tenants.selectors import find_organisation
from tenants.services import add_member, create_user


class Command(NamedCommand):
    permission = Permission.SET_UP
    help = "Create a person with a role in one organisation (needs DATABASE_OWNER_URL to find it), or an operator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--organisation", default="", help="slug of the organisation they get a role in")
        parser.add_argument("--role", default="", choices=["", *Role.values])
        parser.add_argument("--operator", action="store_true", help="staff of the platform; sees no customer data")
        parser.add_argument("--password-env", metavar="VARIABLE", default="", help="asked for when left out")
        parser.add_argument("--link", action="store_true", help="no password: print a link where they choose one")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            if bool(options["organisation"]) != bool(options["role"]):
                raise InvalidInputError("--organisation and --role go together.")
            if not options["organisation"] and not options["operator"]:
                raise InvalidInputError("Say --organisation and --role, or --operator.")
            if options["link"] and options["password_env"]:
                raise InvalidInputError("Either --link or --password-env.")
            password = None if options["link"] else _password(options["password_env"])
            user = _create(options, password=password)
        self.stdout.write(reset_link(user) if options["link"] else user.email)


def _password(variable: str) -> str:
    if not variable:
        return getpass("Password: ")
    password = os.environ.get(variable, "")
    if not password:
        raise InvalidInputError(f"The environment variable {variable} is empty or not set.")
    return password


def _create(options: dict[str, Any], *, password: str | None) -> User:
    fields = {"email": options["email"], "name": options["name"], "is_operator": options["operator"]}
    if not options["organisation"]:
        return create_user(**fields, password=password)
    found = find_organisation(slug=options["organisation"])
    with organisation_scope(found.id):
        user = create_user(**fields, password=password)
        add_member(user=user, role=options["role"])
    return user
