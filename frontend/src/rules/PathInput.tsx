/** The path of a value, completed from the events that were seen. */

import { Autocomplete, Group, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { fieldsQuery, isCut, type SeenField } from "../api/fields";
import { valueWords } from "./words";

interface PathInputProps {
  label: string;
  path: string;
  /** The list whose elements are meant: "items[]"; "" for the event, null for a list that is not known. */
  scope: string | null;
  autoFocus?: boolean;
  onChange: (path: string) => void;
  /** Called with a path that was chosen, and what was seen there. */
  onChoose?: (field: SeenField) => void;
}

/** Paths that are offered at once. */
const MOST = 30;

export function PathInput({ label, path, scope, autoFocus, onChange, onChoose }: PathInputProps) {
  const fields = useSeenFields(path, scope);
  const byPath = new Map(fields.map((field) => [field.path, field]));
  // A path that was chosen is also reported as a change of the text.
  const chosen = useRef<string | null>(null);
  return (
    <Autocomplete
      size="xs"
      className="rule-path"
      aria-label={label}
      placeholder={scope === "" ? "Path, such as lead.score" : "Path in the item; empty: the item"}
      data-autofocus={autoFocus || undefined}
      autoFocus={autoFocus}
      value={path}
      data={[...byPath.keys()]}
      limit={MOST}
      maxDropdownHeight={260}
      spellCheck={false}
      openOnFocus={path === ""}
      onChange={(next) => {
        if (next !== chosen.current) onChange(next);
        chosen.current = null;
      }}
      onOptionSubmit={(next) => {
        const field = byPath.get(next);
        if (!field || !onChoose) return;
        chosen.current = next;
        onChoose(field);
      }}
      renderOption={({ option }) => <SeenPath field={byPath.get(option.value)} path={option.value} />}
    />
  );
}

function SeenPath({ path, field }: { path: string; field: SeenField | undefined }) {
  const examples = (field?.examples ?? []).slice(0, 3).map((each) => valueWords(each, 24));
  return (
    <div className="rule-seen">
      <Group gap="xs" justify="space-between" wrap="nowrap">
        <Text size="xs" className="mono cut">
          {path}
        </Text>
        {field && (
          <Text size="xs" className="quiet">
            {percent(field.seen)}
          </Text>
        )}
      </Group>
      {examples.length > 0 && (
        <Text size="xs" className="quiet cut">
          {examples.join(", ")}
        </Text>
      )}
    </div>
  );
}

function percent(part: number): string {
  if (part > 0 && part < 0.01) return "in under 1 %";
  return `in ${Math.round(part * 100)} %`;
}

/** The fields that a rule can name here, with their paths as it names them. */
export function useSeenFields(typed: string, scope: string | null): SeenField[] {
  const all = useQuery({ ...fieldsQuery(), enabled: scope !== null });
  const prefix = scope ? `${scope}.${typed}` : typed;
  const [asked] = useDebouncedValue(prefix, 250);
  const isMissing = isCut(all.data) && scope !== null && asked !== "";
  const narrow = useQuery({ ...fieldsQuery(asked), enabled: isMissing });
  const found = (isMissing && narrow.data) || all.data || [];
  return found.flatMap((field) => {
    const path = scope ? innerPath(field.path, scope) : field.path;
    return path && !path.includes("[]") ? [{ ...field, path }] : [];
  });
}

function innerPath(path: string, scope: string): string | null {
  return path.startsWith(`${scope}.`) ? path.slice(scope.length + 1) : null;
}
