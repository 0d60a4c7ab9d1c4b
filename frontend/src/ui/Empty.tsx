/** What a list is for, where it has nothing to show, and how to fill it. */

import { Code, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Copy } from "./Copy";

interface EmptyProps {
  title: string;
  children: ReactNode;
  action?: ReactNode;
  /** A command that fills the list. */
  command?: string;
}

export function Empty({ title, children, action, command }: EmptyProps) {
  return (
    <Stack align="center" gap="sm" py={56} px="md" ta="center" className="panel">
      <Title order={2}>{title}</Title>
      <Text className="quiet" maw={520}>
        {children}
      </Text>
      {action}
      {command && (
        <Group gap="xs" wrap="nowrap" maw="100%">
          <Code block style={{ textAlign: "left", overflowX: "auto" }} tabIndex={0}>
            {command}
          </Code>
          <Copy text={command} label="Copy the command" />
        </Group>
      )}
    </Stack>
  );
}
