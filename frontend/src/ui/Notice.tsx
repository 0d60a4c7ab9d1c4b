/** A box that stands out: a warning, a failure, or a success. Its text has the colour of the page, so that it is read. */

import { Text } from "@mantine/core";
import { Check, CircleAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import "./notice.css";

type Tone = "warning" | "failure" | "success" | "quiet";

const ICONS = { warning: TriangleAlert, failure: CircleAlert, success: Check, quiet: CircleAlert };

interface NoticeProps {
  tone: Tone;
  title?: ReactNode;
  children?: ReactNode;
  /** True where it appears by itself, and is to be read aloud. */
  isLive?: boolean;
}

export function Notice({ tone, title, children, isLive }: NoticeProps) {
  const Icon = ICONS[tone];
  return (
    <div className="callout" data-tone={tone} role={isLive ? "status" : undefined}>
      <Icon size={17} aria-hidden />
      <div>
        {title && (
          <Text size="sm" fw={600}>
            {title}
          </Text>
        )}
        {children && (
          <Text size="sm" component="div">
            {children}
          </Text>
        )}
      </div>
    </div>
  );
}
