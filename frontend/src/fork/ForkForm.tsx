/** A fork in three parts: from which step, what is changed, and what will happen. */

import { Group, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { executionGraphQuery, type WholeExecution } from "../api/executions";
import { fork, forkPlanQuery } from "../api/forks";
import { noteAction } from "../api/live";
import { stepQuery } from "../api/steps";
import { isSameJson } from "../ui/jsonText";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { type Edits, NO_EDITS, requestOf } from "./changes";
import { ForkChanges } from "./ForkChanges";
import { ForkFrom } from "./ForkFrom";
import { effectsKey, marksOf } from "./marks";
import { Plan } from "./Plan";
import { useFirstStep } from "./useFirstStep";
import { useForkGraph } from "./useForkGraph";

const MarkedGraph = lazy(() => import("../canvas/MarkedGraph"));

const LEGEND = [
  ["kept", "kept"],
  ["begins", "begins here"],
  ["again", "runs again"],
  ["effect", "runs again, with its effect"],
] as const;

interface ForkFormProps {
  execution: WholeExecution;
  stepId: string | undefined;
  onDone: () => void;
}

export function ForkForm({ execution, stepId, onDone }: ForkFormProps) {
  const first = useFirstStep(execution.id, stepId);
  const [chosen, setChosen] = useState<string>();
  const from = chosen ?? first;
  const { data: step, error } = useQuery({ ...stepQuery(execution.id, from ?? ""), enabled: from !== undefined });
  return (
    <Stack gap="lg">
      <Text size="sm" className="quiet">
        A fork is a new execution: it keeps the steps before one, with their outputs, and runs everything from there on
        again. This execution stays as it is.
      </Text>
      <ForkFrom executionId={execution.id} step={step} onChoose={setChosen} />
      {error && !step && <Problem error={error} />}
      {from && <Changes key={from} execution={execution} from={from} onDone={onDone} />}
    </Stack>
  );
}

interface ChangesProps {
  execution: WholeExecution;
  from: string;
  onDone: () => void;
}

function Changes({ execution, from, onDone }: ChangesProps) {
  const navigate = useNavigate();
  const [edits, setEdits] = useState<Edits>(NO_EDITS);
  const [agreed, setAgreed] = useState("");
  const { data: step } = useQuery(stepQuery(execution.id, from));
  const { data: original } = useQuery(executionGraphQuery(execution.id));
  const graphs = useForkGraph(execution, edits);
  const { request, errors } = requestOf(from, edits, {
    input: step?.input,
    payload: execution.context,
    data: new Map(original?.nodes.map((node) => [node.id, node.data])),
    version: execution.version,
    graph: graphs.document,
  });
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
  const effects = effectsKey(plan.data);
  const isAgreed = effects === "" || agreed === effects;
  const isReady = !!plan.data && !plan.error && !plan.isPlaceholderData && isSameJson(settled, request);
  const count = plan.data?.again.length ?? 0;
  return (
    <>
      <ForkChanges execution={execution} step={step} edits={edits} onEdit={setEdits} errors={errors} graphs={graphs} />
      {plan.error && <Problem error={plan.error} onRetry={plan.refetch} />}
      {plan.isPending && !plan.error && <Loading lines={2} />}
      {plan.data && !plan.error && (
        <Plan plan={plan.data} isAgreed={isAgreed} onAgree={(isGiven) => setAgreed(isGiven ? effects : "")}>
          {graphs.shown && (
            <div className="fork-graph">
              <Suspense fallback={<Loading lines={2} height={80} />}>
                <MarkedGraph
                  id="fork"
                  label="What is kept, and what runs again"
                  graph={graphs.shown}
                  marks={marksOf(plan.data, step?.node_id)}
                  legend={LEGEND}
                />
              </Suspense>
            </div>
          )}
        </Plan>
      )}
      {forking.error && <Problem error={forking.error} />}
      <Group justify="flex-end">
        <WriteButton
          disabled={!isReady || Object.keys(errors).length > 0 || !isAgreed}
          loading={forking.isPending}
          onClick={() => forking.mutate()}
        >
          Fork {count > 0 && `(${count} ${count === 1 ? "step runs" : "steps run"})`}
        </WriteButton>
      </Group>
    </>
  );
}
