/** The frame of a page: its title, what stands beside it, and its content. */

import { Group, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

interface PageProps {
  title: string;
  /** Shown in place of the plain title. */
  heading?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, heading, actions, children }: PageProps) {
  useDocumentTitle(`${title} · Trigraph`);
  return (
    <div className="page">
      <Group justify="space-between" align="center" mb="md" gap="sm">
        <Title order={1} style={{ minWidth: 0 }}>
          {heading ?? title}
        </Title>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </div>
  );
}
