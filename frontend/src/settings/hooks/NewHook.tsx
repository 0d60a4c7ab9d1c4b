/** The form that creates a hook, and then says what to enter at the sender. */

import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Hook } from "../../api/hooks";
import { Copy } from "../../ui/Copy";
import { Once } from "../Once";
import { HookForm } from "./HookForm";

export function NewHook() {
  const [saved, setSaved] = useState<{ hook: Hook; made: string | null } | null>(null);
  return saved ? <Created {...saved} /> : <HookForm onDone={(hook, made) => setSaved({ hook, made })} />;
}

function Created({ hook, made }: { hook: Hook; made: string | null }) {
  const navigate = useNavigate();
  const open = () => void navigate({ to: "/settings/hooks/$name", params: { name: hook.name } });
  return (
    <Stack gap="md">
      <Alert color="green" role="status" title={`The hook ${hook.name} is there`}>
        <Text size="sm" mb={6}>
          Enter this URL at the sender{made ? ", and the secret below" : ""}:
        </Text>
        <Group gap={6} wrap="nowrap">
          <Code style={{ overflowWrap: "anywhere" }}>{hook.url}</Code>
          <Copy text={hook.url} label="Copy the URL" />
        </Group>
      </Alert>
      {made ? (
        <Once label="Signing secret" value={made} onDone={open} />
      ) : (
        <Group>
          <Button onClick={open}>Open the hook</Button>
        </Group>
      )}
    </Stack>
  );
}
