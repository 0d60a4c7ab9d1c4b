/**
 * `node scripts/pictures.mjs`: take the pictures of the README and the documentation from a real stack.
 *
 * They are written to docs/pictures; STUDIO_URL names a stack that runs already, which gets the workflow of the pictures.
 */

import { mkdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "@playwright/test";
import { makeOrders } from "./orders.mjs";
import { findBrowser, withStack } from "./stack.mjs";

const FOLDER = new URL("../../docs/pictures/", import.meta.url).pathname;
const VIEW = { width: 1360, height: 765 };
/** Bytes of a picture, so that a clone stays small. */
const LARGEST = 160_000;

const executablePath = findBrowser();
if (!executablePath) throw new Error("Install Chromium, or set CHROMIUM to its path.");
mkdirSync(FOLDER, { recursive: true });
if (process.env.STUDIO_URL) await takePictures(process.env.STUDIO_URL);
else await withStack(takePictures);

async function takePictures(address) {
  const slow = createServer((_, answer) => setTimeout(() => answer.end("{}"), 60_000));
  await new Promise((resolve) => slow.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const orders = await makeOrders(address, `http://127.0.0.1:${slow.address().port}`);
    const page = await browser.newPage({ viewport: VIEW, colorScheme: "light", reducedMotion: "reduce" });
    await takeEditor(page, `${address}/studio/workflows/${orders.workflow}`);
    await takeRun(page, `${address}/studio/executions/${orders.execution}`);
    await takeWhy(page, `${address}/studio/events/${orders.missed}/why/${orders.workflow}`);
  } finally {
    await browser.close();
    slow.closeAllConnections();
    slow.close();
  }
}

async function takeEditor(page, address) {
  await page.goto(address);
  await page.locator('.react-flow__node[data-id="approve"]').click();
  await page.getByRole("region", { name: "Node approve" }).waitFor();
  // The left part of the graph, at a size at which it can be read.
  await page.getByRole("button", { name: "Fit View" }).click();
  const canvas = await page.locator(".react-flow").boundingBox();
  await page.mouse.move(canvas.x + 20, canvas.y + canvas.height / 2);
  await page.keyboard.down("Control");
  for (let turn = 0; turn < 7; turn += 1) await page.mouse.wheel(0, -45);
  await page.keyboard.up("Control");
  await save(page, "editor");
}

async function takeRun(page, address) {
  await page.goto(address);
  await page.locator('.react-flow__node[data-id="invoice"] [data-pattern="moving"]').waitFor();
  await page.locator('.react-flow__node[data-id="parcel"] [data-pattern="hatched"]').waitFor();
  await save(page, "run");
}

async function takeWhy(page, address) {
  await page.goto(address);
  await page.getByRole("treeitem").nth(3).waitFor();
  await page.getByRole("button", { name: "Try" }).first().waitFor();
  await save(page, "why");
}

async function save(page, name) {
  await page.mouse.move(5, VIEW.height - 5);
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== "running"));
  const path = `${FOLDER}${name}.png`;
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${path}: ${Math.round(size / 1000)} kB`);
  if (size > LARGEST) throw new Error(`${path} has ${size} bytes; at most ${LARGEST} are allowed.`);
}
