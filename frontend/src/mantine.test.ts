/** Every Mantine component in use, and each that it is made of, has its styles in mantine.css. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

const CORE = "node_modules/@mantine/core";
const SOURCES = ["src", "node_modules/@mantine/notifications/esm", "node_modules/@mantine/spotlight/esm"];
const IMPORT = /import \{([^}]*)\} from "@mantine\/core"/g;

test("every component in use has its styles", () => {
  const imported = readFileSync("src/mantine.css", "utf8");
  const missing = [...stylesOf(componentsInUse())].filter((name) => !imported.includes(`/${name}.layer.css"`));

  expect(missing.map((name) => `@import "@mantine/core/styles/${name}.layer.css";`)).toEqual([]);
});

function componentsInUse(): string[] {
  const paths = SOURCES.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  );
  const texts = paths.filter((path) => /\.(tsx?|mjs)$/.test(path)).map((path) => readFileSync(path, "utf8"));
  const lists = texts.flatMap((text) => [...text.matchAll(IMPORT)].map(([, list = ""]) => list));
  return lists.flatMap((list) => list.split(",").map((name) => name.replace("type ", "").trim()));
}

/** The names of the style sheets of components and of the modules that they import. */
function stylesOf(components: string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path) || !existsSync(path)) return;
    seen.add(path);
    for (const [, next = ""] of readFileSync(path, "utf8").matchAll(/from "(\.[^"]+)"/g)) {
      visit(resolve(dirname(path), next));
    }
  };
  for (const name of components) visit(resolve(CORE, "esm/components", name, `${name}.mjs`));
  const names = [...seen].map((path) => basename(path).replace(/(\.module)?\.mjs$/, ""));
  return new Set(names.filter((name) => existsSync(`${CORE}/styles/${name}.layer.css`)));
}
