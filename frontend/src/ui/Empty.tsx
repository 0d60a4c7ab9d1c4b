/** What a list is for, where it has nothing to show, and how to fill it. */

import { Code, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { meQuery } from "../api/me";
import { Copy } from "./Copy";
import { type CurlRequest, curlOf } from "./curl";

interface EmptyProps {
  title: string;
  children: ReactNode;
  action?: ReactNode;
  /** The request that fills the list, or that reads it elsewhere: shown as a command to copy. */
  request?: CurlRequest;
}

export function Empty({ title, children, action, request }: EmptyProps) {
  return (
    <Stack align="center" gap="sm" py={56} px="md" ta="center" className="panel">
      <Title order={2}>{title}</Title>
      <Text className="quiet" maw={520} style={{ textWrap: "balance" }}>
        {children}
      </Text>
      {action}
      {request && <Command request={request} />}
    </Stack>
  );
}

function Command({ request }: { request: CurlRequest }) {
  const { data: me } = useQuery(meQuery());
  const command = curlOf(request, location.origin, me !== undefined && me.auth !== "off");
  return (
    <Group gap="xs" wrap="nowrap" maw="100%">
      <Code block style={{ textAlign: "left", overflowX: "auto" }} tabIndex={0}>
        {command}
      </Code>
      <Copy text={command} label="Copy the command" />
    </Group>
  );
}
