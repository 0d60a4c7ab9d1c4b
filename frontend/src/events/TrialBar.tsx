/** While something is tried: what was changed, what would be decided, and ways on from there. */

import { Alert, Button, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { useState } from "react";
import { IfMay } from "../ui/IfMay";
import { Problem } from "../ui/Problem";
import { Words } from "../ui/Words";
import { SendEvent } from "./SendEvent";
import { payloadOf } from "./trial";
import type { TrialState } from "./useTrial";

export function TrialBar({ state, workflowId }: { state: TrialState; workflowId: string }) {
  const [isSending, setSending] = useState(false);
  const { trial, decided, error } = state;
  if (!trial) return null;
  if (error) return <Problem error={error} onRetry={state.reset} />;
  return (
    <Alert
      role="status"
      icon={<FlaskConical size={18} />}
      color={decided?.decision === "matched" ? "green" : "gray"}
      title={decided ? (decided.decision === "matched" ? "It would start" : "It would not start") : "Trying…"}
    >
      {trial.words.map((words) => (
        <Text key={words} size="sm">
          In {trial.target === "event" ? "the event" : "the trigger"}: <Words text={words} />
        </Text>
      ))}
      <Group gap="xs" mt="sm">
        <Button size="compact-sm" variant="default" onClick={state.reset}>
          Reset
        </Button>
        {trial.target === "event" && (
          <IfMay scope="events:write">
            <Button size="compact-sm" variant="default" onClick={() => setSending(true)}>
              Send the changed event…
            </Button>
          </IfMay>
        )}
        {trial.target === "trigger" && (
          <Link
            to="/workflows/$workflowId/backtest"
            params={{ workflowId }}
            search={{ rule: trial.rule }}
            style={{ fontSize: "0.875rem" }}
          >
            Backtest the changed trigger
          </Link>
        )}
      </Group>
      <SendEvent isOpen={isSending} onClose={() => setSending(false)} start={payloadOf(trial)} />
    </Alert>
  );
}
