// A browser at the console, and what every page must hold: nothing fails, nothing is asked of elsewhere, axe finds nothing.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const url = process.env.CONSOLE_URL;
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A headless browser. Chromium has no sandbox for root. */
export function launch() {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: process.env.CHROMIUM, args });
}

/** A page of the console, and the list of what went wrong on it. */
export async function openConsole(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A customer of whom nothing is stored is a 404, which the browser reports too.
    const isUnknown = message.text().includes("404");
    if (["error", "warning"].includes(message.type()) && !isUnknown) faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`asked elsewhere: ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(`${url}/`);
  await page.waitForSelector("body[data-ready=yes]");
  return { page, faults, close: () => context.close() };
}

/** Opens a customer by its address, and waits until it is shown. */
export async function openCustomer(page, profile) {
  await page.goto(`${url}/#/${encodeURIComponent(profile)}`);
  await page.getByRole("heading", { level: 2, name: profile, exact: true }).waitFor();
  await page.locator("#customer:not([aria-busy])").waitFor();
}

/** Holds that axe finds nothing on the page as it is. */
export async function assertAccessible(page, where) {
  // The policy of the page keeps out scripts that are not its own; the debugger's are.
  const found = await page.evaluate(`(() => { ${axe}; return axe.run(document); })()`);
  const faults = found.violations.map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.html).join("\n  ")}`);
  assert.deepEqual(faults, [], where);
}

/** Holds that nothing is wider than the screen. */
export async function assertFits(page, where) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= screen, `${where}: ${content} pixels on a screen of ${screen}`);
}

/** What the public API answers about a customer. */
export async function aggregations(profile, asOf) {
  const answer = await fetch(`${url}/profiles/${encodeURIComponent(profile)}/aggregations?as_of=${asOf}&fields=all&explain=true`);
  return answer.ok ? answer.json() : null;
}

/** Writes into the table past the page, as another program would. */
export async function write(operation, parameters) {
  const answer = await fetch(`${url}/_local/dynamodb`, {
    method: "POST",
    headers: { Origin: url, "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `DynamoDB_20120810.${operation}` },
    body: JSON.stringify({ TableName: "profile-aggregations", ...parameters }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** A transaction as it is stored. */
export function transaction(profile, at, id, total, more = {}) {
  return { pk: { S: `PROFILE#${profile}` }, sk: { S: `TXN#${at}#${id}` }, total, ...more };
}

/** The date of today in UTC. */
export function today() {
  return new Date().toISOString().slice(0, 10);
}

/** An amount as the page shows it. */
export function amount(value) {
  return new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 }).format(value);
}
