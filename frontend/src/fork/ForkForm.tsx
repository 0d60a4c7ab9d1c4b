/** A fork in three parts: from which step, what is changed, and what will happen. */

import { Button, Group, Select, Stack, Tabs, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { WholeExecution } from "../api/executions";
import { fork, forkPlanQuery } from "../api/forks";
import { noteAction } from "../api/live";
import { rowsOf } from "../api/pages";
import { type StepLine, stepLinesQuery, stepQuery } from "../api/steps";
import { lookOf } from "../status";
import { JsonField } from "../ui/JsonField";
import { isSameJson, jsonText } from "../ui/jsonText";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { requestOf } from "./changes";
import { Plan } from "./Plan";

interface ForkFormProps {
  execution: WholeExecution;
  stepId: string | undefined;
  onDone: () => void;
}

export function ForkForm({ execution, stepId, onDone }: ForkFormProps) {
  const [chosen, setChosen] = useState(stepId);
  const list = useInfiniteQuery(stepLinesQuery(execution.id, {}));
  const steps = rowsOf(list.data);
  const step = steps.find((each) => each.id === chosen) ?? firstToFork(steps);
  const from = chosen ?? step?.id;
  if (list.error && !list.data) return <Problem error={list.error} onRetry={list.refetch} />;
  if (list.isPending) return <Loading lines={3} />;
  if (!from) return <Text className="quiet">The execution has no step yet from which it could be forked.</Text>;
  return (
    <Stack gap="lg">
      <Text size="sm" className="quiet">
        A fork is a new execution: it keeps the steps before one, with their outputs, and runs everything from there on
        again. This execution stays as it is.
      </Text>
      <Select
        label="From the step"
        value={from}
        allowDeselect={false}
        searchable
        limit={100}
        comboboxProps={{ withinPortal: true }}
        data={optionsOf(steps, from)}
        onChange={(value) => value && setChosen(value)}
      />
      <Changes key={from} execution={execution} from={from} onDone={onDone} />
    </Stack>
  );
}

/** The first step that failed, else the last one. */
function firstToFork(steps: StepLine[]): StepLine | undefined {
  return steps.find((step) => step.status === "FAILED") ?? steps.findLast((step) => step.status !== "SKIPPED");
}

function optionsOf(steps: StepLine[], from: string) {
  const options = steps.map((step) => ({ value: step.id, label: nameOf(step) }));
  // A step of a later page of the list.
  return options.some((each) => each.value === from)
    ? options
    : [{ value: from, label: "The chosen step" }, ...options];
}

function nameOf(step: StepLine): string {
  const visit = step.visit > 1 ? `, visit ${step.visit}` : "";
  return `${step.node_id}${visit}: ${lookOf(step.status).word.toLowerCase()}`;
}

interface ChangesProps {
  execution: WholeExecution;
  from: string;
  onDone: () => void;
}

function Changes({ execution, from, onDone }: ChangesProps) {
  const navigate = useNavigate();
  const [payload, setPayload] = useState<string>();
  const [input, setInput] = useState<string>();
  const [isAgreed, setAgreed] = useState(false);
  const { data: step } = useQuery(stepQuery(execution.id, from));
  const { request, errors } = requestOf(
    from,
    { text: input, original: step?.input },
    { text: payload, original: execution.context },
  );
  const [settled] = useDebouncedValue(request, 400);
  const plan = useQuery(forkPlanQuery(execution.id, settled));
  const forking = useMutation({
    mutationFn: () => fork(execution.id, request),
    onSuccess: (made) => {
      noteAction();
      onDone();
      return navigate({ to: "/executions/$executionId", params: { executionId: made.id } });
    },
  });
  const repeats = plan.data?.again.some((each) => each.effects) ?? false;
  const isReady = !!plan.data && !plan.error && !plan.isPlaceholderData && isSameJson(settled, request);
  const isFine = !errors.input && !errors.payload;
  const count = plan.data?.again.length ?? 0;
  return (
    <>
      <Tabs defaultValue="payload" keepMounted={false}>
        <Tabs.List aria-label="What is changed">
          <Tabs.Tab value="payload">Payload{request.payload && " (changed)"}</Tabs.Tab>
          <Tabs.Tab value="input">Input of this step{"input" in request && " (changed)"}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="payload" pt="sm">
          <JsonField
            label="Payload of the fork"
            value={payload ?? jsonText(execution.context)}
            error={errors.payload}
            minRows={3}
            maxRows={12}
            onChange={setPayload}
          />
        </Tabs.Panel>
        <Tabs.Panel value="input" pt="sm">
          <JsonField
            label="Input of the step"
            description="In place of what the graph gives it; unchanged, it is computed again."
            value={input ?? jsonText(step?.input)}
            error={errors.input}
            minRows={3}
            maxRows={12}
            onChange={setInput}
          />
        </Tabs.Panel>
      </Tabs>
      {plan.error && <Problem error={plan.error} onRetry={plan.refetch} />}
      {plan.isPending && !plan.error && <Loading lines={2} />}
      {plan.data && !plan.error && <Plan plan={plan.data} isAgreed={isAgreed} onAgree={setAgreed} />}
      {forking.error && <Problem error={forking.error} />}
      <Group justify="flex-end">
        <Button
          disabled={!isReady || !isFine || (repeats && !isAgreed)}
          loading={forking.isPending}
          onClick={() => forking.mutate()}
        >
          Fork {count > 0 && `(${count} ${count === 1 ? "node runs" : "nodes run"})`}
        </Button>
      </Group>
    </>
  );
}
