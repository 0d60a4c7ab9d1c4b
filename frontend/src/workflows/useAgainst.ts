/** A rule that is being written against the newest events: the server decides 300 ms after the last change. */

import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Event } from "../api/events";
import { recentEventsQuery, triedQuery } from "../api/trials";
import type { ExplanationRead } from "../client/types.gen";
import { visibleEvent } from "../events/trial";
import { isEmpty } from "../rules/edit";

/** Milliseconds without a change after which a rule is tried. */
const QUIET = 300;

export interface Against {
  events: Event[] | undefined;
  /** Why there are no events. */
  failure: Error | null;
  /** What was decided on each event, in their order. */
  answers: ExplanationRead[] | undefined;
  /** True while the answers are those of a rule before this one. */
  isBehind: boolean;
  /** Why the rule could not be tried. */
  error: Error | null;
}

/** `rule` is what is tried; an empty one matches nothing. */
export function useAgainst(rule: unknown, isAllowed: boolean): Against {
  const recent = useQuery({ ...recentEventsQuery(), enabled: isAllowed });
  const [settled] = useDebouncedValue(rule, QUIET, { leading: true });
  const events = recent.data;
  const shown = useMemo(() => events?.map(visibleEvent) ?? [], [events]);
  const key = `${events?.[0]?.id} ${shown.length}`;
  const tried = useQuery({
    ...triedQuery(isEmpty(settled) ? false : settled, key, shown),
    enabled: shown.length > 0,
    placeholderData: keepPreviousData,
  });
  return {
    events,
    failure: recent.error,
    answers: tried.error ? undefined : tried.data,
    isBehind: settled !== rule || tried.isPlaceholderData,
    error: tried.error,
  };
}
