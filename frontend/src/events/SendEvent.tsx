/** The drawer in which an event is written and sent; its result is shown in place. */

import { Alert, Anchor, Drawer, Group, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Payload, sendEvent } from "../api/events";
import { noteAction } from "../api/live";
import type { EventAnswer } from "../client/types.gen";
import { Copy } from "../ui/Copy";
import { Problem } from "../ui/Problem";
import { WriteButton } from "../ui/WriteButton";
import { parsePayload } from "./payloadText";

const EXAMPLE = `{
  "lead": {"source": "LinkedIn", "score": 90, "title": "CEO"}
}`;
const KEPT = "trigraph.last-event";

interface SendEventProps {
  isOpen: boolean;
  onClose: () => void;
  /** The event to begin with; else the last one that was sent. */
  start?: Payload;
}

export function SendEvent({ isOpen, onClose, start }: SendEventProps) {
  return (
    <Drawer opened={isOpen} onClose={onClose} position="right" size="lg" title="Send an event">
      {isOpen && <SendForm start={start} />}
    </Drawer>
  );
}

function SendForm({ start }: { start?: Payload }) {
  const [text, setText] = useState(() => firstText(start));
  const queries = useQueryClient();
  const parsed = parsePayload(text);
  const sending = useMutation({
    mutationFn: sendEvent,
    onSuccess: () => {
      localStorage.setItem(KEPT, text);
      noteAction();
      return queries.invalidateQueries();
    },
  });
  const submit = () => parsed.payload && sending.mutate(parsed.payload);
  return (
    <Stack gap="md">
      <Textarea
        label="Payload"
        description="A JSON object. Ctrl Enter sends it."
        autosize
        minRows={10}
        maxRows={26}
        value={text}
        error={parsed.error}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit()}
      />
      <Group justify="space-between">
        <WriteButton disabled={!parsed.payload} loading={sending.isPending} onClick={submit}>
          Send event
        </WriteButton>
        <Copy text={curlOf(text)} label="Copy as curl" />
      </Group>
      {sending.error && <Problem error={sending.error} />}
      {sending.data && <Sent answer={sending.data} />}
    </Stack>
  );
}

function firstText(start: Payload | undefined): string {
  return start ? JSON.stringify(start, null, 2) : (localStorage.getItem(KEPT) ?? EXAMPLE);
}

/** The command that sends the same event. */
function curlOf(text: string): string {
  return `curl -X POST ${location.origin}/events -H 'Content-Type: application/json' -d '${text.replaceAll("'", "'\\''")}'`;
}

function Sent({ answer }: { answer: EventAnswer }) {
  const event = (
    <Anchor component={Link} to={`/events/${answer.event_id}`}>
      {answer.executions.length ? "Open the event" : "See what it nearly started"}
    </Anchor>
  );
  return (
    <Alert
      role="status"
      color={answer.executions.length ? "green" : "gray"}
      title={answer.executions.length ? `It started ${answer.executions.length}` : "It started nothing"}
    >
      <Stack gap={6}>
        {answer.executions.map((each) => (
          <Anchor key={each.id} component={Link} to={`/executions/${each.id}`}>
            {each.workflow_name}
          </Anchor>
        ))}
        {answer.held?.map((each) => (
          <Text key={each.workflow_id} size="sm">
            {each.workflow_name}: {each.message}
          </Text>
        ))}
        {answer.errors.map((each) => (
          <Text key={each.workflow_id} size="sm">
            {each.message}
          </Text>
        ))}
        {event}
      </Stack>
    </Alert>
  );
}
