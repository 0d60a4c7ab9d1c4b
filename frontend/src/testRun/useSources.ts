/** The data that a test can begin with: recorded ones first, then those of events, an example, and none. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { newestRunQuery } from "../api/lastRun";
import { newestEventsQuery } from "../api/tests";
import { absoluteText } from "../ui/time";
import { exampleOf } from "./example";
import type { Source } from "./request";

export interface SourceOption {
  value: string;
  label: string;
  source: Source;
}

export function useSources(workflowId: string, trigger: unknown, step: string | undefined): SourceOption[] {
  const { data: newest } = useQuery(newestRunQuery(workflowId));
  const { data: events } = useQuery(newestEventsQuery());
  return useMemo(() => {
    const example = exampleOf(trigger);
    const found: SourceOption[] = [];
    if (step) found.push({ value: "step", label: "The step that you chose", source: { kind: "recorded", id: step } });
    if (newest) {
      const label = `Last execution ${newest.id.slice(0, 8)}`;
      found.push({ value: "last", label, source: { kind: "recorded", id: newest.id } });
    }
    for (const event of events ?? []) {
      const label = `Event ${event.type ?? event.id.slice(0, 8)} · ${absoluteText(new Date(event.received_at))}`;
      found.push({ value: event.id, label, source: { kind: "event", id: event.id } });
    }
    if (Object.keys(example).length > 0) {
      found.push({
        value: "example",
        label: "Example made from the trigger",
        source: { kind: "example", payload: example },
      });
    }
    return [...found, { value: "blank", label: "Nothing", source: { kind: "blank" } }];
  }, [trigger, step, newest, events]);
}
