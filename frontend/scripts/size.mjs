/**
 * `node scripts/size.mjs`: how much a browser loads, compressed, until a page works; fails above the budgets.
 *
 * It reads the manifest of the build. A page loads what its entry imports statically, and that of the entries before it.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = "dist";
const START = "index.html";
const LISTS = ["src/workflows/WorkflowsPage.tsx", "src/executions/ExecutionsPage.tsx", "src/events/EventsPage.tsx"];
const GRAPH = ["src/executions/ExecutionPage.tsx", "src/executions/GraphTab.tsx"];
/** Kilobytes of a thousand bytes, as `gzip -9` writes them. */
const BUDGETS = {
  "JavaScript until a list is shown": [240, () => Math.max(...LISTS.map((page) => sizeOf(scriptsOf(START, page))))],
  "JavaScript until a graph is drawn": [320, () => sizeOf([...scriptsOf(START, ...GRAPH), ...workers()])],
  "JavaScript of every page": [650, () => sizeOf(all(".js"))],
  "style sheets at the start": [32, () => sizeOf(stylesOf(START))],
};

if (!existsSync(`${DIST}/.vite/manifest.json`)) throw new Error("The studio is not built: run make studio.");
const manifest = JSON.parse(readFileSync(`${DIST}/.vite/manifest.json`, "utf8"));

let isTooLarge = false;
for (const [name, [budget, measure]] of Object.entries(BUDGETS)) {
  const size = measure();
  console.log(`${name}: ${size.toFixed(1)} kB of ${budget} kB`);
  isTooLarge ||= size > budget;
}
if (isTooLarge || process.argv.includes("--chunks")) listLargest();
process.exit(isTooLarge ? 1 : 0);

/** The manifest's entries that these load statically, themselves included. */
function entriesOf(...names) {
  const found = new Map();
  const visit = (name) => {
    if (found.has(name)) return;
    const entry = manifest[name];
    if (!entry) throw new Error(`The build has no entry ${name}; scripts/size.mjs names it.`);
    found.set(name, entry);
    for (const each of entry.imports ?? []) visit(each);
  };
  names.forEach(visit);
  return [...found.values()];
}

function scriptsOf(...names) {
  return entriesOf(...names).map((entry) => entry.file);
}

function stylesOf(...names) {
  return entriesOf(...names).flatMap((entry) => entry.css ?? []);
}

/** Every file with this ending; workers have no entry in the manifest. */
function all(ending) {
  return readdirSync(join(DIST, "assets"))
    .filter((name) => name.endsWith(ending))
    .map((name) => `assets/${name}`);
}

function workers() {
  return all(".js").filter((name) => name.includes(".worker-"));
}

/** Kilobytes of files, each once, compressed one by one, as they are sent. */
function sizeOf(files) {
  return [...new Set(files)].reduce((sum, file) => sum + compressed(file), 0);
}

function compressed(file) {
  return gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length / 1000;
}

function listLargest() {
  console.log("The largest files:");
  const sizes = [...all(".js"), ...all(".css")].map((file) => [compressed(file), file]);
  for (const [size, file] of sizes.sort((a, b) => b[0] - a[0]).slice(0, 15)) {
    console.log(`  ${size.toFixed(1).padStart(6)} kB  ${file}`);
  }
}
