"""Bodies and responses of moves to another version."""

from __future__ import annotations

from pydantic import BaseModel, Field, StrictBool, StrictInt

from app.api.schemas.common import EXECUTION, documented

_VERSION = Field(description="The version that they go on under.", ge=-(2**31), lt=2**31)


class MigrateBody(BaseModel):
    """The version under which an execution goes on."""

    model_config = documented({"version": 4, "dry_run": True}, extra="forbid")

    version: StrictInt = _VERSION
    dry_run: StrictBool = Field(False, description="Say whether it can be moved; move nothing.")


class MigrateManyBody(MigrateBody):
    """The version under which executions of a workflow go on."""

    model_config = documented({"version": 4, "from_version": 3, "limit": 1000, "dry_run": True}, extra="forbid")

    from_version: StrictInt | None = Field(None, description="Only executions of this version; null: of any.")
    limit: StrictInt = Field(1000, ge=1, le=10_000, description="Executions at most, the oldest first.")


class ObstacleRead(BaseModel):
    """An execution that cannot be moved, and the node that prevents it."""

    execution_id: str
    node_id: str | None
    message: str


class MigrateRead(BaseModel):
    """Executions that can be moved, or were moved, and those that cannot."""

    model_config = documented(
        {
            "can": [EXECUTION],
            "cannot": [
                {
                    "execution_id": EXECUTION,
                    "node_id": "route",
                    "message": f"Execution {EXECUTION} cannot go on under version 4: node route has other data.",
                }
            ],
            "moved": False,
        }
    )

    can: list[str]
    cannot: list[ObstacleRead]
    moved: bool = Field(description="True where those of `can` were moved.")
