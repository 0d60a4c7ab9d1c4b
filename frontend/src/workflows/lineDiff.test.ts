import { expect, it } from "vitest";
import { diffText } from "./lineDiff";

const LINES = Array.from({ length: 20 }, (_, index) => `line ${index}`);

it("shows a difference with the lines around it", () => {
  const after = LINES.map((line) => (line === "line 10" ? "another" : line));

  const found = diffText(LINES.join("\n"), `${after.join("\n")}\n`);

  expect(found.map((line) => `${line.mark} ${line.left ?? line.text}`)).toEqual([
    "gap 7",
    "same line 7",
    "same line 8",
    "same line 9",
    "removed line 10",
    "added another",
    "same line 11",
    "same line 12",
    "same line 13",
    "gap 6",
  ]);
});

it("says that equal texts are equal", () => {
  expect(diffText("a\nb", "a\nb").every((line) => line.mark === "gap" || line.mark === "same")).toBe(true);
});

it("takes texts of any size", () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `${index}`).join("\n");
  const others = Array.from({ length: 20_000 }, (_, index) => `x${index}`).join("\n");

  expect(diffText(many, others)).toHaveLength(40_000);
});
