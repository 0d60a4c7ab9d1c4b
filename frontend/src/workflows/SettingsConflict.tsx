/** Somebody saved while the settings were being changed: both are combined, or theirs are taken. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { Notice } from "../ui/Notice";
import { mergeSettings, NAMES, settingsOf } from "./settings";
import type { SettingsDraft } from "./useSettings";

export function SettingsConflict({ draft }: { draft: SettingsDraft }) {
  const { theirs } = draft;
  if (!theirs) return null;
  const now = settingsOf(theirs.workflow);
  const merged = mergeSettings(draft.base, draft.settings, now);
  const listed = (members: string[]) => members.map((key) => NAMES[key] ?? key).join(", ");
  return (
    <Notice tone="warning" title="Somebody else saved this workflow" isLive>
      <Stack gap="sm" mt={4}>
        <Text size="sm">
          {merged.theirs.length ? `They changed: ${listed(merged.theirs)}.` : "They changed none of these settings."}{" "}
          {merged.clashes.length > 0 && `You changed the same, and combining takes yours: ${listed(merged.clashes)}.`}{" "}
          Nothing is saved before you save again.
        </Text>
        <Group gap="xs">
          <Button size="xs" onClick={() => draft.rebase(theirs, merged.settings)}>
            Combine both
          </Button>
          <Button size="xs" variant="default" onClick={() => draft.rebase(theirs, now)}>
            Take theirs
          </Button>
        </Group>
      </Stack>
    </Notice>
  );
}
