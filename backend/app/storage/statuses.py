"""The statuses of executions and steps: the same words in the database, the API and the studio."""

from __future__ import annotations

from enum import Enum


class _Word(str, Enum):
    def __str__(self) -> str:
        return str(self.value)


class ExecutionStatus(_Word):
    #: Accepted; no worker has looked at it yet.
    PENDING = "PENDING"
    #: At least one path is left to walk, or a compensation to run.
    RUNNING = "RUNNING"
    #: Running handlers finish; nothing new starts until it is resumed.
    PAUSED = "PAUSED"
    #: No path is left.
    COMPLETED = "COMPLETED"
    #: A step failed and nothing caught it.
    FAILED = "FAILED"
    #: Somebody cancelled it.
    CANCELLED = "CANCELLED"


class StepStatus(_Word):
    #: May be claimed by a worker.
    READY = "READY"
    #: Claimed: a handler runs, under a lease.
    RUNNING = "RUNNING"
    #: Waits for a time or a signal, without a worker.
    WAITING = "WAITING"
    #: Its handler answered.
    COMPLETED = "COMPLETED"
    #: Its handler failed, ran out of time, or took too many workers with it.
    FAILED = "FAILED"
    #: On a path that was not chosen.
    SKIPPED = "SKIPPED"
    #: Was waiting when its execution failed or was cancelled.
    CANCELLED = "CANCELLED"


class ApprovalStatus(_Word):
    #: Waits for people.
    PENDING = "PENDING"
    #: As many people as needed have approved.
    APPROVED = "APPROVED"
    #: Somebody has rejected.
    REJECTED = "REJECTED"
    #: Nobody decided in time.
    TIMEOUT = "TIMEOUT"
    #: Its execution failed or was cancelled meanwhile.
    CANCELLED = "CANCELLED"


class ApprovalKind(_Word):
    #: A step asks for the decision of people.
    DECISION = "decision"
    #: The worker of a step was lost: it asks whether the step had its effect.
    OUTCOME = "outcome"


class DeliveryStatus(_Word):
    #: It is to be sent, or to be sent again.
    PENDING = "pending"
    #: The receiver answered with a status of 200 to 299.
    DELIVERED = "delivered"
    #: It was given up; ``error`` is the reason.
    DEAD = "dead"


#: Executions that nothing moves any more.
TERMINAL = frozenset({ExecutionStatus.COMPLETED, ExecutionStatus.FAILED, ExecutionStatus.CANCELLED})
