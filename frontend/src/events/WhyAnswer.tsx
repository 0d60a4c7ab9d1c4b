/** The answer in one sentence, with links, and the way to start the workflow all the same. */

import { Anchor, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Explanation, startAnyway } from "../api/events";
import { noteAction } from "../api/live";
import { IfMay } from "../ui/IfMay";
import { Problem } from "../ui/Problem";
import { Time } from "../ui/Time";
import { Words } from "../ui/Words";
import { WriteButton } from "../ui/WriteButton";
import { DecisionBadge } from "./DecisionBadge";

interface WhyAnswerProps {
  explanation: Explanation;
  eventId: string;
  workflowId: string;
}

/** Decisions after which an event can be given to the workflow by hand. */
const NOT_STARTED = new Set(["not_matched", "error", "dropped", "inactive", "no_trigger", "not_yet"]);

export function WhyAnswer({ explanation, eventId, workflowId }: WhyAnswerProps) {
  const [isAsking, setAsking] = useState(false);
  const execution = explanation.execution_id ?? explanation.retro?.execution_id;
  return (
    <div className="panel why-sentence">
      <Group gap="sm" mb={6}>
        <DecisionBadge decision={explanation.decision} />
        <Text size="sm" className="quiet">
          <Anchor component={Link} to={`/events/${eventId}`} size="sm" underline="always">
            Event
          </Anchor>{" "}
          received <Time at={explanation.event.received_at} />
        </Text>
      </Group>
      <Words text={explanation.sentence} />
      <Group gap="md" mt="sm">
        {execution && (
          <Anchor component={Link} to={`/executions/${execution}`} size="sm">
            Open the execution
          </Anchor>
        )}
        {explanation.workflow && (
          <Anchor component={Link} to={`/workflows/${workflowId}`} size="sm">
            Open the workflow
          </Anchor>
        )}
        {!execution && NOT_STARTED.has(explanation.decision) && (
          <IfMay scope="executions:write">
            <Button size="compact-sm" variant="default" onClick={() => setAsking(true)}>
              Start it anyway…
            </Button>
          </IfMay>
        )}
      </Group>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title="Start the workflow for this event?">
        <StartAnyway eventId={eventId} workflowId={workflowId} />
      </Modal>
    </div>
  );
}

function StartAnyway({ eventId, workflowId }: { eventId: string; workflowId: string }) {
  const queries = useQueryClient();
  const starting = useMutation({
    mutationFn: () => startAnyway(eventId, workflowId),
    onSuccess: () => {
      noteAction();
      return queries.invalidateQueries();
    },
  });
  const { data } = starting;
  return (
    <Stack gap="md">
      <Text size="sm">
        It runs for real, with the newest version, whatever its trigger is. The execution is linked to this event, and
        one event starts a workflow by hand only once.
      </Text>
      {starting.error && <Problem error={starting.error} />}
      {data?.id && (
        <Anchor component={Link} to={`/executions/${data.id}`}>
          Started: open the execution
        </Anchor>
      )}
      {data && !data.id && <Text size="sm">{data.message}</Text>}
      {!data && (
        <WriteButton loading={starting.isPending} onClick={() => starting.mutate()}>
          Start it
        </WriteButton>
      )}
    </Stack>
  );
}
