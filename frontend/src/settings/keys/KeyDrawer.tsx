/** One key: its limits, and the button that revokes it. */

import { Drawer, Group, Stack } from "@mantine/core";
import { type Key, removeKey } from "../../api/keys";
import { Time } from "../../ui/Time";
import { DeleteButton } from "../DeleteButton";
import { Facts } from "../Facts";

interface KeyDrawerProps {
  /** Undefined: the drawer is closed. */
  apiKey: Key | undefined;
  onClose: () => void;
}

export function KeyDrawer({ apiKey, onClose }: KeyDrawerProps) {
  return (
    <Drawer opened={!!apiKey} onClose={onClose} position="right" size="lg" title={`Key ${apiKey?.name ?? ""}`}>
      {apiKey && (
        <Stack gap="lg">
          <KeyFacts apiKey={apiKey} />
          <Group>
            <DeleteButton
              verb="Revoke"
              thing={`the key ${apiKey.name}`}
              remove={() => removeKey(apiKey.id)}
              touched={["keys", "audit"]}
              onDone={onClose}
            >
              Every process refuses it within two seconds, and sessions that it opened end. This cannot be undone.
            </DeleteButton>
          </Group>
        </Stack>
      )}
    </Drawer>
  );
}

function KeyFacts({ apiKey }: { apiKey: Key }) {
  const { requests_per_second: requests, bytes_per_minute: bytes } = apiKey;
  return (
    <Facts
      of={[
        ["Begins with", <code key="prefix">{apiKey.prefix}…</code>],
        ["Scopes", apiKey.scopes.join(", ")],
        [
          "Workflows",
          apiKey.workflow_prefix === null ? "All" : `Those whose name begins with ${apiKey.workflow_prefix}`,
        ],
        ["Requests a second", requests?.toLocaleString("en") ?? "The limit of the deployment"],
        ["Bytes a minute", bytes?.toLocaleString("en") ?? "The limit of the deployment"],
        ["Created", <Time key="created" at={apiKey.created_at} />],
        ["Created by", apiKey.created_by],
        ["Expires", apiKey.expires_at ? <Time at={apiKey.expires_at} /> : "Never"],
        ["Last used", apiKey.last_used_at ? <Time at={apiKey.last_used_at} /> : "Never"],
      ]}
    />
  );
}
