/** Why an event did or did not start a workflow: the answer, the trigger clause by clause, and what would change it. */

import { SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type Explanation, eventQuery, explanationQuery } from "../api/events";
import { RuleTree } from "../rules/RuleTree";
import { Json } from "../ui/Json";
import { Loading } from "../ui/Loading";
import { MissingOrProblem } from "../ui/Missing";
import { Page } from "../ui/Page";
import { FlipCard } from "./FlipCard";
import { Notes } from "./Notes";
import { TrialBar } from "./TrialBar";
import { type TrialState, useTrial } from "./useTrial";
import { WhyAnswer } from "./WhyAnswer";
import "./events.css";

const route = getRouteApi("/events/$eventId/why/$workflowId");

const TRIGGERS = [
  { value: "met", label: "Trigger that it met" },
  { value: "current", label: "Current trigger" },
];

export function WhyPage() {
  const { eventId, workflowId } = route.useParams();
  const { trigger = "met" } = route.useSearch();
  const navigate = route.useNavigate();
  const revision = trigger === "current" ? trigger : undefined;
  const { data: explanation, error, refetch } = useQuery(explanationQuery(eventId, workflowId, revision));
  const { data: event, error: eventError } = useQuery(eventQuery(eventId));
  const trial = useTrial(event, explanation);
  const choose = (
    <SegmentedControl
      aria-label="Trigger to explain"
      size="xs"
      data={TRIGGERS}
      value={trigger}
      onChange={(value) =>
        navigate({ search: (old) => ({ ...old, trigger: value === "met" ? undefined : "current" }), replace: true })
      }
    />
  );
  return (
    <Page title={explanation?.workflow ? `Why: ${explanation.workflow.name}` : "Why"} actions={choose}>
      {error && !explanation && (
        <MissingOrProblem kind={eventError ? "event" : "workflow"} error={error} onRetry={refetch} />
      )}
      {!explanation && !error && <Loading lines={6} />}
      {explanation && (
        <Stack gap="md">
          <WhyAnswer explanation={explanation} eventId={eventId} workflowId={workflowId} />
          <TrialBar state={trial} workflowId={workflowId} />
          <div className="why-columns">
            <Trigger explanation={explanation} trial={trial} />
            <Stack gap="md" style={{ minWidth: 0 }}>
              <Changes explanation={explanation} trial={trial} />
              <Title order={2}>{trial.trial?.target === "event" ? "The event that you try" : "The event"}</Title>
              {event && <Json value={trial.trial?.event ?? event.payload} label="the event" open={3} />}
            </Stack>
          </div>
        </Stack>
      )}
    </Page>
  );
}

function Trigger({ explanation, trial }: { explanation: Explanation; trial: TrialState }) {
  const shown = trial.decided ?? explanation;
  if (!shown.tree) return <Text className="quiet">There is no trigger to show.</Text>;
  const version = explanation.workflow ? `of version ${explanation.workflow.version}` : "";
  return (
    <Stack gap="sm" style={{ minWidth: 0 }}>
      <Title order={2}>
        {trial.trial?.target === "trigger" ? "The trigger that you try" : `The trigger ${version}`}
      </Title>
      <div className="panel">
        <RuleTree tree={shown.tree} label="Trigger" stoppedAt={shown.first_failing} />
      </div>
      {shown.truncated && (
        <Text size="sm" className="quiet">
          The trigger is too large to be shown whole.
        </Text>
      )}
      <Notes notes={shown.notes} unseen={shown.unseen} />
    </Stack>
  );
}

function Changes({ explanation, trial }: { explanation: Explanation; trial: TrialState }) {
  if (explanation.flips.length === 0) return null;
  return (
    <Stack gap="sm" component="section" aria-label="What would change it">
      <Title order={2}>What would change it</Title>
      {explanation.flips.map((flip) => (
        <FlipCard
          key={JSON.stringify(flip.changes)}
          flip={flip}
          isTried={trial.flip === flip}
          onTry={trial.start && (() => trial.start?.(flip))}
        />
      ))}
      {explanation.flips_complete === false && (
        <Text size="sm" className="quiet">
          There may be more: the search has a time limit.
        </Text>
      )}
    </Stack>
  );
}
