/** A try: the event or the trigger with some changes, and what the rule decides then. */

import type { Event, Payload } from "../api/events";
import type { FlipRead } from "../client/types.gen";
import { withoutValueAt, withValueAt } from "../rules/pointer";

export interface Trial {
  target: FlipRead["target"];
  event: Payload;
  rule: unknown;
  /** The changes in words. */
  words: string[];
}

/** The event or the rule with the changes of a flip. */
export function applyFlip(flip: FlipRead, event: Payload, rule: unknown): Trial {
  let changed: unknown = flip.target === "event" ? event : rule;
  for (const change of flip.changes) {
    changed =
      "to" in change ? withValueAt(changed, change.pointer, change.to) : withoutValueAt(changed, change.pointer);
  }
  const words = flip.changes.map((change) => change.words);
  if (flip.target === "event") return { target: "event", event: changed as Payload, rule, words };
  return { target: "trigger", event, rule: changed, words };
}

/** The event as triggers see it: its payload, with what is known about it under `$event`. */
export function visibleEvent(event: Event): Payload {
  const about = Object.entries({ id: event.id, type: event.type, source: event.source, time: event.time });
  const known = Object.fromEntries(about.filter(([, value]) => value !== null && value !== undefined));
  return { ...(event.payload as Payload), $event: { ...event.attributes, ...known } };
}

/** The payload of a changed event, as it would be posted. */
export function payloadOf(trial: Trial): Payload {
  const { $event: _, ...payload } = trial.event;
  return payload;
}
