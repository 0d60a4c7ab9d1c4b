/** The smallest changes that turn the answer, each of which can be tried in place. */

import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { FlaskConical } from "lucide-react";
import type { FlipRead } from "../client/types.gen";
import { Words } from "../ui/Words";

interface FlipCardProps {
  flip: FlipRead;
  isTried: boolean;
  /** Undefined while what it changes is not known yet. */
  onTry?: () => void;
}

export function FlipCard({ flip, isTried, onTry }: FlipCardProps) {
  const count = flip.changes.length;
  const thing = flip.target === "event" ? "the event" : "the trigger";
  return (
    <Group className="panel flip" justify="space-between" align="center" wrap="nowrap" gap="md">
      <Stack gap={4} style={{ minWidth: 0 }}>
        <Text size="xs" className="quiet">
          {count === 1 ? "1 change" : `${count} changes`} in {thing}
        </Text>
        {flip.changes.map((change) => (
          <Text key={change.pointer + change.words} size="sm" style={{ overflowWrap: "anywhere" }}>
            <Words text={change.words} />
          </Text>
        ))}
      </Stack>
      {isTried ? (
        <Badge variant="light" color="green" style={{ flex: "none" }}>
          Tried
        </Badge>
      ) : (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<FlaskConical size={14} />}
          disabled={!onTry}
          onClick={onTry}
          style={{ flex: "none" }}
        >
          Try
        </Button>
      )}
    </Group>
  );
}
