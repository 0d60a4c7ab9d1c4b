/** One step: why it went the way it did, its error, input, output and parameters. */

import { Accordion, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type StepLine, stepQuery } from "../api/steps";
import { Json } from "../ui/Json";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { StatusBadge } from "../ui/StatusBadge";
import { Duration, Time } from "../ui/Time";
import { errorText } from "./errorText";
import { StepReasons } from "./StepReasons";

interface StepDetailProps {
  executionId: string;
  step: StepLine;
  /** The parameters of the node, with templates as they were written. */
  data: Record<string, unknown> | undefined;
}

export function StepDetail({ executionId, step, data }: StepDetailProps) {
  const { data: whole, error, refetch } = useQuery(stepQuery(executionId, step.id));
  return (
    <>
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
        </Text>
      </Group>
      <StepReasons executionId={executionId} step={step} />
      {errorText(step.error) && (
        <div className="notice" data-tone="failed">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {errorText(step.error)}
          </Text>
        </div>
      )}
      {error && !whole && <Problem error={error} onRetry={refetch} />}
      {!error && !whole && <Loading lines={3} />}
      {whole && (
        <Accordion multiple defaultValue={["input", "output"]} className="step-values">
          <Value name="input" label="Input" value={whole.input} />
          <Value name="output" label="Output" value={whole.output} />
          {data && <Value name="parameters" label="Parameters" value={data} />}
          {step.error != null && typeof step.error === "object" && (
            <Value name="error" label="Error" value={step.error} />
          )}
        </Accordion>
      )}
    </>
  );
}

function Value({ name, label, value }: { name: string; label: string; value: unknown }) {
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>{label}</Accordion.Control>
      <Accordion.Panel>
        {value === null || value === undefined ? (
          <Text size="sm" className="quiet">
            Nothing
          </Text>
        ) : (
          <Json value={value} label={label.toLowerCase()} />
        )}
      </Accordion.Panel>
    </Accordion.Item>
  );
}
