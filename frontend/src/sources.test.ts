/** What holds for every source file: one purpose, in at most 200 lines, stated by its first comment. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const LONGEST = 200;
const FOLDERS = ["src", "e2e", "scripts"];

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => /\.(tsx?|mjs|css)$/.test(path) && !path.startsWith("src/client/")),
);

test("no source file is longer than 200 lines", () => {
  const lengths = sources.map((path) => `${path}: ${readFileSync(path, "utf8").trimEnd().split("\n").length} lines`);

  expect(lengths.filter((line) => Number(line.match(/(\d+) lines$/)?.[1]) > LONGEST)).toEqual([]);
});

test("every source file begins with what it is for", () => {
  const scripts = sources.filter((path) => !/\.(css|test\.ts)$/.test(path));

  expect(scripts.filter((path) => !readFileSync(path, "utf8").startsWith("/**"))).toEqual([]);
});

test("pure folders import nothing of React", () => {
  const pure = sources.filter((path) => /^src\/graph\/.*\.ts$/.test(path));
  const impure = pure.filter((path) => /from "(react|react-dom|@mantine\/.*)"/.test(readFileSync(path, "utf8")));

  expect(impure).toEqual([]);
});

test("colours are named in theme.ts only", () => {
  const others = sources.filter((path) => path.startsWith("src/") && path !== "src/theme.ts");
  const coloured = others.filter((path) => /#[0-9a-f]{6}\b|\brgba?\(|\bhsla?\(/i.test(readFileSync(path, "utf8")));

  expect(coloured).toEqual([]);
});
