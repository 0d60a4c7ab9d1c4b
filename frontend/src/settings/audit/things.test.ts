import { expect, it } from "vitest";
import { deedOf, nameOf, pathOf } from "./things";

const ID = "0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30";
const ENTRY = {
  id: "1",
  at: "2026-01-31T09:30:00Z",
  actor: "ann",
  address: null,
  action: "save",
  thing: "workflow",
  thing_id: ID,
  detail: { name: "Expenses" },
};

it("leads to a thing that is there, and not to one that was deleted", () => {
  expect(pathOf(ENTRY)).toBe(`/workflows/${ID}`);
  expect(pathOf({ ...ENTRY, action: "delete" })).toBeNull();
  expect(pathOf({ ...ENTRY, thing: "session" })).toBeNull();
});

it("writes an action for people", () => {
  expect(deedOf({ action: "sign_in", thing: "session" })).toBe("Sign in session");
});

it("names a thing by its details, else by its id", () => {
  expect(nameOf(ENTRY)).toBe("Expenses");
  expect(nameOf({ ...ENTRY, detail: null })).toBe("1c7a5e30");
  expect(nameOf({ ...ENTRY, detail: null, thing_id: "TOKEN" })).toBe("TOKEN");
});
