import { expect, test } from "vitest";
import { curlOf } from "./curl";

test("a command has its body in quotes that a shell keeps", () => {
  expect(curlOf({ path: "/events", body: { name: "it's" } }, "http://host", false)).toBe(
    `curl http://host/events -d '{"name":"it'\\''s"}'`,
  );
});

test("a query is quoted, and a key is taken from the shell", () => {
  expect(curlOf({ path: "/approvals/inbox?state=soon" }, "http://host:8000", true)).toBe(
    `curl 'http://host:8000/approvals/inbox?state=soon' -H "Authorization: Bearer $TRIGRAPH_KEY"`,
  );
});

test("another method is named", () => {
  expect(curlOf({ method: "PUT", path: "/secrets/TOKEN", body: { value: "x" } }, "http://host", false)).toBe(
    `curl -X PUT http://host/secrets/TOKEN -d '{"value":"x"}'`,
  );
});
