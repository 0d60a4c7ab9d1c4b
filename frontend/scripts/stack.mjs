/** A stack of its own for a script: on a free port, with new data, gone with the script. */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const BACKEND = new URL("../../backend", import.meta.url).pathname;
const PYTHON = new URL("../../.venv/bin/python", import.meta.url).pathname;

/** The browser that `CHROMIUM` names, or one that is installed; undefined if there is none. */
export function findBrowser() {
  return process.env.CHROMIUM ?? BROWSERS.find(existsSync);
}

export function makeDataFolder() {
  const folder = mkdtempSync(join(tmpdir(), "trigraph-studio-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Start a stack, give its address to `use`, and end it. */
export async function withStack(use) {
  const data = makeDataFolder();
  const port = await freePort();
  const env = {
    ...process.env,
    PORT: String(port),
    DATA_DIR: data.folder,
    SECRETS_KEY: randomBytes(32).toString("base64"),
  };
  const stack = spawn(PYTHON, ["-m", "app.scripts.run", "--follow-parent"], {
    cwd: BACKEND,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await ready(stack);
    await use(`http://127.0.0.1:${port}`);
  } finally {
    stack.kill("SIGTERM");
    await new Promise((resolve) => (stack.exitCode === null ? stack.once("exit", resolve) : resolve()));
    data.remove();
  }
}

function ready(stack) {
  return new Promise((resolve, reject) => {
    stack.stdout.on("data", (text) => String(text).includes("Ready: ") && resolve());
    stack.once("exit", (code) => reject(new Error(`The stack ended with ${code} before it was ready.`)));
  });
}
