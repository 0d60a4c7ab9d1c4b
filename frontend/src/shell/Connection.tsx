/** Says in the header whether the page is live: updates paused, or a server that does not answer. */

import { Badge, Tooltip } from "@mantine/core";
import { CloudOff, Pause } from "lucide-react";
import { useSilentSince } from "../api/connection";

export function Connection({ isPaused, onResume }: { isPaused: boolean; onResume: () => void }) {
  const silentSince = useSilentSince();
  if (silentSince) {
    const time = silentSince.toLocaleTimeString(undefined, { timeStyle: "short" });
    return (
      <Tooltip label={`The server has not answered since ${time}. The studio tries again by itself.`}>
        <Badge role="status" color="red" variant="light" leftSection={<CloudOff size={12} />} tt="none">
          Not live since {time}
        </Badge>
      </Tooltip>
    );
  }
  if (!isPaused) return null;
  return (
    <Badge
      component="button"
      color="yellow"
      variant="light"
      leftSection={<Pause size={12} />}
      tt="none"
      style={{ cursor: "pointer" }}
      onClick={onResume}
    >
      Paused · resume
    </Badge>
  );
}
