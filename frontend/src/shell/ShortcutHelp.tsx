/** The list of all keys that work on this page. */

import { Kbd, Modal, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { listShortcuts, type Shortcut } from "./shortcuts";

export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Keys" size="lg">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        {[...groups()].map(([group, shortcuts]) => (
          <Stack key={group} gap={6}>
            <Title order={2} size="h6">
              {group}
            </Title>
            {shortcuts.map((shortcut) => (
              <div key={shortcut.keys} style={{ display: "flex", justifyContent: "space-between", gap: 12 }}>
                <Text size="sm">{shortcut.label}</Text>
                <span style={{ whiteSpace: "nowrap" }}>
                  {shortcut.keys.split(" ").map((key) => (
                    <Kbd key={key} ml={4}>
                      {key}
                    </Kbd>
                  ))}
                </span>
              </div>
            ))}
          </Stack>
        ))}
      </SimpleGrid>
    </Modal>
  );
}

function groups(): Map<string, Shortcut[]> {
  const found = new Map<string, Shortcut[]>();
  for (const shortcut of listShortcuts()) {
    const group = found.get(shortcut.group) ?? [];
    if (!group.some((each) => each.keys === shortcut.keys)) found.set(shortcut.group, [...group, shortcut]);
  }
  return found;
}
