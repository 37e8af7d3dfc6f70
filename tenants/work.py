"""The base of every Celery task: it names its permission, and what it does is on record as the worker's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, cast

from celery import Task, shared_task

from engagement.errors import ForbiddenError
from tenants.acting import Acting, Kind, acting
from tenants.permissions import Outsider, Permission, may

P = ParamSpec("P")


class NamedTask(Task):  # type: ignore[type-arg]  # not generic at run time
    """Every task of the application is one; it is refused if it names no permission, or one that no worker has."""

    abstract = True
    permission: Permission | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not may(Outsider.WORKER, self.permission):
            raise ForbiddenError(f"The task {self.name} names no permission that a worker has.")
        with acting(Acting(Kind.WORKER, name=str(self.name), request_id=str(self.request.id or ""))):
            return super().__call__(*args, **kwargs)


def worker_task(name: str, permission: Permission) -> Callable[[Callable[P, None]], Task[P, None]]:
    """`@worker_task("step.what", Permission.X)` on a function: a task that says what it may do, without a result."""
    make = cast("Any", shared_task)  # Celery's types know no option of ours
    return cast(
        "Callable[[Callable[P, None]], Task[P, None]]", make(name=name, ignore_result=True, permission=permission)
    )
