/** A JSON value to read: a tree with two levels open, in which one can search, and which can be copied. */

import { Text, TextInput } from "@mantine/core";
import { Search } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { LargeValue } from "../api/stepValues";
import { Copy } from "./Copy";
import { JsonKey } from "./JsonKey";
import { JsonValue } from "./JsonTree";
import { findIn, isLongerThan, pathText } from "./jsonSearch";
import "./json.css";

/** Levels that are open at first. */
const OPEN = 2;
/** Characters above which a value can be searched, and above which only its first level is open. */
const SEARCHED = 600;
const LARGE = 256 * 1024;
/** What a search shows at most. */
const MOST = 100;

interface JsonProps {
  value: unknown;
  label: string;
  open?: number;
}

export function Json({ value, label, open = OPEN }: JsonProps) {
  const [typed, setText] = useState("");
  const text = useDeferredValue(typed.trim());
  const [isSearched, isLarge] = useMemo(
    () => [SEARCHED, LARGE].map((most) => !(value instanceof LargeValue) && isLongerThan(value, most)),
    [value],
  );
  const isInParts = value instanceof LargeValue;
  return (
    <div className="json">
      {!isInParts && (
        <div className="json-copy">
          <Copy text={() => JSON.stringify(value, null, 2) ?? "null"} label={`Copy ${label}`} />
        </div>
      )}
      {isSearched && (
        <TextInput
          size="xs"
          mb={6}
          aria-label={`Search in ${label}`}
          placeholder="Search keys and values"
          leftSection={<Search size={13} />}
          value={typed}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {isLarge && (
        <Text size="xs" className="quiet" mb={4}>
          This is larger than 256 kB: open what you need, or search for it.
        </Text>
      )}
      {isInParts && (
        <Text size="xs" className="quiet">
          This is too large to be loaded whole: each part is loaded when you open it.
        </Text>
      )}
      <div className="json-tree">
        {text ? <Matches value={value} text={text} /> : <JsonValue value={value} path={[]} open={isLarge ? 1 : open} />}
      </div>
    </div>
  );
}

function Matches({ value, text }: { value: unknown; text: string }) {
  const found = useMemo(() => findIn(value, text, MOST + 1), [value, text]);
  return (
    <>
      <Text size="xs" className="quiet" role="status">
        {found.length > MOST ? `The first ${MOST} that have it` : `${found.length} found`}
      </Text>
      <ul className="json-found">
        {found.slice(0, MOST).map(({ path, value: item }) => (
          <li key={pathText(path)}>
            <JsonKey name={pathText(path)} path={path} value={item} />
            <span className="json-mark">: </span>
            <JsonValue value={item} path={path} open={0} />
          </li>
        ))}
      </ul>
    </>
  );
}
