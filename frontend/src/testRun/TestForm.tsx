/** The data of a test, and the button that says what it does outside. */

import { Button, Select, Stack, Text } from "@mantine/core";
import { type UseQueryResult, useMutation } from "@tanstack/react-query";
import { Zap } from "lucide-react";
import { useState } from "react";
import { noteAction } from "../api/live";
import type { NodeType } from "../api/nodeTypes";
import { type PlannedTest, startTest, type TestRequest } from "../api/tests";
import { writeJson } from "../graph/exact";
import { JsonField } from "../ui/JsonField";
import { Problem } from "../ui/Problem";
import { effectsText } from "./effects";
import { type Mode, readTyped, withTyped } from "./request";
import type { SourceOption } from "./useSources";

interface TestFormProps {
  workflowId: string;
  mode: Mode;
  node: string | undefined;
  types: Map<string, NodeType>;
  sources: SourceOption[];
  source: string | undefined;
  onSource: (value: string) => void;
  request: TestRequest | undefined;
  plan: UseQueryResult<PlannedTest>;
  isFaulty: boolean;
  onStarted: (id: string) => void;
}

export function TestForm(props: TestFormProps) {
  const { workflowId, mode, node, types, sources, source, onSource, request, plan, isFaulty, onStarted } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const given = mode === "only" ? plan.data?.input : plan.data?.payload;
  const text = typed ?? (plan.data ? writeJson(given ?? null, 2) : "");
  const { value, error } = typed === null ? { value: undefined, error: undefined } : readTyped(typed, mode);
  const starting = useMutation({
    mutationFn: (wanted: TestRequest) =>
      startTest(workflowId, typed === null ? wanted : withTyped(wanted, mode, value)),
    onSuccess: ({ id }) => {
      noteAction();
      onStarted(id);
    },
  });
  const isReady = !!request && !!plan.data && !plan.error && !error;
  const start = () => isReady && request && starting.mutate(request);
  const effects = effectsText(plan.data?.effects ?? [], (type) => types.get(type)?.title);
  return (
    <Stack gap="xs" className="test-form">
      <Select
        label="Data"
        allowDeselect={false}
        value={source ?? null}
        data={sources.map(({ value, label }) => ({ value, label }))}
        onChange={(next) => next && onSource(next)}
      />
      <JsonField
        label={mode === "only" ? `Input of ${node ?? "the node"}` : "Payload"}
        minRows={4}
        maxRows={9}
        value={text}
        error={error}
        onChange={setTyped}
        onSubmit={start}
      />
      {plan.data?.warnings.map((warning) => (
        <Text key={warning} size="xs" className="quiet">
          {warning}
        </Text>
      ))}
      {isFaulty && <Text size="sm">Mend the errors of the draft first.</Text>}
      {!isFaulty && !request && <Text size="sm">Choose a node on the graph.</Text>}
      {plan.error && !isFaulty && <Problem error={plan.error} onRetry={plan.refetch} />}
      <Button
        size="xs"
        className="test-start"
        leftSection={effects ? <Zap size={14} /> : undefined}
        disabled={!isReady}
        loading={starting.isPending}
        onClick={start}
      >
        {effects ? `Runs for real: ${effects}` : "Run the test"}
      </Button>
      {starting.error && <Problem error={starting.error} />}
    </Stack>
  );
}
