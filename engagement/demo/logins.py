"""The people of the demo: one for each role. They exist only where DEMO is on, and say so."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "northgate-demo-2018"  # noqa: S105  printed for everybody who starts the demo


@dataclass(frozen=True, slots=True)
class Login:
    email: str
    name: str
    role: str
    place: str  # slug of the organisation the membership is in
    what: str


LOGINS = (
    Login("consultant@northgate.example", "Carla Consultant", "consultant", "northgate-advisory",
          "consultant of Northgate Advisory: all its clients"),
    Login("admin@northgate.example", "Ada Admin", "admin", "northgate-advisory",
          "admin of Northgate Advisory: also members, keys, new clients"),
    Login("viewer@fennel.example", "Vera Viewer", "viewer", "fennel-grocers",
          "viewer at Fennel Grocers: reads that client only"),
)  # fmt: skip
