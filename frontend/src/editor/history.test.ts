import { expect, it } from "vitest";
import { noteEdit, redo, startHistory, undo } from "./history";

it("goes back and forth", () => {
  const edited = noteEdit(noteEdit(startHistory("a"), "b"), "c");

  expect(undo(edited).present).toBe("b");
  expect(undo(undo(undo(edited))).present).toBe("a");
  expect(redo(undo(edited)).present).toBe("c");
  expect(redo(edited)).toBe(edited);
});

it("forgets what was undone once something else is done", () => {
  const branched = noteEdit(undo(noteEdit(startHistory("a"), "b")), "x");

  expect(redo(branched).present).toBe("x");
  expect(undo(branched).present).toBe("a");
});

it("joins edits that belong together, and drops the oldest", () => {
  const typed = noteEdit(noteEdit(noteEdit(startHistory("a"), "b"), "bc", true), "bcd", true);
  expect(undo(typed).present).toBe("a");

  let long = startHistory(0);
  for (let number = 1; number <= 300; number += 1) long = noteEdit(long, number);
  expect(long.past).toHaveLength(200);
  expect(noteEdit(long, 300)).toBe(long);
});
