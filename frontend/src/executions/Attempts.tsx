/** The attempts of a visit: when each was ready, which process took it, and how it ended. */

import { Text } from "@mantine/core";
import type { WholeStep } from "../api/steps";
import { shortId } from "../ui/Copy";
import { StatusBadge } from "../ui/StatusBadge";
import { Time } from "../ui/Time";
import { durationText } from "../ui/time";
import { errorText } from "./errorText";

type Attempt = WholeStep["attempts"][number];

export function Attempts({ step }: { step: WholeStep }) {
  return (
    <ol className="attempts">
      {step.attempts.map((attempt) => (
        <li key={attempt.id} aria-current={attempt.id === step.id || undefined}>
          <Text size="sm" fw={600} component="div">
            Attempt {attempt.attempt} <StatusBadge status={attempt.status} />
          </Text>
          <dl>
            {factsOf(attempt).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ol>
  );
}

function factsOf(attempt: Attempt): [string, React.ReactNode][] {
  const { ready_at, due_at, started_at, finished_at, claims, process, losses, lease_until, error } = attempt;
  const from = Date.parse(due_at && due_at > ready_at ? due_at : ready_at);
  const queue = started_at ? Date.parse(started_at) - from : 0;
  const took = started_at && finished_at ? Date.parse(finished_at) - Date.parse(started_at) : null;
  const facts: [string, React.ReactNode | false][] = [
    ["Ready", <Time key="ready" at={ready_at} />],
    ["Waits until", due_at !== null && <Time at={due_at} />],
    ["Began", started_at !== null && <Time at={started_at} />],
    ["In the queue", queue > 0 && durationText(queue)],
    ["Ended", finished_at !== null && <Time at={finished_at} />],
    ["Took", took !== null && durationText(took)],
    ["Process", process !== null && <span className="mono">{shortId(process)}</span>],
    ["Taken", claims > 1 && `${claims} times`],
    ["Processes lost", losses > 0 && String(losses)],
    ["Lease until", lease_until !== null && <Time at={lease_until} />],
    ["Error", errorText(error) !== "" && errorText(error)],
  ];
  return facts.filter((fact): fact is [string, React.ReactNode] => fact[1] !== false);
}
