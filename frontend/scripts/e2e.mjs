/**
 * `node scripts/e2e.mjs [SPEC…]`: run the browser tests against a stack of their own, on a free port, with new data.
 *
 * STUDIO_URL names a stack that runs already. With --if-possible, a missing Chromium is no error.
 */

import { spawn } from "node:child_process";
import { findBrowser, freePort, makeDataFolder } from "./stack.mjs";

const specs = process.argv.slice(2).filter((each) => each !== "--if-possible");
const chromium = findBrowser();

if (chromium) await run(chromium);
else {
  console.log("The browser tests do not run: install Chromium, or set CHROMIUM to its path.");
  process.exit(process.argv.includes("--if-possible") ? 0 : 1);
}

async function run(browser) {
  const data = makeDataFolder();
  const env = { ...process.env, CHROMIUM: browser, STUDIO_DATA: data.folder, STUDIO_PORT: String(await freePort()) };
  const tests = spawn("npx", ["playwright", "test", ...specs], { env, stdio: "inherit" });
  const status = await new Promise((resolve) => tests.on("exit", (code) => resolve(code ?? 1)));
  data.remove();
  process.exit(status);
}
