/** The frame of a page: its title, what stands beside it, and its content. */

import { Group, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { usePageTitle } from "./usePageTitle";

interface PageProps {
  title: string;
  /** Shown in place of the plain title. */
  heading?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, heading, actions, children }: PageProps) {
  usePageTitle(title);
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
