"""The comparison of shown and real answers notices differences that matter."""

from __future__ import annotations

import pytest

from tests.docs.answers import is_like, is_text_like, values_in

ID, OTHER_ID = "01a1fe9b-f51c-7ecb-bbb3-2873c14c20de", "01a1fe9c-52d3-7d3b-8178-6e718979cdb1"


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ([ID], [OTHER_ID]),
        ("at 2026-11-21T14:57:30+00:00", "at 2027-01-02T03:04:05.678+00:00"),
        ("http://localhost:18000/x", "http://localhost:4711/x"),
        ("RES-…", "RES-d781d28b"),
    ],
)
def test_ids_times_ports_and_further_keys_may_differ(shown: object, real: object) -> None:
    assert is_like(shown, real)


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ({"a": 1, "b": 2}, {"a": 1}),
        ([1], [1, 2]),
        ([ID], ["no id"]),
        ("RES-…", "ORD-1"),
        (0, False),
        (None, "null"),
        ("a.c", "abc"),
    ],
)
def test_other_differences_are_noticed(shown: object, real: object) -> None:
    assert not is_like(shown, real)


def test_lines_are_compared_without_their_spacing() -> None:
    assert is_text_like("start   COMPLETED\nwait  1 …\n", "start COMPLETED\nwait 1 RUNNING")
    assert not is_text_like("start COMPLETED", "start COMPLETED\nwait COMPLETED")


def test_elided_members_are_left_out() -> None:
    assert values_in('{"a": 1, …} [{…}, 2, …]\n"x…"') == [{"a": 1}, [{}, 2], "x…"]
