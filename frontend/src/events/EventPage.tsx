/** One event: its payload, and what every workflow made of it. */

import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type Event, eventQuery } from "../api/events";
import { Id, shortId } from "../ui/Copy";
import { Json } from "../ui/Json";
import { Loading } from "../ui/Loading";
import { MissingOrProblem } from "../ui/Missing";
import { Page } from "../ui/Page";
import { Time } from "../ui/Time";
import { Decisions } from "./Decisions";
import { nameOf, outcomeOf } from "./summary";
import "./events.css";

const route = getRouteApi("/events/$eventId");

export function EventPage() {
  const { eventId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: event, error, refetch } = useQuery(eventQuery(eventId));
  if (error && !event) {
    return (
      <Page title="Event">
        <MissingOrProblem kind="event" error={error} onRetry={refetch} />
      </Page>
    );
  }
  return (
    <Page title={`${event ? nameOf(event) : "Event"} ${shortId(eventId)}`} heading={event ? nameOf(event) : "Event"}>
      {!event && <Loading lines={8} />}
      {event && (
        <div className="event-columns">
          <Stack gap="sm">
            <Facts event={event} />
            <Title order={2}>Payload</Title>
            <Json value={event.payload} label="the payload" />
          </Stack>
          <Stack gap="sm" style={{ minWidth: 0 }}>
            <Title order={2}>What the workflows decided</Title>
            <Decisions
              eventId={eventId}
              tab={search.tab ?? "all"}
              q={search.q}
              onTab={(tab) =>
                navigate({ search: (old) => ({ ...old, tab: tab === "all" ? undefined : tab }), replace: true })
              }
              onQuery={(q) => navigate({ search: (old) => ({ ...old, q: q || undefined }), replace: true })}
            />
          </Stack>
        </div>
      )}
    </Page>
  );
}

function Facts({ event }: { event: Event }) {
  return (
    <Stack gap={6} className="panel" p="md">
      <Group gap="lg">
        <Text size="sm">
          Received <Time at={event.received_at} />
        </Text>
        <Text size="sm">Outcome: {outcomeOf(event)}</Text>
        <Id id={event.id} />
      </Group>
      {typeof event.source === "string" && <Text size="sm">Source: {event.source}</Text>}
      {event.executions.map((each) => (
        <Anchor key={each.id} component={Link} to={`/executions/${each.id}`} size="sm">
          Started {each.workflow_name}
        </Anchor>
      ))}
      {event.held?.map((each) => (
        <Text key={each.workflow_id} size="sm">
          {each.workflow_name}: {each.message}
        </Text>
      ))}
      {event.cause && (
        <Anchor component={Link} to={`/executions/${event.cause.execution_id}`} size="sm">
          Emitted by node {event.cause.node_id} of an execution
        </Anchor>
      )}
      {event.retro?.map((each) => (
        <Text key={each.at} size="sm">
          Started by hand <Time at={each.at} />
        </Text>
      ))}
      {!!event.repeats?.length && (
        <Text size="sm">
          Sent {event.repeats.length} more {event.repeats.length === 1 ? "time" : "times"} with the same key; repeats
          start nothing.
        </Text>
      )}
    </Stack>
  );
}
