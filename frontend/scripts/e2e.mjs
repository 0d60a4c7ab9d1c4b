/**
 * `node scripts/e2e.mjs [SPEC…]`: run the browser tests against a stack of their own, on a free port, with new data.
 *
 * STUDIO_URL names a stack that runs already. With --if-possible, a missing Chromium is no error.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const specs = process.argv.slice(2).filter((each) => each !== "--if-possible");
const chromium = process.env.CHROMIUM ?? BROWSERS.find(existsSync);

if (chromium) await run(chromium);
else {
  console.log("The browser tests do not run: install Chromium, or set CHROMIUM to its path.");
  process.exit(process.argv.includes("--if-possible") ? 0 : 1);
}

async function run(browser) {
  const data = mkdtempSync(join(tmpdir(), "trigraph-studio-"));
  const env = { ...process.env, CHROMIUM: browser, STUDIO_DATA: data, STUDIO_PORT: String(await freePort()) };
  const tests = spawn("npx", ["playwright", "test", ...specs], { env, stdio: "inherit" });
  const status = await new Promise((resolve) => tests.on("exit", (code) => resolve(code ?? 1)));
  rmSync(data, { recursive: true, force: true });
  process.exit(status);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
