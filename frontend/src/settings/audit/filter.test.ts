import { expect, it } from "vitest";
import { filterOf, readSearch } from "./filter";

it("asks for whole days in the user's time zone", () => {
  const { from, to } = filterOf({ from: "2026-01-31", to: "2026-01-31" });

  expect(from).toBe(new Date(2026, 0, 31).toISOString());
  expect(to).toBe(new Date(2026, 1, 1).toISOString());
});

it("leaves out what is not a day", () => {
  expect(readSearch({ from: "yesterday", to: "2026-99-99", actor: "ann", action: 5 })).toEqual({
    actor: "ann",
    action: "5",
  });
});

it("does not send the entry that is shown", () => {
  expect(filterOf({ open: "1", thing: "key" })).toEqual({ thing: "key" });
});
