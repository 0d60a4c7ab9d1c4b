/** Two executions side by side: where they first differ, and at which nodes. */

import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { useState } from "react";
import { diffQuery } from "../api/compare";
import { executionQuery } from "../api/executions";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { Answer } from "./Answer";
import { NodesTable } from "./NodesTable";
import { Side } from "./Side";
import "./compare.css";

const route = getRouteApi("/compare");

export function ComparePage() {
  const { a, b } = route.useSearch();
  const navigate = route.useNavigate();
  const swap = (
    <Button
      size="xs"
      variant="default"
      leftSection={<ArrowLeftRight size={14} />}
      onClick={() => navigate({ search: (old) => ({ ...old, a: b, b: a }), replace: true })}
    >
      Swap A and B
    </Button>
  );
  return (
    <Page title="Compare executions" actions={a && b && swap}>
      {a && b ? <Comparison a={a} b={b} /> : <Choose a={a} b={b} onChoose={(next) => navigate({ search: next })} />}
    </Page>
  );
}

function Comparison({ a, b }: { a: string; b: string }) {
  const { all } = route.useSearch();
  const navigate = route.useNavigate();
  const first = useQuery(executionQuery(a));
  const second = useQuery(executionQuery(b));
  const { data, error, refetch } = useQuery(diffQuery(a, b, [first.data?.status, second.data?.status]));
  return (
    <Stack gap="lg">
      {error && !data && <Problem error={error} onRetry={refetch} />}
      {!error && !data && <Loading lines={3} height={80} />}
      {data && <Answer diff={data} a={a} b={b} />}
      <div className="sides">
        <Side name="A" id={a} execution={first.data} error={first.error} />
        <Side name="B" id={b} execution={second.data} error={second.error} />
      </div>
      {data && (
        <NodesTable
          diff={data}
          a={a}
          b={b}
          isAll={all === 1}
          onAll={(isAll) => navigate({ search: (old) => ({ ...old, all: isAll ? 1 : undefined }), replace: true })}
        />
      )}
    </Stack>
  );
}

interface ChooseProps {
  a: string | undefined;
  b: string | undefined;
  onChoose: (ids: { a: string; b: string }) => void;
}

/** Two fields for ids, where the address does not name both. */
function Choose({ a, b, onChoose }: ChooseProps) {
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
