/** Undo and redo: a stack of values, which share all that did not change. */

/** Values that are kept. */
const MOST = 200;

export interface History<Value> {
  past: Value[];
  present: Value;
  future: Value[];
}

export function startHistory<Value>(present: Value): History<Value> {
  return { past: [], present, future: [] };
}

/** Note an edit; an edit that changed nothing is none. With `joins`, it becomes a part of the one before. */
export function noteEdit<Value>(history: History<Value>, next: Value, joins = false): History<Value> {
  if (next === history.present) return history;
  const past = joins && history.past.length ? history.past : [...history.past, history.present].slice(-MOST);
  return { past, present: next, future: [] };
}

export function undo<Value>(history: History<Value>): History<Value> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future] };
}

export function redo<Value>(history: History<Value>): History<Value> {
  const [after, ...future] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.present], present: after, future };
}
