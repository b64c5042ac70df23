// The transactions of a customer: the list, the form that adds one, and deleting.

import { ApiError, deleteTransaction, getLocationName, getTransactions, putTransaction } from "./api.js";
import { $, h, replace, tell } from "./dom.js";
import { amount, count, instant, today } from "./format.js";
import { problem } from "./problem.js";

const CHANNELS = { pos: "point of sale", website: "website" };
/** How many are listed at first, and at each further step. */
const PAGE = 10;
/** The names of locations by their ids. */
const names = new Map();

/** The customer that is open now, if one is. */
let current = () => null;
/** What is listed, and where the older ones begin. */
let listed = 0;
let next;

/** Prepares form and list; `opened` answers which customer is open. */
export function start(opened) {
  current = opened;
  $("add").addEventListener("submit", (event) => {
    event.preventDefault();
    add(event.target);
  });
  $("add").elements.amount.addEventListener("input", (event) => event.target.setCustomValidity(""));
  $("transactions-more").addEventListener("click", more);
}

/** Lists nothing, for another customer. */
export function clear() {
  listed = 0;
  next = undefined;
  $("add").elements.date.value = today();
  $("transactions").tBodies[0].replaceChildren();
  state();
}

/** Lists the newest transactions of a customer, as many as before. Answers whether the focus was on one that is gone. */
export async function load({ profile }, signal) {
  const found = await getTransactions(profile, Math.max(PAGE, listed), undefined, signal);
  next = found.next;
  listed = found.items.length;
  const isFocusLost = replace($("transactions").tBodies[0], found.items.map(row));
  state();
  return isFocusLost;
}

async function more() {
  const customer = current();
  const button = $("transactions-more");
  if (!customer || button.disabled) return;
  button.disabled = true;
  try {
    const from = next;
    const found = await getTransactions(customer.profile, PAGE, from);
    // Meanwhile another customer may be open, or the list made anew.
    if (customer !== current() || from !== next) return;
    next = found.next;
    listed += found.items.length;
    const rows = found.items.map(row);
    $("transactions").tBodies[0].append(...rows);
    rows[0]?.querySelector("button").focus();
  } catch (error) {
    problem(error);
  } finally {
    button.disabled = false;
    state();
  }
}

function state() {
  $("transactions-more").hidden = !next;
  const all = listed === 0 ? "None is stored." : `All ${count(listed)}, newest first.`;
  tell($("transactions-state"), next ? `The newest ${count(listed)}.` : all);
  $("transactions").hidden = listed === 0;
}

function row(item) {
  const [, at, ...rest] = item.sk.S.split("#");
  const total = item.total?.N;
  const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(at);
  const location = item.location_id?.S ?? item.location_id?.N;
  const brands = (item.items?.L ?? []).map((line) => line.M?.brand?.S).filter(Boolean);
  const id = rest.join("#");
  const store = h("td", {}, location ?? "");
  if (location) nameStore(store, location);
  const channel = item.channel?.S ?? "";
  const kind = kindOf(item, total);
  return h(
    "tr",
    { "data-key": item.sk.S },
    h("th", { scope: "row" }, isDate ? instant(at) : at),
    h("td", {}, kind),
    h("td", { class: "number" }, total === undefined ? "unreadable" : money(total, item)),
    store,
    h("td", {}, CHANNELS[channel] ?? channel),
    h("td", {}, [...new Set(brands)].join(", ")),
    h("td", { class: "id" }, id),
    h("td", {}, deleteButton(item, `${kind.toLowerCase()} of ${isDate ? instant(at) : at}`)),
  );
}

function kindOf(item, total) {
  if (item.is_void?.BOOL) return "Void";
  if (total === undefined) return "Transaction";
  if (Number(total) === 0) return "No amount";
  return Number(total) > 0 ? "Purchase" : "Return";
}

/** An amount as it is stored, which may be in another currency than the figures. */
function money(total, item) {
  return item.currency?.S ? `${amount(total).replace(/ [A-Z]{3}$/, "")} ${item.currency.S}` : amount(total);
}

async function nameStore(cell, id) {
  if (!names.has(id)) names.set(id, getLocationName(id));
  const name = await names.get(id).catch(() => {
    // Another time it may be told.
    names.delete(id);
    return null;
  });
  if (!name) return;
  cell.textContent = name;
  const options = [...$("locations").options].map((option) => option.value);
  if (!options.includes(id)) $("locations").append(h("option", { value: id }, name));
}

function deleteButton(item, what) {
  const write = (words, request, undo) => current().write(words, dateOf(item), request, undo);
  const restore = () => write(`The ${what} is back`, () => putTransaction(item));
  const remove = () => write(`The ${what} is deleted`, () => deleteTransaction(item), restore);
  const attributes = { type: "button", class: "small", "aria-label": `Delete the ${what}`, "data-focus": item.sk.S, onclick: remove };
  return h("button", attributes, "Delete");
}

function dateOf(item) {
  return item.sk.S.slice(4, 14);
}

async function add(form) {
  const customer = current();
  const value = (name) => form.elements[name].value.trim();
  const text = value("amount").replace(/^\+/, "");
  if (!/^\d{1,12}(\.\d{1,4})?$/.test(text) || Number(text) === 0) {
    const field = form.elements.amount;
    field.setCustomValidity("An amount such as 49.90: greater than 0, at most 12 digits and 4 decimals.");
    field.reportValidity();
    return;
  }
  const isReturn = value("kind") === "return";
  const date = value("date");
  // Of today the time of now, so that it is the latest; of another day noon.
  const time = date === today() ? new Date().toISOString().slice(11, 19) : "12:00:00";
  const id = `console-${crypto.getRandomValues(new Uint32Array(1))[0].toString(16).padStart(8, "0")}`;
  const item = {
    pk: { S: `PROFILE#${customer.profile}` },
    sk: { S: `TXN#${date}T${time}Z#${id}` },
    total: { N: isReturn ? `-${text}` : text },
  };
  if (value("location")) item.location_id = { S: value("location") };
  if (value("channel")) item.channel = { S: value("channel") };
  if (value("brand")) item.items = { L: [{ M: { brand: { S: value("brand") }, quantity: { N: "1" } } }] };
  const what = isReturn ? "return" : "purchase";
  const remove = () => current().write(`The ${what} of ${amount(text)} is taken back`, date, () => deleteTransaction(item));
  const isDone = await customer.write(`The ${what} of ${amount(text)} is written`, date, () => putTransaction(item), remove);
  if (isDone && customer === current()) form.elements.amount.value = "";
}

/** A write that failed, in words. */
export function failure(error) {
  if (error instanceof ApiError && error.code === "ConditionalCheckFailedException") {
    return "the transaction is no longer as this page shows it, or this was done already.";
  }
  return error.message;
}
