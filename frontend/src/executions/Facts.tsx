/** The facts of an execution: which version it runs, what started it, when, and how long it worked and waited. */

import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { savedQuery } from "../api/definitions";
import type { WholeExecution } from "../api/executions";
import { useMay } from "../api/me";
import { Id } from "../ui/Copy";
import { Duration, Time } from "../ui/Time";
import { durationText } from "../ui/time";
import { Origin } from "./Origin";
import type { Followed } from "./useExecution";
import { useWorked } from "./useWorked";
import { versionText } from "./versionText";

interface FactsProps {
  execution: WholeExecution;
  followed: Followed;
}

export function Facts({ execution, followed }: FactsProps) {
  const worked = useWorked(execution, followed);
  return (
    <Group component="dl" gap="lg" align="baseline" className="facts">
      <Fact name="Execution">
        <Id id={execution.id} />
      </Fact>
      <Fact name="Version">
        <Version execution={execution} />
      </Fact>
      <Fact name="Started by">
        <Origin execution={execution} />
      </Fact>
      <Fact name="Started">
        <Time at={execution.started_at ?? execution.created_at} />
      </Fact>
      <Fact name="Took">
        <Duration from={execution.started_at} to={execution.finished_at} />
        {worked && (
          <span className="quiet">
            {" "}
            = worked {durationText(worked.worked)} + waited {durationText(worked.waited)}
          </span>
        )}
      </Fact>
    </Group>
  );
}

/** The version that it runs, and whether the workflow has a newer one. */
function Version({ execution }: { execution: WholeExecution }) {
  const may = useMay();
  const { data } = useQuery({
    ...savedQuery(execution.workflow_id),
    refetchInterval: false,
    staleTime: 60_000,
    enabled: may("workflows:read"),
  });
  const newest = data?.workflow.version;
  return (
    <>
      {versionText(execution.version)}
      {newest !== undefined && newest > execution.version && !execution.test && (
        <>
          {" · "}
          <Link
            to="/workflows/$workflowId"
            params={{ workflowId: execution.workflow_id }}
            search={execution.version > 0 ? { tab: "versions", a: execution.version, b: newest } : {}}
          >
            v{newest} is newer
          </Link>
        </>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" className="quiet">
        {name}
      </Text>
      <Text component="dd" size="sm">
        {children}
      </Text>
    </div>
  );
}
