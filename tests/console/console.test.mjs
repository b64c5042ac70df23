// What a person does on the console of the local stack.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  aggregations, amount, assertAccessible, assertFits, launch, openConsole, openCustomer, today, transaction, url, write,
} from "./browser.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const IDA = "ida@shop.example";
const pictures = process.env.PICTURES;

let browser;
let idaSpend;
before(async () => {
  browser = await launch();
  idaSpend = (await aggregations(IDA, today())).spend_all;
});
after(() => browser.close());

/** A test with a page of its own, on which nothing may fail. */
function onPage(name, options, run) {
  test(name, { timeout: 60_000 }, async () => {
    const { page, faults, close } = await openConsole(browser, options);
    await run(page);
    assert.deepEqual(faults, []);
    await close();
  });
}

const tile = (page, field) => page.locator(`[data-tile=${field}] .value`);
const figure = (page, field) => page.locator(`[data-figure=${field}] td.value`);

/** Waits until an element has a text; the page moves by itself. */
async function hasText(locator, text) {
  await locator.filter({ hasText: text }).first().waitFor({ timeout: 15_000 });
}

async function add(page, value, { kind = "Purchase", date } = {}) {
  await page.getByLabel(kind, { exact: true }).check();
  await page.getByLabel("Amount").fill(value);
  if (date) await page.getByLabel("Date (UTC)").fill(date);
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

onPage("begins with the customers, and how many are in each segment", {}, async (page) => {
  await page.getByRole("heading", { name: "Choose a customer" }).waitFor();
  const listed = await page.locator("#list a").count();
  assert.ok(listed >= 20, `${listed} customers`);
  for (const dimension of ["Frequency", "Recency", "Membership"]) {
    const numbers = await page.getByRole("list", { name: dimension }).locator(".number").allTextContents();
    assert.ok(numbers.length > 1, dimension);
    if (dimension !== "Membership") assert.equal(numbers.map(Number).reduce((sum, next) => sum + next), listed);
  }
  await assertAccessible(page, "the start");
  if (pictures) await page.screenshot({ path: `${pictures}/start.png` });
});

onPage("lists the customers of one segment", {}, async (page) => {
  const button = page.locator("[data-segment=F2]");
  const number = Number(await button.locator(".number").textContent());
  await button.click();
  await page.locator("[data-segment=F2][aria-pressed=true]").waitFor();
  await page.waitForFunction((number) => document.querySelectorAll("#list a").length === number, number);
  for (const profile of await page.locator("#list a .id").allTextContents()) {
    assert.equal((await aggregations(profile, today())).dimension_frequency, "F2", profile);
  }
  await page.getByRole("button", { name: "Show not only F2" }).click();
  await page.waitForFunction((number) => document.querySelectorAll("#list a").length > number, number);
});

onPage("finds a customer with the keyboard alone", {}, async (page) => {
  await page.getByRole("searchbox").focus();
  await page.keyboard.type("IDA@");
  await page.waitForFunction(() => document.querySelectorAll("#list a").length === 1);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 2, name: IDA }).waitFor();
  // Reading goes on at the customer.
  assert.equal(await page.evaluate(() => document.activeElement.id), "profile-id");
});

onPage("shows every figure of the document, with its meaning and the date of its next change", {}, async (page) => {
  await openCustomer(page, IDA);
  const document = await aggregations(IDA, today());
  for (const field of Object.keys(document)) {
    if (["profile_id", "explanation", "spend_12m_now"].includes(field)) continue;
    const row = page.locator(`[data-figure=${field}]`);
    const [name, value, meaning, change] = await row.locator("th, td").allTextContents();
    assert.ok(name.endsWith(field) && value && meaning, field);
    const reason = document.explanation.figures[field];
    if (reason) assert.ok(meaning.startsWith(reason.rule), field);
    const changesOn = document.explanation.changes_on[field];
    if (changesOn) assert.equal(new Date(`${change} UTC`).toISOString().slice(0, 10), changesOn, field);
  }
  assert.equal(await tile(page, "spend_12m").textContent(), amount(document.spend_12m));
  assert.equal(await tile(page, "spend_all").textContent(), amount(document.spend_all));
  assert.equal(await tile(page, "shop_count").textContent(), String(document.shop_count));
  // What a segment becomes is what the API says of that date.
  const changesOn = document.explanation.changes_on.dimension_recency;
  const next = (await aggregations(IDA, changesOn)).dimension_recency;
  await hasText(page.locator("[data-segment-of=dimension_recency]"), `by itself: ${next}`);
  await assertAccessible(page, "a customer");
  if (pictures) await page.screenshot({ path: `${pictures}/customer.png` });
});

onPage("moves chart, windows and figures with the slider", {}, async (page) => {
  await openCustomer(page, IDA);
  const slider = page.getByRole("slider");
  const chart = page.locator("#chart");
  const pixels = () => page.locator("#chart canvas").evaluate((canvas) => canvas.toDataURL());
  const before = { label: await chart.getAttribute("aria-label"), pixels: await pixels() };
  await slider.focus();
  for (let press = 0; press < 100; press += 1) await page.keyboard.press("ArrowLeft");
  const asOf = new Date(Date.now() - 100 * 86_400_000).toISOString().slice(0, 10);
  assert.equal(await page.getByLabel("As of", { exact: true }).inputValue(), asOf);
  const document = await aggregations(IDA, asOf);
  await hasText(tile(page, "spend_all"), amount(document.spend_all));
  await hasText(figure(page, "shop_count"), String(document.shop_count));
  await page.waitForFunction((label) => document.getElementById("chart").getAttribute("aria-label") !== label, before.label);
  assert.notEqual(await pixels(), before.pixels);
  assert.ok(page.url().endsWith(`/${asOf}`), "the address keeps the date");
  // The same address shows the same again.
  await page.reload();
  await hasText(tile(page, "spend_all"), amount(document.spend_all));
  await page.getByRole("button", { name: "Today" }).click();
  await hasText(tile(page, "spend_all"), amount((await aggregations(IDA, today())).spend_all));
  // In the future purchases leave the window.
  await slider.press("End");
  await hasText(tile(page, "spend_12m"), "0.00");
  // A click on the chart picks its date.
  await page.locator("#chart .u-over").click({ position: { x: 5, y: 100 } });
  await hasText(tile(page, "spend_all"), "0.00");
});

onPage("adds a purchase and a return, deletes, undoes, and shows the figures move", {}, async (page) => {
  await openCustomer(page, "emil@shop.example");
  const { spend_all: before } = await aggregations("emil@shop.example", today());
  await add(page, "49.90");
  const bought = amount(Number((before + 49.9).toFixed(2)));
  await hasText(tile(page, "spend_all"), bought);
  await hasText(page.locator("#written"), "Spend, all time");
  await hasText(page.locator("[data-figure=spend_all]"), `was ${amount(before)}`);
  if (pictures) {
    await page.locator("#written").scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${pictures}/moved.png` });
  }
  await assertAccessible(page, "after a write");
  await add(page, "9.90", { kind: "Return" });
  const returned = amount(Number((before + 40).toFixed(2)));
  await hasText(tile(page, "spend_all"), returned);
  await page.getByRole("button", { name: /^Delete the return/ }).first().click();
  await hasText(tile(page, "spend_all"), bought);
  await page.getByRole("button", { name: "Undo" }).click();
  await hasText(tile(page, "spend_all"), returned);
  await page.getByRole("button", { name: /^Delete the return/ }).first().click();
  await hasText(tile(page, "spend_all"), bought);
  await page.getByRole("button", { name: /^Delete the purchase/ }).first().click();
  await hasText(tile(page, "spend_all"), amount(before));
});

onPage("says so when a purchase is later than the date of the figures", {}, async (page) => {
  await openCustomer(page, "finn@shop.example");
  await page.getByLabel("As of", { exact: true }).fill("2020-01-01");
  await hasText(tile(page, "spend_all"), "0.00");
  await add(page, "1");
  await hasText(page.locator("#written"), "No figure moved, since");
  await page.getByRole("button", { name: /^Delete the purchase/ }).first().click();
  await hasText(page.locator("#written"), "is deleted. The stream was done");
});

onPage("reports a write that is answered after the stream was done with it", {}, async (page) => {
  const isOf = (request, operation) => request.headers()["x-amz-target"]?.endsWith(`.${operation}`);
  await openCustomer(page, "finn@shop.example");
  await page.route("**/_local/dynamodb", async (route) => {
    if (!isOf(route.request(), "PutItem")) return route.continue();
    const response = await route.fetch();
    // The page looks whether the customer was recalculated: the first look may have begun before the write.
    for (let look = 0; look < 2; look++) await page.waitForResponse((other) => isOf(other.request(), "GetItem"));
    await route.fulfill({ response });
  });
  await add(page, "1");
  await hasText(page.locator("#written"), "moved:");
  await page.getByRole("button", { name: /^Delete the purchase/ }).first().click();
  await hasText(page.locator("#written"), "is deleted. The stream was done");
});

onPage("refuses an amount that is none, and writes nothing", {}, async (page) => {
  await openCustomer(page, IDA);
  const rows = await page.locator("#transactions tbody tr").count();
  for (const wrong of ["abc", "0", "-5", "1.23456", "1e3", "1234567890123"]) {
    await add(page, wrong);
    assert.equal(await page.getByLabel("Amount").evaluate((field) => field.validity.customError), true, wrong);
  }
  assert.equal(await page.locator("#written").textContent(), "");
  assert.equal(await page.locator("#transactions tbody tr").count(), rows);
});

onPage("makes a customer of whom nothing was stored", {}, async (page) => {
  await page.getByRole("searchbox").fill("new@shop.example");
  await page.getByRole("button", { name: "Open" }).click();
  await hasText(page.locator("#nothing"), "Nothing is stored of this customer");
  await assertAccessible(page, "an unknown customer");
  await add(page, "20", { date: "2026-01-15" });
  await hasText(tile(page, "spend_all"), "20.00");
  await page.locator("#chart canvas").waitFor();
  await page.getByRole("button", { name: /^Delete the purchase/ }).click();
  await hasText(page.locator("#nothing"), "Nothing is stored of this customer");
});

onPage("takes a customer that is gone before its next segment is named", {}, async (page) => {
  const unknown = { status: 404, json: { detail: "no such profile" } };
  let asked = 0;
  await page.route(/fields=dimension_/, (route) => {
    asked += 1;
    return route.fulfill(unknown);
  });
  const named = page.waitForResponse(/fields=dimension_/);
  await openCustomer(page, IDA);
  await (await named).finished();
  await hasText(tile(page, "spend_all"), ".");
  assert.ok(asked > 0);
});

onPage("shows by itself what another program writes, and what is set aside with its reason", {}, async (page) => {
  const profile = "mia@shop.example";
  await openCustomer(page, profile);
  const { spend_all: before } = await aggregations(profile, today());
  await write("PutItem", { Item: transaction(profile, `${today()}T00:00:01Z`, "till", { N: "5" }) });
  await hasText(tile(page, "spend_all"), amount(Number((before + 5).toFixed(2))));
  await write("PutItem", { Item: transaction(profile, `${today()}T00:00:02Z`, "unreadable", { S: "five" }) });
  const heading = page.getByRole("heading", { name: "Set aside" });
  await heading.waitFor();
  const { listed } = (await aggregations(profile, today())).explanation.set_aside;
  await hasText(page.locator("#set-aside-list"), listed[0].reason);
  await hasText(page.locator("#transactions"), "unreadable");
  await assertAccessible(page, "set aside");
  await page.getByRole("button", { name: /^Delete the transaction/ }).click();
  await heading.waitFor({ state: "hidden" });
});

onPage("takes nothing of what is stored for more than text", {}, async (page) => {
  const evil = `<img src=x onerror="document.title='taken'">`;
  const item = transaction("evil", "2026-01-01T00:00:00Z", evil, { N: "7" }, {
    channel: { S: evil },
    location_id: { S: "evil" },
    items: { L: [{ M: { brand: { S: evil } } }] },
  });
  await write("PutItem", { Item: { pk: { S: "LOCATION#evil" }, sk: { S: "LOCATION" }, id: { S: "evil" }, name: { S: evil } } });
  await write("PutItem", { Item: item });
  await openCustomer(page, "evil");
  await hasText(figure(page, "purchased_brands"), evil);
  await hasText(figure(page, "store_join"), evil);
  assert.equal(await page.locator("main img").count(), 0);
  assert.ok(!(await page.title()).includes("taken"));
});

onPage("draws the longest history, and exact amounts", {}, async (page) => {
  await write("PutItem", { Item: transaction("old", "0001-01-01T00:00:00Z", "first", { N: "123456789012.3456" }) });
  await write("PutItem", { Item: transaction("old", "9999-12-31T23:59:59Z", "last", { N: "999999999999.9999" }) });
  await openCustomer(page, "old");
  await hasText(tile(page, "spend_all"), "123,456,789,012.3456");
  await page.locator("#chart canvas").waitFor();
  await page.getByLabel("As of", { exact: true }).fill("9999-12-31");
  await hasText(tile(page, "spend_all"), "1,123,456,789,012.3455");
});

onPage("fits a phone, in the dark too", { ...PHONE, colorScheme: "dark" }, async (page) => {
  await assertFits(page, "the start");
  await assertAccessible(page, "the start on a phone");
  await page.locator("#list").getByRole("link", { name: /paul@shop/ }).tap();
  await page.getByRole("heading", { level: 2, name: "paul@shop.example" }).waitFor();
  await assertFits(page, "a customer");
  await assertAccessible(page, "a customer on a phone");
  assert.ok(!(await page.locator("#list").isVisible()), "one thing at a time");
  if (pictures) await page.screenshot({ path: `${pictures}/phone.png` });
  await page.getByRole("link", { name: "All customers" }).tap();
  await page.locator("#list").waitFor();
});

onPage("is readable in the dark", { colorScheme: "dark" }, async (page) => {
  await openCustomer(page, IDA);
  await assertAccessible(page, "a customer in the dark");
});

test("keeps everything but its own files out", async () => {
  const answer = await fetch(`${url}/`);
  const policy = answer.headers.get("content-security-policy");
  assert.ok(policy.startsWith("default-src 'none'"), policy);
  assert.ok(!policy.includes("unsafe"), policy);
});

test("says that the stack is gone", { timeout: 60_000 }, async () => {
  const { page, close } = await openConsole(browser);
  await openCustomer(page, IDA);
  await page.route("**/_local/dynamodb", (route) => route.abort());
  await hasText(page.getByRole("alert"), "does not answer");
  await page.unroute("**/_local/dynamodb");
  await page.getByRole("alert").waitFor({ state: "hidden" });
  await close();
});

onPage("says which id no profile can have", {}, async (page) => {
  // What the browser tells of the 400 is no fault of the page.
  page.removeAllListeners("console");
  await page.goto(`${url}/#/${encodeURIComponent("no such id")}`);
  await hasText(page.getByRole("alert"), "the character ` ` is not allowed");
  await page.getByRole("heading", { name: "Choose a customer" }).waitFor();
  await page.goto(`${url}/#/%E0%A4%A`);
  await hasText(page.getByRole("alert"), "the character `%` is not allowed");
});

/** Holds the next request whose body or address has a text until the answer is called. */
async function hold(page, text) {
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  let isFirst = true;
  await page.route("**/*", async (route) => {
    const request = route.request();
    const asked = `${decodeURIComponent(request.url())} ${request.postData() ?? ""}`;
    if (isFirst && asked.includes(text)) {
      isFirst = false;
      await held;
    }
    // The page may have given it up.
    await route.continue().catch(() => {});
  });
  return release;
}

for (const [what, text] of [
  ["version", '"sk":{"S":"AGG"}'],
  ["document", `${IDA}/aggregations?`],
  ["transactions", "begins_with"],
  ["history", `${IDA}/aggregations/history`],
]) {
  onPage(`shows nothing of a customer whose ${what} comes late`, {}, async (page) => {
    const release = await hold(page, text);
    await page.locator("#list").getByRole("link", { name: /^ida/ }).click();
    await page.locator("#list").getByRole("link", { name: /^hugo/ }).click();
    const { spend_all: spend } = await aggregations("hugo@shop.example", today());
    await hasText(tile(page, "spend_all"), amount(spend));
    release();
    await hasText(page.locator("#readout"), `all time ${amount(spend)}`);
      assert.equal(await page.getByRole("heading", { level: 2 }).first().textContent(), "Customers");
    assert.equal(await page.locator("#profile-id").textContent(), "hugo@shop.example");
    assert.equal(await tile(page, "spend_all").textContent(), amount(spend));
    await hasText(page.locator("#readout"), `all time ${amount(spend)}`);
    await add(page, "3.21");
    await hasText(page.locator("#written"), "The stream was done");
    assert.equal((await aggregations(IDA, today())).spend_all, idaSpend);
    await page.getByRole("button", { name: "Undo" }).click();
    await hasText(tile(page, "spend_all"), amount(spend));
  });
}

onPage("reports a write to the customer that it was of", {}, async (page) => {
  await openCustomer(page, "leo@shop.example");
  const release = await hold(page, '"Item"');
  await add(page, "7.77");
  await openCustomer(page, "noah@shop.example");
  release();
  await page.waitForResponse((answer) => answer.request().postData()?.includes('"Item"') ?? false).catch(() => {});
  await hasText(tile(page, "spend_all"), amount((await aggregations("noah@shop.example", today())).spend_all));
  assert.equal(await page.locator("#written").textContent(), "");
});

onPage("writes once, however often Add is pressed", {}, async (page) => {
  await openCustomer(page, "nora@shop.example");
  const { shop_count: before } = await aggregations("nora@shop.example", today());
  await page.getByLabel("Amount").fill("3.33");
  await page.getByRole("button", { name: "Add", exact: true }).dblclick();
  await page.getByLabel("Amount").press("Enter");
  await hasText(page.locator("#written"), "The stream was done");
  assert.equal((await aggregations("nora@shop.example", today())).shop_count, before + 1);
});

onPage("tells of a write that failed, and leaves its undo", {}, async (page) => {
  await openCustomer(page, "otto@shop.example");
  await page.route("**/_local/dynamodb", (route) =>
    route.request().postData().includes('"Item"') ? route.abort() : route.continue(),
  );
  const faults = [];
  page.on("pageerror", (error) => faults.push(error));
  page.removeAllListeners("console");
  await add(page, "5");
  await hasText(page.locator("#written"), "Not written");
  assert.equal(await page.getByLabel("Amount").inputValue(), "5");
  await page.unroute("**/_local/dynamodb");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await hasText(page.locator("#written"), "figures moved");
  await page.getByRole("button", { name: "Undo" }).click();
  await hasText(page.locator("#written"), "is taken back");
  assert.deepEqual(faults, []);
});

onPage("skips to the customer, and stays there", {}, async (page) => {
  await openCustomer(page, IDA);
  await page.getByRole("link", { name: "Skip to the customer" }).press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  assert.ok(await page.locator("#customer").isVisible());
});

onPage("keeps address and date together, back and forward too", {}, async (page) => {
  await openCustomer(page, IDA);
  await page.goto(`${url}/#/${encodeURIComponent(IDA)}/2026-03-01`);
  const asOf = page.getByLabel("As of", { exact: true });
  await page.waitForFunction(() => document.getElementById("as-of").value === "2026-03-01");
  await page.goto(`${url}/#/${encodeURIComponent("hugo@shop.example")}`);
  await hasText(page.locator("#profile-id"), "hugo@shop.example");
  await page.goBack();
  await hasText(page.locator("#profile-id"), IDA);
  await page.waitForFunction(() => document.getElementById("as-of").value === "2026-03-01");
  await page.locator("#list").getByRole("link", { name: /^ida/ }).click();
  await page.waitForFunction((today) => document.getElementById("as-of").value === today, today());
  await page.goto(`${url}/#/${encodeURIComponent(IDA)}/2026-02-31`);
  assert.equal(await asOf.inputValue(), today());
});

onPage("shows what was written as of another date when the date is moved meanwhile", {}, async (page) => {
  await openCustomer(page, "theo@shop.example");
  const release = await hold(page, '"Item"');
  await add(page, "1.11");
  await page.getByLabel("As of", { exact: true }).fill("2026-06-01");
  release();
  await hasText(page.locator("#written"), "cannot tell which figures the write moved");
  const { spend_all: spend } = await aggregations("theo@shop.example", "2026-06-01");
  await hasText(tile(page, "spend_all"), amount(spend));
});

onPage("keeps the focus where it was, or near", {}, async (page) => {
  await openCustomer(page, "zoe@shop.example");
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  const button = page.getByRole("button", { name: /^Delete the purchase/ }).first();
  await button.focus();
  await page.keyboard.press("Enter");
  await hasText(page.locator("#written"), "The stream was done");
  await page.waitForFunction(() => document.activeElement.textContent === "Undo");
  await page.keyboard.press("Enter");
  await hasText(page.locator("#written"), "is back. The stream was done");
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY");
  // Another program's write makes the list anew.
  await button.focus();
  const before = await button.getAttribute("data-focus");
  await write("PutItem", { Item: transaction("zoe@shop.example", "2026-01-02T00:00:00Z", "till", { N: "5" }) });
  await hasText(tile(page, "shop_count"), "6");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.focus), before);
  await page.goto(`${url}/#/`);
  await page.locator("[data-segment=FL]").focus();
  await page.keyboard.press("Enter");
  await page.locator("[data-segment=FL][aria-pressed=true]").waitFor();
  assert.ok((await focused()).startsWith("FL"));
});

onPage("lists older transactions once each, and all of a long history", {}, async (page) => {
  for (let day = 1; day <= 28; day += 1) {
    const at = `2020-02-${String(day).padStart(2, "0")}T00:00:00Z`;
    await write("PutItem", { Item: transaction("long", at, "t", { N: "8999999999.9991" }) });
  }
  await openCustomer(page, "long");
  const older = page.getByRole("button", { name: "Show older ones" });
  await older.dblclick();
  await page.waitForFunction(() => document.querySelectorAll("#transactions tbody tr").length >= 20);
  // The second of the two clicks may have come after the first page.
  if (await older.isVisible()) await older.click({ timeout: 1_000 }).catch(() => {});
  await page.waitForFunction(() => document.querySelectorAll("#transactions tbody tr").length >= 28);
  const keys = await page.locator("#transactions tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.key));
  assert.deepEqual([keys.length, new Set(keys).size], [28, 28]);
  // A write of another program leaves them there, and an older date widens the chart.
  await write("PutItem", { Item: transaction("long", "2015-02-01T00:00:00Z", "t", { N: "1" }) });
  await page.waitForFunction(() => document.querySelectorAll("#transactions tbody tr").length >= 28);
  await hasText(tile(page, "shop_count"), "29");
  await page.getByRole("slider").press("Home");
  await page.waitForFunction(() => document.getElementById("as-of").value < "2015-02-01");
  await page.getByRole("button", { name: "Today" }).click();
  await page.getByText("Show the JSON").click();
  const { spend_all: spend } = JSON.parse(
    await (await fetch(`${url}/profiles/long/aggregations?as_of=${today()}`)).text(),
    (_key, value, context) => (typeof value === "number" && context ? context.source : value),
  );
  await hasText(page.locator("#document"), `"spend_all": ${spend ?? "251999999998.9748"}`);
});

onPage("opens the one customer that a part of an id names", {}, async (page) => {
  await page.getByRole("searchbox").fill("vera");
  await page.getByRole("searchbox").press("Enter");
  await hasText(page.locator("#profile-id"), "vera@shop.example");
  await page.getByRole("searchbox").fill("shop.example");
  await page.getByRole("searchbox").press("Enter");
  await page.waitForFunction(() => document.activeElement.closest("#list") !== null);
});
