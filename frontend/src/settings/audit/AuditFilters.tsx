/** The filters of the audit. */

import { Autocomplete, Button, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import type { AuditSearch } from "./filter";

const ACTIONS = [
  ...["save", "delete", "create", "revoke", "sign_in", "submit", "start", "approve", "reject"],
  ...["cancel", "pause", "resume", "retry", "migrate", "fork", "fire", "redeliver", "answer"],
];
const THINGS = [
  ...["workflow", "execution", "event", "approval", "outcome", "backtest", "key", "session"],
  ...["hook", "subscription", "delivery", "secret", "credential"],
];
/** Milliseconds after a key in which another one may follow. */
const PAUSE = 300;

interface AuditFiltersProps {
  search: AuditSearch;
  onChange: (change: AuditSearch) => void;
}

export function AuditFilters({ search, onChange }: AuditFiltersProps) {
  const isFiltered = Object.entries(search).some(([key, value]) => key !== "open" && value);
  return (
    <search className="audit-filters">
      <Words label="By" value={search.actor} onChange={(actor) => onChange({ actor })} isFirst />
      <Words label="Action" data={ACTIONS} value={search.action} onChange={(action) => onChange({ action })} />
      <Words label="Thing" data={THINGS} value={search.thing} onChange={(thing) => onChange({ thing })} />
      <Words label="Id of the thing" value={search.thing_id} onChange={(thing_id) => onChange({ thing_id })} />
      <TextInput
        size="xs"
        type="date"
        label="From"
        value={search.from ?? ""}
        onChange={(event) => onChange({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        size="xs"
        type="date"
        label="To"
        value={search.to ?? ""}
        onChange={(event) => onChange({ to: event.currentTarget.value || undefined })}
      />
      {isFiltered && (
        <Button
          size="xs"
          variant="default"
          leftSection={<X size={14} />}
          onClick={() =>
            onChange({
              ...{ actor: undefined, action: undefined, thing: undefined, thing_id: undefined },
              ...{ from: undefined, to: undefined },
            })
          }
        >
          No filter
        </Button>
      )}
    </search>
  );
}

interface WordsProps {
  label: string;
  data?: string[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  /** True for the one that the key of filters focuses. */
  isFirst?: boolean;
}

/** A text that is asked for a moment after the last key. */
function Words({ label, data, value, onChange, isFirst }: WordsProps) {
  const [shown, setShown] = useState(value ?? "");
  const ask = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), PAUSE);
  useEffect(() => setShown(value ?? ""), [value]);
  return (
    <Autocomplete
      size="xs"
      label={label}
      data={data}
      data-filter={isFirst || undefined}
      value={shown}
      onChange={(text) => {
        setShown(text);
        ask(text);
      }}
    />
  );
}
