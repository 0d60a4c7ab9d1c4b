/** A test as it runs: its steps as they come, and of one of them what went in, its parameters, and what came out. */

import { Group, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { NodeLine, WholeExecution } from "../api/executions";
import { rowsOf } from "../api/pages";
import { type StepLine, shownStepQuery, stepLinesQuery, type WholeStep } from "../api/steps";
import { stepValue } from "../api/stepValues";
import { errorText } from "../executions/errorText";
import { useExecution } from "../executions/useExecution";
import { isTerminal } from "../status";
import { Json } from "../ui/Json";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { StatusBadge } from "../ui/StatusBadge";
import { Duration } from "../ui/Time";

interface TestResultProps {
  /** The id of the test. */
  run: string;
  onLines: (lines: Map<string, NodeLine>) => void;
  onChoose: (nodeId: string) => void;
}

export function TestResult({ run, onLines, onChoose }: TestResultProps) {
  const { execution, lines } = useExecution(run);
  const list = useInfiniteQuery(stepLinesQuery(run, {}));
  const [picked, setPicked] = useState<string>();
  const steps = rowsOf(list.data);
  const shown = steps.find((step) => step.id === picked) ?? firstToShow(steps);
  const step = useQuery(shownStepQuery(run, shown?.id));
  useEffect(() => onLines(lines), [lines, onLines]);
  useEffect(() => () => onLines(new Map()), [onLines]);
  if (execution.error && !execution.data) return <Problem error={execution.error} onRetry={execution.refetch} />;
  if (!execution.data) return <Loading lines={3} />;
  return (
    <div className="test-run">
      <Head execution={execution.data} steps={steps} />
      <ol className="test-strip" aria-label="Steps of the test">
        {steps.map((each) => (
          <li key={each.id}>
            <button
              type="button"
              className="test-step"
              aria-pressed={each.id === shown?.id}
              onClick={() => {
                setPicked(each.id);
                onChoose(each.node_id);
              }}
            >
              <span className="cut">{each.node_id}</span>
              {each.kept ? <span className="quiet">recorded</span> : <StatusBadge status={each.status} />}
            </button>
          </li>
        ))}
      </ol>
      {step.error && <Problem error={step.error} onRetry={step.refetch} />}
      {shown && step.data && <Panes step={step.data} />}
    </div>
  );
}

function Head({ execution, steps }: { execution: WholeExecution; steps: StepLine[] }) {
  const wanted = execution.test?.until;
  const isMissed = wanted && isTerminal(execution.status) && !steps.some((step) => step.node_id === wanted);
  const error = errorText(execution.error);
  const waits = steps.find((step) => step.status === "WAITING");
  return (
    <>
      <Group gap="sm">
        <StatusBadge status={execution.status} />
        <Text size="xs" className="quiet">
          <Duration from={execution.started_at} to={execution.finished_at} />
        </Text>
        <Text size="sm">
          <Link to="/executions/$executionId" params={{ executionId: execution.id }}>
            Open this test
          </Link>
        </Text>
      </Group>
      {isMissed && <Text size="sm">It did not come to {wanted}: another way was taken.</Text>}
      {waits && !isTerminal(execution.status) && (
        <Text size="sm">{waits.node_id} waits. The page of this test says what for.</Text>
      )}
      {error && (
        <div className="notice" data-tone="failed">
          <Text size="sm">{error}</Text>
        </div>
      )}
    </>
  );
}

/** The first that failed, else the newest one that ran. */
function firstToShow(steps: StepLine[]): StepLine | undefined {
  const ran = steps.filter((step) => !step.kept && step.status !== "SKIPPED");
  return ran.find((step) => step.status === "FAILED") ?? ran.at(-1);
}

function Panes({ step }: { step: WholeStep }) {
  const output = stepValue(step, "output");
  const error = stepValue(step, "error");
  const panes: [string, unknown][] = [
    ["Input", stepValue(step, "input")],
    ["Parameters", stepValue(step, "parameters")],
    [output == null && error != null ? "Error" : "Output", output ?? error],
  ];
  return (
    <div className="test-panes">
      {panes.map(([title, value]) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by the keyboard
        <section key={title} aria-label={`${title} of ${step.node_id}`} className="test-pane" tabIndex={0}>
          <Text size="xs" fw={600} mb={4}>
            {title}
          </Text>
          {value == null ? (
            <Text size="sm" className="quiet">
              Nothing
            </Text>
          ) : (
            <Json value={value} label={title.toLowerCase()} />
          )}
        </section>
      ))}
    </div>
  );
}
