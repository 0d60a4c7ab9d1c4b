/** What a trigger that is being written decides on the newest events; one of them can be chosen to see its values. */

import { Text, UnstyledButton } from "@mantine/core";
import { Check, CircleAlert, X } from "lucide-react";
import type { Event } from "../api/events";
import type { ExplanationRead } from "../client/types.gen";
import { lineOf, nameOf } from "../events/summary";
import { RuleTree } from "../rules/RuleTree";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { Time } from "../ui/Time";
import { Words } from "../ui/Words";
import type { Against } from "./useAgainst";

interface TriggerEventsProps {
  against: Against;
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
}

export function TriggerEvents({ against, chosen, onChoose }: TriggerEventsProps) {
  const { events, answers, error, isBehind } = against;
  if (!events) return against.failure ? <Problem error={against.failure} /> : <Loading lines={5} />;
  if (events.length === 0) {
    return <Empty title="No event has come yet">Send one, and see here whether the trigger matches it.</Empty>;
  }
  const matching = answers?.filter((answer) => answer.decision === "matched").length;
  return (
    <>
      <Text size="sm" className="quiet" role="status" px="md" pb={6}>
        {summary(events.length, matching, error)}
      </Text>
      <ul className="trigger-events" data-behind={isBehind || undefined}>
        {events.map((event, index) => (
          <li key={event.id}>
            <EventLine
              event={event}
              answer={answers?.[index]}
              isChosen={event.id === chosen}
              onClick={() => onChoose(event.id === chosen ? undefined : event.id)}
            />
            {event.id === chosen && answers?.[index] && <Decided answer={answers[index]} />}
          </li>
        ))}
      </ul>
    </>
  );
}

function summary(count: number, matching: number | undefined, error: Error | null): string {
  if (error) return `The rule cannot be tried: ${error.message}`;
  const events = count === 1 ? "the newest event" : `the ${count} newest events`;
  return matching === undefined ? `Trying it on ${events}…` : `Matches ${matching} of ${events}.`;
}

interface EventLineProps {
  event: Event;
  answer: ExplanationRead | undefined;
  isChosen: boolean;
  onClick: () => void;
}

function EventLine({ event, answer, isChosen, onClick }: EventLineProps) {
  const name = nameOf(event);
  return (
    <UnstyledButton className="trigger-event" aria-expanded={isChosen} onClick={onClick}>
      <Answer answer={answer} />
      <span className="trigger-payload cut">
        {name !== "Event" && <strong>{name} </strong>}
        <bdi>{lineOf(event.payload) || "{}"}</bdi>
      </span>
      <span className="quiet trigger-time">
        <Time at={event.received_at} />
      </span>
    </UnstyledButton>
  );
}

const ANSWERS = {
  matched: { words: "matches", icon: Check, look: "completed" },
  not_matched: { words: "does not match", icon: X, look: "failed" },
  error: { words: "fails", icon: CircleAlert, look: "paused" },
};

function Answer({ answer }: { answer: ExplanationRead | undefined }) {
  if (!answer) return <span className="trigger-mark" />;
  const { words, icon: Icon, look } = ANSWERS[answer.decision as keyof typeof ANSWERS] ?? ANSWERS.not_matched;
  return (
    <span className="trigger-mark" style={{ color: `var(--status-${look})` }}>
      <Icon size={16} strokeWidth={2.6} aria-hidden />
      <span className="visually-hidden">{words}: </span>
    </span>
  );
}

function Decided({ answer }: { answer: ExplanationRead }) {
  return (
    <div className="trigger-decided">
      <Text size="sm" mb={4}>
        <Words text={answer.sentence} />
      </Text>
      {answer.tree && (
        <RuleTree tree={answer.tree} label="The rule with the values of this event" stoppedAt={answer.first_failing} />
      )}
    </div>
  );
}
