"""Compiled triggers are kept up to a limit, and one that was evicted decides the same when it is compiled again."""

from __future__ import annotations

import threading
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.logic.rule import BareRule
from app.triggers.index.rule_cache import RuleCache
from app.triggers.index.trigger_index import TriggerIndex
from tests.long import choose_count
from tests.triggers.strategies import events, extras, rules


def trigger(name: str) -> tuple[str, BareRule]:
    return name, BareRule(lambda data, work: True)


def test_trigger_that_is_not_evaluated_again_is_evicted() -> None:
    cache: RuleCache[str] = RuleCache(160)
    cache.keep(0, trigger("evaluated once"), 10)
    cache.keep(1, trigger("evaluated often"), 10)

    for number in range(2, 60):
        cache.begin_event()
        cache.keep(number, trigger(str(number)), 10)
        again = cache.recent.get(1) or cache.find_older(1)
        assert again is not None
        if 1 not in cache.recent:
            cache.keep(1, again, 10)

    kept = cache.list_compiled()
    assert "evaluated once" not in kept
    assert "evaluated often" in kept
    assert len(kept) <= 36


def test_huge_trigger_does_not_evict_the_others() -> None:
    cache: RuleCache[str] = RuleCache(160)
    for number in range(5):
        cache.keep(number, trigger(str(number)), 10)

    cache.keep(5, trigger("huge"), 1_000_000)
    cache.begin_event()

    assert cache.list_compiled().keys() == {"0", "1", "2", "3", "4", "huge"}


def test_all_candidates_of_one_event_stay_compiled() -> None:
    index = TriggerIndex(((n, {"!=": [{"var": "n"}, n]}) for n in range(200)), most_text=500)
    first = dict(index.candidates({"n": -1}))

    for _ in range(3):
        assert all(rule is first[key] for key, rule in index.candidates({"n": -1}))


@settings(max_examples=choose_count(50, 200))
@given(st.lists(rules, max_size=30), st.lists(events, min_size=1, max_size=6), extras)
def test_evicted_trigger_decides_the_same(sources: list[Any], posted: list[Any], extra: Any) -> None:
    roomy, narrow = TriggerIndex(enumerate(sources)), TriggerIndex(enumerate(sources), most_text=32)

    for event in posted * 2:
        decided = [
            [(key, rule.holds(event, extra=extra)) for key, rule in index.candidates(event, extra=extra)]
            for index in (roomy, narrow)
        ]

        assert decided[0] == decided[1]


def test_threads_that_evict_each_other_decide_the_same() -> None:
    index = TriggerIndex(((n, {"==": [{"var": "n"}, n]}) for n in range(200)), most_text=500)
    wrong: list[int] = []

    def ask(first: int) -> None:
        for n in [*range(first, 200), *range(first)] * 5:
            found = [key for key, rule in index.candidates({"n": n}) if rule.holds({"n": n})]
            if found != [n]:
                wrong.append(n)

    threads = [threading.Thread(target=ask, args=(first,)) for first in (0, 50, 100, 150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_rebuilt_index_keeps_what_is_compiled_and_did_not_change() -> None:
    index = TriggerIndex((n, {"==": [{"var": "n"}, n]}) for n in range(100))
    before = {n: index.candidates({"n": n})[0][1] for n in (1, 99)}

    rebuilt = index.updated({n: {"==": [{"var": "n"}, n + 1000]} for n in range(70)})

    assert rebuilt.candidates({"n": 1}) == []
    assert [key for key, rule in rebuilt.candidates({"n": 1001}) if rule.holds({"n": 1001})] == [1]
    assert rebuilt.candidates({"n": 99})[0][1] is before[99]
    assert index.candidates({"n": 1})[0][1] is before[1]
