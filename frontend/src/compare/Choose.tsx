/** Which two executions are compared, where the address does not name both. */

import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Execution, executionQuery, executionsQuery } from "../api/executions";
import { rowsOf } from "../api/pages";
import { lookOf } from "../status";
import { shortId } from "../ui/Copy";
import { relativeText } from "../ui/time";

interface ChooseProps {
  a: string | undefined;
  b: string | undefined;
  onChoose: (ids: { a: string; b: string }) => void;
}

export function Choose({ a, b, onChoose }: ChooseProps) {
  const [ids, setIds] = useState({ a: a ?? "", b: b ?? "" });
  const submit = () => onChoose({ a: ids.a.trim(), b: ids.b.trim() });
  return (
    <Stack
      component="form"
      className="panel"
      p="md"
      maw={640}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Text size="sm" className="quiet">
        A comparison shows where two executions of a workflow went different ways, and which value made the difference.
      </Text>
      <TextInput
        label="Id of execution A"
        value={ids.a}
        onChange={(event) => setIds({ ...ids, a: event.currentTarget.value })}
      />
      {a && <Others id={a} onChoose={(other) => onChoose({ a, b: other })} />}
      <TextInput
        label="Id of execution B"
        value={ids.b}
        onChange={(event) => setIds({ ...ids, b: event.currentTarget.value })}
      />
      <Group>
        <Button type="submit" disabled={!ids.a.trim() || !ids.b.trim()}>
          Compare
        </Button>
      </Group>
    </Stack>
  );
}

/** The newest other executions of the same workflow. */
function Others({ id, onChoose }: { id: string; onChoose: (id: string) => void }) {
  const { data: execution } = useQuery(executionQuery(id));
  const list = useInfiniteQuery({
    ...executionsQuery({ workflow_id: execution?.workflow_id }),
    enabled: execution !== undefined,
  });
  const rows = rowsOf(list.data).filter((row) => row.id !== id);
  if (!execution || rows.length === 0) return null;
  return (
    <Select
      label={`Another execution of ${execution.workflow_name}`}
      placeholder="Choose one of the newest"
      searchable
      limit={50}
      data={rows.map((row) => ({ value: row.id, label: nameOf(row) }))}
      onChange={(value) => value && onChoose(value)}
    />
  );
}

function nameOf(row: Execution): string {
  return `${shortId(row.id)}, ${lookOf(row.status).word.toLowerCase()}, v${row.version}, ${relativeText(new Date(row.created_at), new Date())}`;
}
