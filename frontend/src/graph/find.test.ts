import { expect, it } from "vitest";
import { readJson } from "./exact";
import { findNodes } from "./find";

const nodes = [
  { id: "start", title: "Begin", type: "start", data: {} },
  {
    id: "charge",
    title: "Charge card",
    type: "http_call",
    data: { url: "https://pay.example/", body: { to: ["Ann"] } },
  },
  { id: "wait", title: "wait", type: "delay", data: readJson('{"ms": 9007199254740993, "off": null}') as object },
] as { id: string; title: string; type: string; data: Record<string, unknown> }[];
const looks = new Map([["http_call", { title: "HTTP call" }]]);

function found(text: string): string[] {
  return findNodes(nodes, looks, text).map((node) => node.id);
}

it("finds nodes by id, title, type, name of the type, and text in their data", () => {
  expect(found("sta")).toEqual(["start"]);
  expect(found(" charge CARD ")).toEqual(["charge"]);
  expect(found("delay")).toEqual(["wait"]);
  expect(found("http call")).toEqual(["charge"]);
  expect(found("pay.example")).toEqual(["charge"]);
  expect(found("ann")).toEqual(["charge"]);
  expect(found("740993")).toEqual(["wait"]);
});

it("finds all nodes by no text, and none by keys or by another text", () => {
  expect(found(" ")).toHaveLength(3);
  expect(found("body")).toEqual([]);
  expect(found("null")).toEqual([]);
});
