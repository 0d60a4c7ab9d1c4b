/** A field of several lines whose text may have templates: what they can refer to is completed where one is typed. */

import { Combobox, Textarea, type TextareaProps, useCombobox } from "@mantine/core";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { completionsAt } from "../graph/templateText";
import { shortText, useTemplateHelp } from "./templates";

interface TemplateAreaProps extends Omit<TextareaProps, "value" | "onChange" | "description"> {
  description?: ReactNode;
  value: string;
  onChange: (text: string) => void;
}

export function TemplateArea({ value, onChange, description, ...rest }: TemplateAreaProps) {
  const { paths, useValue } = useTemplateHelp();
  const found = useValue(value);
  const area = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState<number | null>(null);
  const options = caret === null ? [] : completionsAt(value, caret, paths);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const isOpen = combobox.dropdownOpened && options.length > 0;
  const place = useRef<number>(undefined);
  // After a completion the next letter is typed behind it.
  useLayoutEffect(() => {
    if (place.current === undefined) return;
    area.current?.setSelectionRange(place.current, place.current);
    place.current = undefined;
  });
  const look = (element: HTMLTextAreaElement) => {
    const at = element.selectionStart === element.selectionEnd ? element.selectionStart : null;
    setCaret(at);
    if (at !== null && completionsAt(element.value, at, paths).length) combobox.openDropdown();
    else combobox.closeDropdown();
  };
  const complete = (path: string) => {
    const chosen = options.find((option) => option.path === path);
    if (!chosen) return;
    place.current = chosen.caret;
    onChange(chosen.text);
    combobox.closeDropdown();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={complete} size="xs">
      <Combobox.Target withKeyboardNavigation={isOpen} withAriaAttributes={isOpen}>
        <Textarea
          {...rest}
          ref={area}
          description={found === undefined ? description : `In the newest execution: ${shortText(found)}`}
          value={value}
          onChange={(event) => {
            onChange(event.currentTarget.value);
            look(event.currentTarget);
          }}
          onKeyUp={(event) => /^(Arrow(Left|Right)|Home|End)$/.test(event.key) && look(event.currentTarget)}
          onClick={(event) => look(event.currentTarget)}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={!isOpen}>
        <Combobox.Options mah={220} style={{ overflowY: "auto" }}>
          {options.map(({ path }) => (
            <Combobox.Option key={path} value={path} className="mono">
              {path}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
