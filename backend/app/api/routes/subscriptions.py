"""``/subscriptions``: receivers outside, the events of the engine that they get, and what became of each delivery."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from sqlalchemy.orm import Session

from app.access.scopes import requires
from app.api.dependencies import AppContext, CallerDep, ContextDep, SessionDep, SnapshotDep
from app.api.http.bodies import parsed
from app.api.http.responses import PageDep, as_time, respond, respond_page
from app.api.router import make_router
from app.api.schemas.common import body_of
from app.api.schemas.errors import errors_of
from app.api.schemas.subscriptions import (
    DELIVERY,
    SUBSCRIPTION,
    DeliveryRead,
    SubscriptionBody,
    SubscriptionChange,
    SubscriptionCreated,
    SubscriptionDeleted,
    SubscriptionRead,
)
from app.engine.deliveries.courier import secret_name
from app.engine.deliveries.signing import check_secret, make_secret
from app.engine.toolkit.request_advice import find_url_fault, has_login
from app.errors import InvalidInput
from app.graph.names import quote
from app.storage import workflows
from app.storage.access.audit import record_deed
from app.storage.deliveries import deliveries, subscriptions
from app.storage.deliveries.subscriptions import SubscriptionDraft
from app.storage.ids import new_id
from app.storage.models.deliveries import Delivery, WebhookSubscription
from app.storage.orm import cursor_of
from app.storage.statuses import DeliveryStatus

router = make_router("/subscriptions", tag="subscriptions")

WRITES = [requires("secrets:write")]
SubscriptionId = Annotated[str, Path(description="The id of a subscription.", examples=[SUBSCRIPTION])]
DeliveryId = Annotated[str, Path(description="The id of a delivery.", examples=[DELIVERY])]
BodyDep = Annotated[SubscriptionBody, Depends(parsed(SubscriptionBody))]
ChangeDep = Annotated[SubscriptionChange, Depends(parsed(SubscriptionChange))]
Status = Annotated[DeliveryStatus | None, Query(description="Only deliveries of this status.")]


@router.post(
    "",
    dependencies=WRITES,
    status_code=201,
    response_model=SubscriptionCreated,
    responses=errors_of(404, 409),
    openapi_extra=body_of(SubscriptionBody),
)
def create_subscription(given: BodyDep, context: ContextDep, caller: CallerDep, session: SessionDep) -> Response:
    """Have events of the engine delivered to a URL; the answer has the secret if none was given."""
    id, secret = new_id(), make_secret() if given.secret is None else given.secret
    sealed = seal(context, id, secret)
    with session.begin():
        row = subscriptions.create_subscription(session, id, read_draft(session, given), sealed)
        record_deed(cursor_of(session), caller, "create", "subscription", id, describe(row))
    return respond({**show_subscription(row), **({"secret": secret} if given.secret is None else {})}, 201)


@router.get("", dependencies=WRITES, response_model=list[SubscriptionRead])
def list_subscriptions(request: Request, page: PageDep, session: SnapshotDep) -> Response:
    """The subscriptions, newest first."""
    return respond_page(request, subscriptions.list_subscriptions(session, page), show_subscription)


@router.get("/{subscription_id}", dependencies=WRITES, response_model=SubscriptionRead, responses=errors_of(404))
def get_subscription(subscription_id: SubscriptionId, session: SnapshotDep) -> Response:
    """One subscription."""
    return respond(show_subscription(subscriptions.get_subscription(session, subscription_id)))


@router.put(
    "/{subscription_id}",
    dependencies=WRITES,
    response_model=SubscriptionRead,
    responses=errors_of(404, 409),
    openapi_extra=body_of(SubscriptionChange),
)
def replace_subscription(
    subscription_id: SubscriptionId, given: ChangeDep, context: ContextDep, caller: CallerDep, session: SessionDep
) -> Response:
    """Replace a subscription; without ``secret`` its secret stays. Not active, what is pending is given up."""
    with session.begin():
        row = subscriptions.get_subscription(session, subscription_id, lock=True)
        sealed = None if given.secret is None else seal(context, row.id, given.secret)
        draft = read_draft(session, given, is_active=given.is_active)
        subscriptions.replace_subscription(session, row, draft, sealed)
        record_deed(cursor_of(session), caller, "save", "subscription", row.id, describe(row))
    return respond(show_subscription(row))


@router.delete("/{subscription_id}", dependencies=WRITES, response_model=SubscriptionDeleted, responses=errors_of(404))
def delete_subscription(subscription_id: SubscriptionId, caller: CallerDep, session: SessionDep) -> Response:
    """Delete a subscription with all its deliveries."""
    with session.begin():
        row = subscriptions.get_subscription(session, subscription_id, lock=True)
        record_deed(cursor_of(session), caller, "delete", "subscription", row.id, describe(row))
        subscriptions.delete_subscription(session, row)
    return respond({"status": "deleted"})


@router.get(
    "/{subscription_id}/deliveries",
    dependencies=WRITES,
    response_model=list[DeliveryRead],
    responses=errors_of(404),
)
def list_deliveries(
    request: Request,
    subscription_id: SubscriptionId,
    page: PageDep,
    session: SnapshotDep,
    status: Status = None,
) -> Response:
    """The deliveries of a subscription, newest first: all, or those of one status."""
    return respond_page(request, deliveries.list_deliveries(session, subscription_id, page, status), show_delivery)


@router.post(
    "/{subscription_id}/deliveries/{delivery_id}/redeliver",
    dependencies=WRITES,
    response_model=DeliveryRead,
    responses=errors_of(404, 409),
)
def redeliver(
    subscription_id: SubscriptionId,
    delivery_id: DeliveryId,
    context: ContextDep,
    caller: CallerDep,
    session: SessionDep,
) -> Response:
    """Send a delivery once more that was delivered or given up, under the same ``webhook-id``."""
    with session.begin():
        row = deliveries.send_again(session, subscription_id, delivery_id)
        record_deed(cursor_of(session), caller, "redeliver", "delivery", row.id, {"subscription": row.subscription_id})
    context.engine_context.publisher.deliver()
    return respond(show_delivery(row))


def read_draft(session: Session, given: SubscriptionBody, *, is_active: bool = True) -> SubscriptionDraft:
    """The subscription that a body describes. Raises InvalidInput, and NotFound for an unknown workflow."""
    fault = find_url_fault(given.url)
    if fault is not None:
        raise InvalidInput(f"`url` is {quote(given.url)}; {fault}.")
    if has_login(given.url):
        raise InvalidInput("`url` has a login, which everyone can read here; leave it out, as deliveries are signed.")
    workflow = None if given.workflow_id is None else workflows.get_workflow(session, given.workflow_id)
    return SubscriptionDraft(given.url.strip(), given.types, workflow.id if workflow else None, is_active)


def seal(context: AppContext, id: str, secret: str) -> bytes:
    """The secret as it is stored. Raises InvalidInput, and Conflict without SECRETS_KEY."""
    check_secret(secret)
    return context.engine_context.config.secret_box.seal(secret_name(id), secret)


def describe(row: WebhookSubscription) -> dict[str, Any]:
    """A subscription in the audit, without its secret."""
    return {"url": row.url, "types": row.types, "workflow_id": row.workflow_id, "is_active": row.is_active}


def show_subscription(row: WebhookSubscription) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "types": row.types,
        "workflow_id": row.workflow_id,
        "is_active": row.is_active,
        "off_reason": row.off_reason,
        "created_at": as_time(row.created_at),
        "updated_at": as_time(row.updated_at),
    }


def show_delivery(row: Delivery) -> dict[str, Any]:
    answer = None if row.answer_status is None else {"status": row.answer_status, "body": row.answer}
    return {
        "id": row.id,
        "event_id": row.event_id,
        "execution_id": row.execution_id,
        "type": row.type,
        "status": row.status,
        "attempts": row.attempts,
        "answer": answer,
        "error": row.error,
        "attempted_at": as_time(row.attempted_at),
        "next_attempt_at": as_time(row.next_attempt_at),
        "created_at": as_time(row.created_at),
        "finished_at": as_time(row.finished_at),
    }
