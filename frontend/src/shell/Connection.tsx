/** Says in the header whether the page is live: updates paused, or a server that does not answer. */

import { Badge, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { CloudOff, Pause } from "lucide-react";
import { useSilentSince } from "../api/connection";
import { EVERY } from "../api/live";
import { healthQuery } from "../api/system";

export function Connection({ isPaused, onResume }: { isPaused: boolean; onResume: () => void }) {
  const silentSince = useSilentSince();
  // Also where nothing else asks, such as while updates are paused, it is noticed that the server is back.
  useQuery({ ...healthQuery(), enabled: silentSince !== null, refetchInterval: EVERY.list });
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
