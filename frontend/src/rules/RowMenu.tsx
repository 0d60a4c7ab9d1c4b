/** What can be done with one row of a rule. */

import { ActionIcon, Menu } from "@mantine/core";
import { EllipsisVertical } from "lucide-react";
import { useRef } from "react";
import { canUnwrap, isListed, movedPointer } from "./edit";
import type { EditRow } from "./editRows";
import type { Value } from "./pointer";

/** The name of an action, as `applyAction` carries it out. */
export type Action =
  | "edit"
  | "text"
  | "and"
  | "or"
  | "not"
  | "wrap-or"
  | "wrap-and"
  | "unwrap"
  | "off"
  | "up"
  | "down"
  | "duplicate"
  | "delete";

interface RowMenuProps {
  rule: Value;
  row: EditRow;
  isCurrent: boolean;
  isOff: boolean;
  /** False where nothing is tried, so that nothing can be turned off. */
  canTurnOff: boolean;
  onAction: (action: Action) => void;
  /** Called when the menu is closed without an action. */
  onLeave: () => void;
}

export function RowMenu({ isCurrent, onAction, onLeave, ...of }: RowMenuProps) {
  const hasActed = useRef(false);
  return (
    <Menu
      position="bottom-end"
      width={240}
      withinPortal
      // The row that an action leads to has the focus afterwards.
      returnFocus={false}
      // The empty element that has the focus else may not be in a menu.
      withInitialFocusPlaceholder={false}
      // A key that opens the menu is none outside of it.
      clickOutsideEvents={["mousedown", "touchstart"]}
      onClose={() => {
        if (!hasActed.current) onLeave();
        hasActed.current = false;
      }}
      transitionProps={{ duration: 0 }}
    >
      <Menu.Target>
        <ActionIcon
          size={24}
          variant="subtle"
          color="gray"
          aria-label="Actions"
          className="rule-menu"
          tabIndex={isCurrent ? 0 : -1}
        >
          <EllipsisVertical size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {itemsOf(of).map(([action, label, keys]) => (
          <Menu.Item
            key={action}
            rightSection={keys && <kbd className="rule-keys">{keys}</kbd>}
            className={action === "delete" ? "rule-delete" : undefined}
            onClick={() => {
              hasActed.current = true;
              onAction(action);
            }}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

type Item = [action: Action, label: string, keys?: string];
type Of = Pick<RowMenuProps, "rule" | "row" | "isOff" | "canTurnOff">;

/** The actions that a row allows. */
export function itemsOf({ rule, row, isOff, canTurnOff }: Of): Item[] {
  const { key, kind, op } = row;
  const listed = isListed(rule, key);
  const canRemove = listed || key === "" || /\/!!?(\/0)?$/.test(key);
  const isKept = kind === "unknown";
  const items: (Item | false)[] = [
    !isKept && kind !== "group" && ["edit", "Edit", "Enter"],
    !isKept && ["text", "Edit as JSON"],
    op === "and" && ["or", "Any of these instead"],
    op === "or" && ["and", "All of these instead"],
    ["not", "Wrap in not"],
    ["wrap-or", "Wrap in any of these"],
    ["wrap-and", "Wrap in all of these"],
    canUnwrap(rule, key) && ["unwrap", op === "!" || op === "!!" ? "Remove the not" : "Remove the group around it"],
    canTurnOff && listed && ["off", isOff ? "Turn on again" : "Turn off for a try", "Ctrl /"],
    movedPointer(rule, key, -1) !== null && ["up", "Move up", "Alt ↑"],
    movedPointer(rule, key, 1) !== null && ["down", "Move down", "Alt ↓"],
    listed && ["duplicate", "Duplicate"],
    canRemove && ["delete", "Delete", "Del"],
  ];
  return items.filter((item) => item !== false);
}
