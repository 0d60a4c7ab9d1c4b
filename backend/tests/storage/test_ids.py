"""Ids sort in the order in which a process made them, whatever its clock does."""

from __future__ import annotations

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.storage.ids import derived_id, new_id, parse_id


def test_ids_sort_in_the_order_in_which_they_were_made() -> None:
    ids = [new_id() for _ in range(50_000)]

    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_ids_of_one_thread_sort_while_others_make_some() -> None:
    with ThreadPoolExecutor(8) as pool:
        series = list(pool.map(lambda _: [new_id() for _ in range(2000)], range(8)))

    assert all(ids == sorted(ids) for ids in series)
    assert len({id for ids in series for id in ids}) == 16_000


def test_ids_sort_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id()
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now - 3_600_000_000_000)

    after = [new_id() for _ in range(3)]

    assert [before, *after] == sorted([before, *after])


def test_id_is_a_uuid_of_version_7_with_its_time() -> None:
    made = uuid.UUID(new_id())

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert abs((made.int >> 80) / 1000 - time.time()) < 60


@pytest.mark.parametrize("text", ["", "x", "7", "0" * 31, "{}"])
def test_text_that_is_not_a_uuid_has_no_canonical_form(text: str) -> None:
    assert parse_id(text) is None


def test_id_has_one_canonical_form() -> None:
    id = new_id()

    assert {parse_id(text) for text in (id, id.upper(), f"{{{id}}}", id.replace("-", ""))} == {id}


@pytest.mark.parametrize("name", ["", "pay/1", "Ünïcode/2", "x" * 500])
def test_derived_id_is_the_uuid5_of_the_name(name: str) -> None:
    id = new_id()

    assert derived_id(id, name) == str(uuid.uuid5(uuid.UUID(id), name))


def test_forked_process_makes_other_ids() -> None:
    new_id()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, new_id()[-12:].encode())
        os._exit(0)

    os.waitpid(child, 0)

    assert os.read(reader, 12).decode() != new_id()[-12:]
