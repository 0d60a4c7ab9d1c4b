/** A key of a JSON value, whose menu copies its path or its value. */

import { Menu } from "@mantine/core";
import { Copy, Route } from "lucide-react";
import { useState } from "react";
import { LargeValue } from "../api/stepValues";
import { type JsonPath, pathText } from "./jsonSearch";

interface KeyProps {
  name: string;
  path: JsonPath;
  value: unknown;
}

/** A key with its menu, which is made when it is first asked for: a tree may have thousands of keys. */
export function JsonKey({ name, path, value }: KeyProps) {
  const [isUsed, setUsed] = useState(false);
  const key = (
    <button type="button" className="json-key" title={pathText(path)} onClick={() => setUsed(true)}>
      {name}
    </button>
  );
  if (!isUsed) return key;
  return (
    <Menu defaultOpened position="bottom-start" withinPortal>
      <Menu.Target>{key}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Route size={14} />} onClick={() => copy(pathText(path))}>
          Copy path
        </Menu.Item>
        {!(value instanceof LargeValue) && (
          <Menu.Item leftSection={<Copy size={14} />} onClick={() => copy(valueText(value))}>
            Copy value
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function copy(text: string): void {
  void navigator.clipboard?.writeText(text);
}

/** A value to copy: a text as it is, anything else as JSON. */
function valueText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "null");
}
