/** Copies, cuts, pastes and duplicates nodes; the clipboard of the system has them as JSON. */

import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import { removeNodes } from "../graph/document";
import { paste, readPart, textOfPart } from "../graph/part";
import type { Point } from "../graph/size";
import { isTyping } from "../shell/shortcuts";
import type { DraftState } from "./useDraft";

/** Letters of another text that are shown. */
const SHOWN = 60;

interface Clipboard {
  draft: DraftState;
  /** The ids of the selected nodes. */
  selected: string[];
  /** Why nothing can be pasted; undefined: it can. */
  fault: string | undefined;
  /** The place on the canvas under the pointer; undefined: it is elsewhere. */
  placeOf: () => Point | undefined;
  onPasted: (ids: string[]) => void;
}

/** Copy and paste as in any program, but in a field; returns what duplicates the selected nodes. */
export function useClipboard(clipboard: Clipboard): () => void {
  const latest = useRef(clipboard);
  latest.current = clipboard;
  useEffect(() => {
    const onCopy = (event: ClipboardEvent) => isForNodes(event) && copy(event, latest.current);
    const onPaste = (event: ClipboardEvent) => isForNodes(event) && pasteText(event, latest.current);
    const handlers = { copy: onCopy, cut: onCopy, paste: onPaste };
    const names = ["copy", "cut", "paste"] as const;
    for (const name of names) document.addEventListener(name, handlers[name]);
    return () => {
      for (const name of names) document.removeEventListener(name, handlers[name]);
    };
  }, []);
  return () => {
    const { draft, selected, fault } = latest.current;
    const text = fault ? null : textOfPart(draft.definition, selected);
    if (text !== null) add(text, latest.current);
  };
}

/** False in a field, in a dialog, and where a text is selected: these have their own. */
function isForNodes({ type, target }: ClipboardEvent): boolean {
  const hasText = type !== "paste" && !getSelection()?.isCollapsed;
  return !hasText && !isTyping(target) && !document.querySelector('[role="dialog"]');
}

function copy(event: ClipboardEvent, { draft, selected, fault }: Clipboard): void {
  const text = textOfPart(draft.definition, selected);
  if (text === null) return;
  event.preventDefault();
  event.clipboardData?.setData("text/plain", text);
  if (event.type === "cut" && !fault) draft.edit(removeNodes(draft.definition, new Set(selected)));
}

function pasteText(event: ClipboardEvent, clipboard: Clipboard): void {
  event.preventDefault();
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const message = clipboard.fault ?? (add(text, clipboard, clipboard.placeOf()) ? undefined : faultOf(text));
  if (message) notifications.show({ color: "yellow", title: "Nothing was pasted", message });
}

/** Add the nodes of a text; false: it has none. */
function add(text: string, { draft, onPasted }: Clipboard, at?: Point): boolean {
  const part = readPart(text);
  if (!part) return false;
  const { definition, ids } = paste(draft.definition, part, at);
  draft.edit(definition);
  onPasted(ids);
  return true;
}

function faultOf(text: string): string {
  const start = text.trim().slice(0, SHOWN);
  const has = start ? `has no nodes but the text "${start}${text.trim().length > SHOWN ? "…" : ""}"` : "is empty";
  return `The clipboard ${has}. Copy nodes of a graph first.`;
}
