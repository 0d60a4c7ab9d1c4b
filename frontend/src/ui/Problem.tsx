/** An error as a sentence, with a way to try again. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { RotateCw, TriangleAlert } from "lucide-react";
import { messageOf, statusOf } from "../api/problems";

export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const status = statusOf(error);
  return (
    <Group className="panel" role="alert" p="md" gap="md" align="flex-start" wrap="nowrap">
      <TriangleAlert size={20} color="var(--status-failed)" aria-hidden style={{ flex: "none", marginTop: 2 }} />
      <Stack gap={6} style={{ minWidth: 0 }}>
        <Text style={{ overflowWrap: "anywhere" }}>{messageOf(error)}</Text>
        {status ? (
          <Text size="xs" className="quiet">
            HTTP {status}
          </Text>
        ) : null}
        {onRetry && (
          <Group>
            <Button size="xs" variant="default" leftSection={<RotateCw size={14} />} onClick={onRetry}>
              Try again
            </Button>
          </Group>
        )}
      </Stack>
    </Group>
  );
}
