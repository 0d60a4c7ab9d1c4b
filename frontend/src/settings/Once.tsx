/** A value that the server shows once, with a button that copies it. */

import { Button, CopyButton, Group, Stack, Text } from "@mantine/core";
import { Check, Copy, TriangleAlert } from "lucide-react";

interface OnceProps {
  /** The name of the value: "Key", "Signing secret". */
  label: string;
  value: string;
  onDone: () => void;
}

export function Once({ label, value, onDone }: OnceProps) {
  return (
    <Stack gap="sm" className="once" role="status">
      <div className="once-warning">
        <TriangleAlert size={16} aria-hidden />
        Copy it now: it is not shown again.
      </div>
      <div>
        <Text size="sm" mb={4}>
          {label}
        </Text>
        <code className="once-value">{value}</code>
      </div>
      <Group gap="xs">
        <CopyButton value={value} timeout={2000}>
          {({ copied, copy }) => (
            <Button leftSection={copied ? <Check size={15} /> : <Copy size={15} />} onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={onDone}>
          I have kept it
        </Button>
      </Group>
    </Stack>
  );
}
