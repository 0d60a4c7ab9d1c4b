/** The cards of the first run: one click opens a test event, the next one sends it and shows what happens. */

import { Code, Group, Modal, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { sendEvent } from "../api/events";
import { noteAction } from "../api/live";
import { useMay } from "../api/me";
import { ensureWorkflow } from "../api/workflows";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { EXAMPLES, type Example } from "./examples";

/** `otherwise` is shown to users who may not save a workflow and send an event. */
export function ExampleCards({ otherwise = null }: { otherwise?: ReactNode }) {
  const [open, setOpen] = useState<Example | null>(null);
  const may = useMay();
  if (!may("workflows:write") || !may("events:write")) return otherwise;
  return (
    <section aria-label="Examples">
      <Title order={2} mb="xs">
        Try an example
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {EXAMPLES.map((example) => (
          <button key={example.name} type="button" className="panel example" onClick={() => setOpen(example)}>
            <Drawing example={example} />
            <span>
              <Text component="span" fw={620} display="block">
                {example.name}
              </Text>
              <Text component="span" size="sm" className="quiet">
                {example.text}
              </Text>
            </span>
          </button>
        ))}
      </SimpleGrid>
      <Modal opened={open !== null} onClose={() => setOpen(null)} title={open?.name} size="lg">
        {open && <TestEvent example={open} />}
      </Modal>
    </section>
  );
}

function TestEvent({ example }: { example: Example }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const send = useMutation({
    mutationFn: async () => {
      const workflow = await ensureWorkflow(example.body);
      const answer = await sendEvent(example.event);
      return answer.executions.find((each) => each.workflow_id === workflow.id) ?? answer.executions[0];
    },
    onSuccess: (started) => {
      noteAction();
      void queries.invalidateQueries();
      if (started) void navigate({ to: "/executions/$executionId", params: { executionId: started.id } });
    },
  });
  return (
    <Stack gap="md">
      <Text size="sm">{example.text} This event starts it:</Text>
      <Code block>{JSON.stringify(example.event, null, 2)}</Code>
      {send.error && <Problem error={send.error} />}
      {send.isSuccess && !send.data && (
        <Text size="sm" role="alert">
          The event started nothing: the workflow was changed or switched off since.
        </Text>
      )}
      <Group justify="flex-end">
        <WriteButton data-autofocus loading={send.isPending} onClick={() => send.mutate()}>
          Send test event
        </WriteButton>
      </Group>
    </Stack>
  );
}

const STEP = { x: 34, y: 17 };

function Drawing({ example }: { example: Example }) {
  const middle = ([column, row]: [number, number]) => ({ x: 12 + column * STEP.x, y: 10 + row * STEP.y });
  return (
    <svg className="example-drawing" viewBox="0 0 160 54" aria-hidden>
      {example.lines.map(([from, to]) => {
        const a = middle(example.boxes[from] as [number, number]);
        const b = middle(example.boxes[to] as [number, number]);
        return <path key={`${from} ${to}`} d={`M${a.x} ${a.y}C${a.x + 18} ${a.y} ${b.x - 18} ${b.y} ${b.x} ${b.y}`} />;
      })}
      {example.boxes.map((box) => {
        const { x, y } = middle(box);
        return <rect key={box.join()} x={x - 11} y={y - 6} width={22} height={12} rx={3.5} />;
      })}
    </svg>
  );
}
