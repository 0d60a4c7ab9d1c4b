import { describe, expect, it } from "vitest";
import { ApiError, sentenceOf } from "./problems";

describe("sentenceOf", () => {
  it("shows the sentence of the server", () => {
    expect(sentenceOf(409, { detail: "The workflow Lead is there already." })).toBe(
      "The workflow Lead is there already.",
    );
  });

  it("joins the problems of a definition", () => {
    const detail = [{ message: "Node a has no type.", node_id: "a" }, { message: "Edge e leads nowhere." }];

    expect(sentenceOf(422, { detail })).toBe("Node a has no type. Edge e leads nowhere.");
  });

  it("names the place of an invalid parameter", () => {
    const detail = [{ type: "int_parsing", loc: ["query", "limit"], msg: "must be a number" }];

    expect(sentenceOf(422, { detail })).toBe("limit: must be a number");
  });

  it("has a sentence for a server that is silent", () => {
    expect(sentenceOf(0, undefined)).toMatch(/^The server does not answer/);
    expect(sentenceOf(418, "")).toBe("The server answered 418, without saying why.");
  });
});

describe("ApiError", () => {
  it("gives the problems with their places", () => {
    const error = new ApiError(422, "", { detail: [{ message: "No.", node_id: "a", pointer: "/nodes/0" }] });

    expect(error.problems).toEqual([{ message: "No.", node_id: "a", pointer: "/nodes/0" }]);
    expect(new ApiError(409, "", { detail: "No." }).problems).toEqual([]);
  });
});
