/** A button that copies a text. */

import { ActionIcon, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Check, Copy as CopyIcon } from "lucide-react";

interface CopyProps {
  /** A function where it takes time to make the text. */
  text: string | (() => string);
  label?: string;
}

export function Copy({ text, label = "Copy" }: CopyProps) {
  const { copied, copy } = useClipboard({ timeout: 1500 });
  return (
    <Tooltip label={copied ? "Copied" : label} openDelay={400}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={label}
        onClick={(event) => {
          event.preventDefault();
          event.stopPropagation();
          copy(typeof text === "string" ? text : text());
        }}
      >
        {copied ? <Check size={14} /> : <CopyIcon size={14} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** An id as its last 8 characters, which differ where the first ones are the time; with a button that copies it whole. */
export function Id({ id, label = "Copy id" }: { id: string; label?: string }) {
  return (
    <span className="mono" style={{ display: "inline-flex", alignItems: "center", gap: 2 }} title={id}>
      {shortId(id)}
      <Copy text={id} label={label} />
    </span>
  );
}

/** The part of an id that is shown. */
export function shortId(id: string): string {
  return id.slice(-8);
}
