import { describe, expect, it } from "vitest";
import { type Edits, NO_EDITS, requestOf } from "./changes";

const ORIGINALS = {
  input: { a: 1 },
  payload: { score: 70 },
  data: new Map<string, unknown>([["call", { url: "http://a" }]]),
  version: 7,
  graph: { nodes: [], edges: [] },
};
const of = (edits: Partial<Edits>) => requestOf("s", { ...NO_EDITS, ...edits }, ORIGINALS);

describe("requestOf", () => {
  it("sends only what was changed", () => {
    expect(of({}).request).toEqual({ from: "s" });
    expect(of({ payload: '{"score": 70}', input: '{"a":1}', version: 7 }).request).toEqual({ from: "s" });
    expect(of({ payload: '{"score": 82}' }).request).toEqual({ from: "s", payload: { score: 82 } });
  });

  it("sends any value as input, also null", () => {
    expect(of({ input: "null" }).request).toEqual({ from: "s", input: null });
  });

  it("sends the parameters of the nodes that were edited", () => {
    const data = { call: '{"url": "http://b"}' };

    expect(of({ data }).request).toEqual({ from: "s", data: { call: { url: "http://b" } } });
  });

  it("sends a graph in place of a version", () => {
    expect(of({ version: 8 }).request).toEqual({ from: "s", version: 8 });
    expect(of({ version: 8, graph: '{"nodes": [1], "edges": []}' }).request).toEqual({
      from: "s",
      graph: { nodes: [1], edges: [] },
    });
  });

  it("names each field whose text cannot be sent", () => {
    const { request, errors } = of({ payload: "[1]", input: "{", graph: "3", data: { call: "1" } });

    expect(request).toEqual({ from: "s" });
    expect(Object.keys(errors).sort()).toEqual(["data.call", "graph", "input", "payload"]);
    expect(errors.payload).toBe("A payload is a JSON object, for example {}.");
  });
});
