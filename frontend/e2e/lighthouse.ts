/** Lighthouse on one page, in a browser of its own; npx fetches it, because nothing else needs its many packages. */

import { spawnSync } from "node:child_process";

const VERSION = "12.8.2";
const OPTIONS = [
  "--quiet",
  "--preset=desktop",
  "--output=json",
  "--only-categories=performance,accessibility,best-practices",
  "--chrome-flags=--headless=new --no-sandbox",
];

export interface Report {
  categories: Record<string, { score: number }>;
}

/** The report; null where Lighthouse cannot be installed. */
export function lighthouse(address: string): Report | null {
  const env = { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? "/usr/bin/chromium" };
  const command = ["--yes", `lighthouse@${VERSION}`, address, ...OPTIONS];
  const done = spawnSync("npx", command, { env, encoding: "utf8", maxBuffer: 64e6, timeout: 180_000 });
  return done.status === 0 ? (JSON.parse(done.stdout) as Report) : null;
}
