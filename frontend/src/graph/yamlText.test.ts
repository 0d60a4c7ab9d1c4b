import { expect, it } from "vitest";
import { changeYaml, readYaml, spansInYaml, valueInYaml } from "./yamlText";

const text = `# greets
name: greeting
version: 1.10
tasks:
  - {id: greet, activity_type: transform, config: {value: "Hello", n: 12345678901234567890}}

  - id: wait   # a while
    activity_type: delay
    config:
      ms: 5
      text: |
        two
        lines
    timeout: 5m
  - id: bare
    activity_type: log
`;

it("changes a word and no other letter", () => {
  expect(changeYaml(text, "/tasks/1/config", { ms: 70 })).toBe(text.replace("ms: 5", "ms: 70"));
  expect(changeYaml(text, "/tasks/0/config", { value: 'say "x": {{ y }}' })).toBe(
    text.replace('"Hello"', '"say \\"x\\": {{ y }}"'),
  );
  expect(changeYaml(text, "/tasks/1", { timeout: "{{ t }}" })).toBe(text.replace("5m", '"{{ t }}"'));
  expect(changeYaml(text, "/tasks/1/config", { ms: "true" })).toBe(text.replace("ms: 5", 'ms: "true"'));
});

it("adds and removes members, and keeps comments and numbers", () => {
  const added = changeYaml(text, "/tasks/2/config", { level: "info", tags: ["a"] }) ?? "";

  expect(valueInYaml(added, "/tasks/2/config")).toEqual({ level: "info", tags: ["a"] });
  expect(added).toContain("# greets");
  expect(added).toContain("id: wait # a while");
  expect(added).toContain("version: 1.10");
  expect(added).toContain("12345678901234567890");
  expect(valueInYaml(changeYaml(added, "/tasks/2/config", { tags: undefined }) ?? "", "/tasks/2/config")).toEqual({
    level: "info",
  });
  expect(valueInYaml(changeYaml(text, "/tasks/1/config", { text: "one" }) ?? "", "/tasks/1/config/text")).toBe("one");
});

it("does not change what an alias names twice", () => {
  const shared = "base: &base {ms: 5}\ntasks: [{config: *base}, {config: *base}]\n";

  expect(changeYaml(shared, "/tasks/0/config", { ms: 6 })).toBeNull();
});

it("names the line that cannot be read", () => {
  expect(readYaml("name: a\ntasks:\n  - {id: x\nother: 1\n")).toMatchObject({ fault: { line: expect.any(Number) } });
  expect(readYaml("a: 1\na: 2\n")).toMatchObject({ fault: { line: 2 } });
  expect(readYaml("a: *none\n")).toHaveProperty("fault");
});

it("finds places by their pointers", () => {
  const spans = spansInYaml(text, ["/tasks/1/config/ms", "/tasks/2/config", "/tasks/9"]);
  const at = (pointer: string) => text.slice(spans.get(pointer)?.from, spans.get(pointer)?.to);

  expect(at("/tasks/1/config/ms")).toBe("5");
  expect(at("/tasks/2/config")).toBe("i");
  expect(at("/tasks/9")).toBe("-");
});
