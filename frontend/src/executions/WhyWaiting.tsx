/** Why an execution does not go on: the root cause first, each with what can be done about it. */

import { Button, Collapse, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Hourglass } from "lucide-react";
import { lazy, Suspense } from "react";
import { type WaitCause, type WholeExecution, whyQuery } from "../api/executions";
import { Time } from "../ui/Time";
import { CauseActions } from "./CauseActions";
import { ownSentence, withoutEcho } from "./causes";

const NearEvents = lazy(() => import("./NearEvents"));

/** Causes that are shown at once. */
const SHOWN = 3;
/** Milliseconds after which it is worth telling that a step runs, or that its wake-up is in the queue. */
const BRIEF = 3000;

export function WhyWaiting({ execution }: { execution: WholeExecution }) {
  const { data: why } = useQuery(whyQuery(execution.id, execution.status));
  const [isOpen, more] = useDisclosure(false);
  const causes = why?.causes ?? [];
  if (!why || causes.every((cause) => cause.kind === "ended" || isBrief(cause))) return null;
  return (
    <section
      className="notice"
      data-tone={execution.status === "PAUSED" ? "paused" : "waiting"}
      aria-label="Why it waits"
    >
      <Hourglass size={17} aria-hidden />
      <div>
        {causes.length === 0 && <Unexplained why={why} />}
        <Causes causes={causes.slice(0, SHOWN)} owner={execution.id} />
        {causes.length > SHOWN && (
          <>
            <Collapse expanded={isOpen}>
              <Causes causes={causes.slice(SHOWN)} owner={execution.id} />
            </Collapse>
            <Button size="compact-xs" variant="subtle" onClick={more.toggle}>
              {isOpen ? "Show fewer" : `Show ${causes.length - SHOWN} more`}
            </Button>
          </>
        )}
      </div>
    </section>
  );
}

/** True for what ends by itself in a moment. */
function isBrief({ kind, since }: WaitCause): boolean {
  return (kind === "running" || kind === "queue") && since !== null && Date.now() - Date.parse(since) < BRIEF;
}

/** An execution without a cause: what the server has said, to be reported. */
function Unexplained({ why }: { why: object }) {
  return (
    <>
      <Text size="sm">No cause was found for which it waits. Please report it with this answer of the server:</Text>
      <pre className="unexplained">{JSON.stringify(why, null, 2)}</pre>
    </>
  );
}

interface CausesProps {
  causes: WaitCause[];
  /** The execution in which these causes are. */
  owner: string;
  /** The kind of the cause that has these; absent for the outermost ones. */
  within?: WaitCause["kind"];
}

function Causes({ causes, owner, within }: CausesProps) {
  return (
    <ul className="causes">
      {causes.map((cause) => (
        <li key={`${cause.kind} ${cause.sentence}`}>
          <Cause cause={withoutEcho(cause)} owner={owner} within={within} />
        </li>
      ))}
    </ul>
  );
}

interface CauseProps {
  cause: WaitCause;
  owner: string;
  within: WaitCause["kind"] | undefined;
}

function Cause({ cause, owner, within }: CauseProps) {
  const inside = cause.execution_id ?? owner;
  return (
    <>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {ownSentence(cause)}{" "}
        {cause.until && (
          <Text span size="xs" className="quiet">
            <Time at={cause.until} />
          </Text>
        )}
      </Text>
      <CauseActions cause={cause} owner={inside} within={within} />
      {cause.near.length > 0 && (
        <Suspense>
          <NearEvents near={cause.near} executionId={inside} />
        </Suspense>
      )}
      {cause.causes.length > 0 && <Causes causes={cause.causes} owner={inside} within={cause.kind} />}
    </>
  );
}
