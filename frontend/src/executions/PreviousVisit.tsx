/** How a visit of a node differs from the one before: inputs, parameters and outputs. */

import { Button, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { GitCompare } from "lucide-react";
import { stepQuery, visitQuery, type WholeStep } from "../api/steps";
import { Diff } from "../ui/Diff";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { StatusBadge } from "../ui/StatusBadge";

export function PreviousVisit({ step }: { step: WholeStep }) {
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <>
      <Button size="xs" variant="default" leftSection={<GitCompare size={14} />} onClick={dialog.open}>
        Compare with visit {step.visit - 1}
      </Button>
      <Modal
        opened={isOpen}
        onClose={dialog.close}
        size="xl"
        title={`${step.node_id}: visit ${step.visit - 1} and visit ${step.visit}`}
      >
        {isOpen && <Comparison step={step} />}
      </Modal>
    </>
  );
}

function Comparison({ step }: { step: WholeStep }) {
  const now = useQuery(stepQuery(step.execution_id, step.id));
  const lines = useQuery(visitQuery(step.execution_id, step.node_id, step.visit - 1));
  const before = lines.data?.[lines.data.length - 1];
  const whole = useQuery({ ...stepQuery(step.execution_id, before?.id ?? ""), enabled: before !== undefined });
  const error = lines.error ?? whole.error ?? now.error;
  if (error) return <Problem error={error} onRetry={whole.refetch} />;
  if (lines.data && !before) return <Text className="quiet">There is no step of that visit.</Text>;
  if (!whole.data || !now.data) return <Loading lines={4} />;
  const names: [string, string] = [`visit ${step.visit - 1}`, `visit ${step.visit}`];
  return (
    <Stack gap="md">
      <Text size="sm" component="div">
        Visit {step.visit - 1} <StatusBadge status={whole.data.status} /> · visit {step.visit}{" "}
        <StatusBadge status={step.status} />
      </Text>
      {(["input", "parameters", "output", "error"] as const).map((part) => (
        <section key={part}>
          <Title order={3} size="sm" mb={4} tt="capitalize">
            {part}
          </Title>
          <Diff
            a={whole.data[part] ?? null}
            b={now.data[part] ?? null}
            label={`Difference of the ${part}`}
            names={names}
          />
        </section>
      ))}
    </Stack>
  );
}
