/** The payload of an execution that is started by hand. */

import { Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { startByHand } from "../api/executions";
import { noteAction } from "../api/live";
import type { WorkflowRead } from "../client/types.gen";
import { parsePayload } from "../events/payloadText";
import { Copy } from "../ui/Copy";
import { JsonField } from "../ui/JsonField";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { firstPayload } from "./firstPayload";

export function RunForm({ workflow }: { workflow: WorkflowRead }) {
  const kept = `trigraph.payload.${workflow.id}`;
  const [text, setText] = useState(() => localStorage.getItem(kept) ?? firstPayload(workflow.parameters));
  const navigate = useNavigate();
  const queries = useQueryClient();
  const parsed = parsePayload(text);
  const starting = useMutation({
    mutationFn: (payload: Record<string, unknown>) => startByHand(workflow.id, payload),
    onSuccess: ({ id }) => {
      localStorage.setItem(kept, text);
      noteAction();
      void queries.invalidateQueries({ queryKey: ["executions"] });
      return navigate({ to: "/executions/$executionId", params: { executionId: id } });
    },
  });
  const submit = () => parsed.payload && starting.mutate(parsed.payload);
  return (
    <Stack gap="md">
      <Text size="sm" className="quiet">
        It starts whatever its trigger is{workflow.is_active ? "" : ", although it is inactive"}. The payload is what
        its nodes see as the event.
      </Text>
      <JsonField
        label="Payload"
        description="A JSON object. Ctrl Enter starts it."
        minRows={10}
        value={text}
        error={parsed.error}
        onChange={setText}
        onSubmit={submit}
      />
      <Group justify="space-between">
        <WriteButton disabled={!parsed.payload} loading={starting.isPending} onClick={submit}>
          Start
        </WriteButton>
        <Copy text={curlOf(workflow.id, text)} label="Copy as curl" />
      </Group>
      {starting.error && <Problem error={starting.error} />}
    </Stack>
  );
}

/** The command that starts the same. */
function curlOf(id: string, payload: string): string {
  const body = `{"workflow_id": "${id}", "payload": ${payload}}`;
  return `curl -X POST ${location.origin}/executions -H 'Content-Type: application/json' -d '${body.replaceAll("'", "'\\''")}'`;
}
