"""What an answer makes of a delivery, whatever bytes a receiver sends."""

from __future__ import annotations

import pytest

from app.engine.deliveries.judging import judge
from app.engine.deliveries.retries import MAX_ATTEMPTS
from app.engine.services.http.exchange import Receipt
from app.errors import StepFailed
from app.storage.deliveries.sending import ClaimedDelivery


def delivery(attempt: int = 1) -> ClaimedDelivery:
    return ClaimedDelivery("d", 1, attempt, "e", "{}", "s", "https://example.com/", b"")


@pytest.mark.parametrize(
    ("came", "attempt", "status"),
    [
        (Receipt(200, "", None), 1, "delivered"),
        (Receipt(204, "", None), 1, "delivered"),
        (Receipt(404, "", None), 1, "pending"),
        (Receipt(500, "", None), MAX_ATTEMPTS, "dead"),
        (Receipt(410, "", None), 1, "dead"),
        (StepFailed("no answer came within 15 s."), 1, "pending"),
        (StepFailed("no answer came within 15 s."), MAX_ATTEMPTS, "dead"),
        (StepFailed("10.0.0.1 is a private address.", retry=False), 1, "dead"),
    ],
)
def test_answer_decides(came: Receipt | StepFailed, attempt: int, status: str) -> None:
    assert judge(delivery(attempt), came, 0.5).status == status


def test_what_is_kept_can_be_stored() -> None:
    redirect = judge(delivery(), Receipt(302, "a\x00b" * 1000, "http://x/\udcff\x00"), 0.5)
    broken = judge(delivery(), StepFailed("\udcff\x00" * 3000), 0.5)

    assert redirect.answer is not None
    assert redirect.error is not None
    assert broken.error is not None
    for text in (redirect.answer, redirect.error, broken.error):
        assert "\x00" not in text
        assert text.encode()
        assert len(text) <= 2000
