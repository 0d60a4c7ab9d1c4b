import { describe, expect, it } from "vitest";
import { changeOf, draftOf, newHookOf } from "./draft";

describe("newHookOf", () => {
  it("sends a secret as a text", () => {
    expect(newHookOf({ ...draftOf(undefined), name: " repo ", secret: "s" })).toEqual({
      name: "repo",
      scheme: "github",
      secret: "s",
      is_active: true,
    });
  });

  it("sends no secret for a hook without proof", () => {
    expect(newHookOf({ ...draftOf(undefined), name: "open", scheme: "none", secret: "left over" })).toEqual({
      name: "open",
      scheme: "none",
      is_active: true,
    });
  });

  it("sends the options of a signature only for hmac", () => {
    const draft = { ...draftOf(undefined), name: "m", secret: "s", header: "X-Signature", prefix: "sha256=" };

    expect(newHookOf({ ...draft, scheme: "hmac" })).toMatchObject({
      header: "X-Signature",
      algorithm: "sha256",
      encoding: "hex",
      prefix: "sha256=",
    });
    expect(newHookOf(draft)).not.toHaveProperty("header");
  });
});

describe("changeOf", () => {
  it("leaves out a secret that was not entered, so that the saved one stays", () => {
    expect(changeOf(draftOf(undefined))).not.toHaveProperty("secret");
  });

  it("sends the new and the old secret as a list", () => {
    expect(changeOf({ ...draftOf(undefined), secret: "new", oldSecret: "old" }).secret).toEqual(["new", "old"]);
  });
});
