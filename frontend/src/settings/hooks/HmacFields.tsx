/** Where and how a sender writes its HMAC, and the token of Meta's handshake. */

import { PasswordInput, SegmentedControl, SimpleGrid, Text, TextInput } from "@mantine/core";
import type { HookDraft } from "./draft";

interface HmacFieldsProps {
  draft: HookDraft;
  hasToken: boolean;
  onChange: (change: Partial<HookDraft>) => void;
}

export function HmacFields({ draft, hasToken, onChange }: HmacFieldsProps) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Header of the signature"
          placeholder="X-Hub-Signature-256"
          required
          value={draft.header}
          onChange={(event) => onChange({ header: event.currentTarget.value })}
        />
        <TextInput
          label="Text before the signature"
          placeholder="sha256="
          value={draft.prefix}
          onChange={(event) => onChange({ prefix: event.currentTarget.value })}
        />
        <Choice
          label="Algorithm"
          data={["sha256", "sha512", "sha1"]}
          value={draft.algorithm}
          onChange={(algorithm) => onChange({ algorithm })}
        />
        <Choice
          label="Encoding"
          data={["hex", "base64"]}
          value={draft.encoding}
          onChange={(encoding) => onChange({ encoding })}
        />
      </SimpleGrid>
      <PasswordInput
        label="Verify token"
        description={
          hasToken
            ? "It has one; left empty, it stays."
            : "Only for the handshake of Meta: what hub.verify_token must be."
        }
        autoComplete="new-password"
        value={draft.verifyToken}
        onChange={(event) => onChange({ verifyToken: event.currentTarget.value })}
      />
    </>
  );
}

interface ChoiceProps {
  label: string;
  data: string[];
  value: string;
  onChange: (value: string) => void;
}

function Choice({ label, ...given }: ChoiceProps) {
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {label}
      </Text>
      <SegmentedControl aria-label={label} size="xs" fullWidth {...given} />
    </div>
  );
}
