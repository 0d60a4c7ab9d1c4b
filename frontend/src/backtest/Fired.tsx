/** What was started for events of the past. */

import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { FireRead } from "../client/types.gen";
import { shortId } from "../ui/Copy";
import { Notice } from "../ui/Notice";
import { countText } from "./summary";

/** Executions that are listed. */
const SHOWN = 10;

export function Fired({ answer }: { answer: FireRead }) {
  const { executions, errors, skipped } = answer;
  const started = executions.filter((each) => each.id);
  const held = executions.filter((each) => !each.id);
  return (
    <Stack gap="sm">
      <Notice isLive tone="success" title={`${countText(answer.started ?? 0, "event")} given to the workflow`}>
        <Stack gap={4}>
          {started.slice(0, SHOWN).map((each) => (
            <Anchor key={each.event_id} component={Link} to={`/executions/${each.id}`} size="sm">
              Execution <span className="mono">{shortId(each.id ?? "")}</span>
            </Anchor>
          ))}
          {started.length > SHOWN && <Text size="sm">and {(started.length - SHOWN).toLocaleString()} more</Text>}
          {held.slice(0, SHOWN).map((each) => (
            <Text key={each.event_id} size="sm">
              {each.message ?? each.outcome}
            </Text>
          ))}
          {skipped > 0 && <Text size="sm">{countText(skipped, "event")} had been given to it before.</Text>}
        </Stack>
      </Notice>
      {errors.length > 0 && (
        <Notice tone="failure" title={`${countText(errors.length, "event")} could not be given to it`}>
          {errors.slice(0, SHOWN).map((each) => (
            <Text key={each.event_id} size="sm">
              {each.message}
            </Text>
          ))}
        </Notice>
      )}
    </Stack>
  );
}
