/** The frame of a page: its title, what stands beside it, and its content. */

import { Group, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { usePageTitle } from "./usePageTitle";

interface PageProps {
  title: string;
  /** The title as it is shown, if it is more than its text. */
  heading?: ReactNode;
  /** Shown after the title, and no part of it. */
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, heading, beside, actions, children }: PageProps) {
  usePageTitle(title);
  return (
    <div className="page">
      <Group justify="space-between" align="center" mb="md" gap="sm">
        <Group gap={6} wrap="nowrap" miw={0}>
          <Title order={1} miw={0}>
            {heading ?? title}
          </Title>
          {beside}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </div>
  );
}
