import { describe, expect, it } from "vitest";
import { bodyOf, draftOf, hostsOf } from "./draft";

describe("bodyOf", () => {
  it("has the members of the chosen type only", () => {
    const draft = { ...draftOf(undefined), hosts: "a.example.com", members: { token: "T", username: "left over" } };

    expect(bodyOf(draft)).toEqual({ type: "bearer", hosts: ["a.example.com"], token: "T" });
  });

  it("leaves out optional members that are empty, and sends required ones", () => {
    const draft = { ...draftOf(undefined), type: "header" as const, members: { header: "X-Key", prefix: "" } };

    expect(bodyOf(draft)).toEqual({ type: "header", hosts: [], header: "X-Key", value: "" });
  });

  it("gives a saved one back unchanged", () => {
    const saved = { name: "issues", type: "basic", hosts: ["a", "b"], username: "u", password: "P", used_by: [] };

    expect(bodyOf(draftOf({ ...saved, updated_at: "2026-01-31T09:30:00Z" }))).toEqual({
      type: "basic",
      hosts: ["a", "b"],
      username: "u",
      password: "P",
    });
  });
});

it("separates hosts by lines, spaces and commas", () => {
  expect(hostsOf(" a.example.com,\n*.example.com  http://localhost:80 ")).toEqual([
    "a.example.com",
    "*.example.com",
    "http://localhost:80",
  ]);
});
