/** The keys of the editor. */

import { removeNodes } from "../graph/document";
import { disconnect } from "../graph/edges";
import { isTyping, useShortcut } from "../shell/shortcuts";
import type { Selection } from "./EditorCanvas";
import type { DraftState } from "./useDraft";

interface Keys {
  draft: DraftState;
  selection: Selection;
  /** True: the graph cannot be changed on the canvas. */
  isFixed: boolean;
  onSave: () => void;
  onTidy: () => void;
  onDuplicate: () => void;
  /** Goes along the nodes in run order. */
  onStep: (by: 1 | -1) => void;
}

export function useKeys({ draft, selection, isFixed, onSave, onTidy, onDuplicate, onStep }: Keys): void {
  const isUnread = draft.text !== null;
  const remove = () => {
    if (isFixed) return;
    const without = selection.ways.reduce(disconnect, draft.definition);
    const left = selection.nodes.length ? removeNodes(without, new Set(selection.nodes)) : without;
    if (left !== draft.definition) draft.edit(left);
  };
  useShortcut("Delete", "Delete what is selected", remove, "Editor");
  useShortcut("Backspace", "Delete what is selected", remove, "Editor");
  useShortcut("Ctrl+z", "Undo", () => isUnread || draft.undo(), "Editor");
  useShortcut("Ctrl+y", "Redo", () => isUnread || draft.redo(), "Editor");
  useShortcut("Ctrl+Shift+z", "Redo", () => isUnread || draft.redo(), "Editor");
  useShortcut("Ctrl+c", "Copy the selected nodes", null, "Editor");
  useShortcut("Ctrl+x", "Cut the selected nodes", null, "Editor");
  useShortcut("Ctrl+v", "Paste nodes at the pointer", null, "Editor");
  useShortcut(
    "Ctrl+d",
    "Duplicate the selected nodes",
    () => isTyping(document.activeElement) || onDuplicate(),
    "Editor",
  );
  useShortcut("]", "Next node in run order", () => onStep(1), "Editor");
  useShortcut("[", "Previous node in run order", () => onStep(-1), "Editor");
  useShortcut("Enter", "Open the node, or add one at an exit", null, "Editor");
  useShortcut("↑ ↓ ← →", "Move the selected nodes", null, "Editor");
  useShortcut("Shift+f", "Tidy the graph", () => isFixed || onTidy(), "Editor");
  useShortcut("Ctrl+s", "Save", () => draft.isDirty && !isUnread && onSave(), "Editor");
}
