/** Events that nearly met the condition of a wait: the clause that each failed, and the condition clause by clause. */

import { Button, Collapse, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { WaitCause } from "../api/executions";
import { stepExplanationQuery } from "../api/steps";
import { RuleTree } from "../rules/RuleTree";
import { shortId } from "../ui/Copy";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { Words } from "../ui/Words";
import { nearParts } from "./causes";

type Near = WaitCause["near"][number];

export default function NearEvents({ near, executionId }: { near: Near[]; executionId: string }) {
  return (
    <ul className="near-events">
      {near.map((each) => (
        <li key={each.event_id}>
          <NearEvent near={each} executionId={executionId} />
        </li>
      ))}
    </ul>
  );
}

function NearEvent({ near, executionId }: { near: Near; executionId: string }) {
  const [isOpen, tree] = useDisclosure(false);
  return (
    <>
      <Group gap="xs">
        <Text size="sm">
          <Link to="/events/$eventId" params={{ eventId: near.event_id }}>
            Event <span className="mono">{shortId(near.event_id)}</span>
          </Link>{" "}
          nearly met it: <Words text={near.words} />
        </Text>
        <Button size="compact-xs" variant="default" aria-expanded={isOpen} onClick={tree.toggle}>
          {isOpen ? "Hide the condition" : "Show the condition"}
        </Button>
      </Group>
      <Collapse expanded={isOpen}>{isOpen && <Condition near={near} executionId={executionId} />}</Collapse>
    </>
  );
}

function Condition({ near, executionId }: { near: Near; executionId: string }) {
  const parts = nearParts(near.path);
  const { data, error, refetch } = useQuery({
    ...stepExplanationQuery(executionId, parts?.stepId ?? "", parts?.eventId),
    enabled: parts !== null,
  });
  if (error) return <Problem error={error} onRetry={refetch} />;
  if (!data) return <Loading lines={2} />;
  return data.tree ? <RuleTree tree={data.tree} label={`Condition for event ${shortId(near.event_id)}`} /> : null;
}
