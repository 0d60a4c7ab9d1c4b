/** One step: why it went the way it did, its error, input, output, parameters, decisions and attempts. */

import { Accordion, Group, Text } from "@mantine/core";
import type { WholeStep } from "../api/steps";
import { stepValue } from "../api/stepValues";
import { Json } from "../ui/Json";
import { StatusBadge } from "../ui/StatusBadge";
import { Duration, Time } from "../ui/Time";
import { durationText } from "../ui/time";
import { Attempts } from "./Attempts";
import { errorText } from "./errorText";
import { KeptLink } from "./KeptMark";
import { StepDecisions } from "./StepDecisions";
import { StepReasons } from "./StepReasons";
import type { Followed } from "./useExecution";

/** What the parts of a call are called. */
const CALL = { parameters: "Request", output: "Answer" };

interface StepDetailProps {
  executionId: string;
  step: WholeStep;
  /** Absent where only the step is looked at, and not its execution. */
  followed?: Followed;
  onSelect: (nodeId: string, stepId?: string) => void;
}

export function StepDetail({ executionId, step, followed, onSelect }: StepDetailProps) {
  const graph = followed?.graph.data;
  const node = graph?.nodes.find((each) => each.id === step.node_id);
  const isJoin = (graph?.edges.filter((edge) => edge.target === step.node_id).length ?? 0) > 1;
  const names = step.type === "http_call" ? CALL : { parameters: "Parameters", output: "Output" };
  const error = stepValue(step, "error");
  const filled = stepValue(step, "parameters") ?? undefined;
  const parameters = filled ?? node?.data;
  return (
    <>
      <Times step={step} original={followed?.execution.data?.forked_from ?? undefined} />
      <StepReasons executionId={executionId} step={step} isJoin={isJoin} onSelect={onSelect} />
      {errorText(step.error) && (
        <div className="notice" data-tone="failed">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {errorText(step.error)}
          </Text>
        </div>
      )}
      {step.type === "human_approval" && <StepDecisions step={step} />}
      <Accordion multiple defaultValue={["input", "output"]} className="step-values">
        <Part name="input" label="Input">
          <Value value={stepValue(step, "input")} label="input" />
        </Part>
        <Part name="parameters" label={names.parameters}>
          {parameters !== undefined && <ParameterNote step={step} isFilled={filled !== undefined} />}
          <Value value={parameters} label="parameters" />
        </Part>
        <Part name="output" label={names.output}>
          <Value value={stepValue(step, "output")} label="output" />
        </Part>
        {error !== null && typeof error === "object" && (
          <Part name="error" label="Error">
            <Value value={error} label="error" />
          </Part>
        )}
        <Part name="attempts" label="Log of attempts">
          <Attempts step={step} />
        </Part>
      </Accordion>
    </>
  );
}

function Times({ step, original }: { step: WholeStep; original: string | undefined }) {
  const queued = step.started_at ? Date.parse(step.started_at) - Date.parse(step.created_at) : 0;
  return (
    <Group gap="sm">
      <StatusBadge status={step.status} />
      <Text size="xs" className="quiet">
        <Time at={step.started_at ?? step.finished_at} />
        {step.started_at && (
          <>
            {" · took "}
            <Duration from={step.started_at} to={step.finished_at} />
          </>
        )}
        {queued > 50 && step.attempt === 1 && ` · ${durationText(queued)} in the queue`}
        {step.kept && original && (
          <>
            {" · "}
            <KeptLink step={step} original={original} />
          </>
        )}
      </Text>
    </Group>
  );
}

/** Whether the parameters are what the handler was given. */
function ParameterNote({ step, isFilled }: { step: WholeStep; isFilled: boolean }) {
  const text = step.parameters_problem ?? (isFilled ? null : "As they were written; it has not begun.");
  return text ? (
    <Text size="xs" className="quiet" mb={4}>
      {text}
    </Text>
  ) : null;
}

function Part({ name, label, children }: { name: string; label: string; children: React.ReactNode }) {
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>{label}</Accordion.Control>
      <Accordion.Panel>{children}</Accordion.Panel>
    </Accordion.Item>
  );
}

function Value({ value, label }: { value: unknown; label: string }) {
  return value === null || value === undefined ? (
    <Text size="sm" className="quiet">
      Nothing
    </Text>
  ) : (
    <Json value={value} label={label} />
  );
}
