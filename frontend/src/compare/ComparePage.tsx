/** Two executions side by side: where they first differ, and at which nodes. */

import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { diffQuery } from "../api/compare";
import { executionQuery } from "../api/executions";
import { statusOf } from "../api/problems";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { Answer } from "./Answer";
import { Choose } from "./Choose";
import { Differences } from "./Differences";
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
  const first = useQuery(executionQuery(a));
  const second = useQuery(executionQuery(b));
  const { data, error, refetch } = useQuery(diffQuery(a, b, [first.data?.status, second.data?.status]));
  return (
    <Stack gap="lg">
      {error && !data && <Problem error={error} onRetry={statusOf(error) === 409 ? undefined : refetch} />}
      {!error && !data && <Loading lines={3} height={80} />}
      {data && <Answer diff={data} a={a} b={b} />}
      <div className="sides">
        <Side name="A" id={a} execution={first.data} error={first.error} />
        <Side name="B" id={b} execution={second.data} error={second.error} />
      </div>
      {data && <Differences diff={data} ids={[a, b]} first={first.data} second={second.data} />}
    </Stack>
  );
}
