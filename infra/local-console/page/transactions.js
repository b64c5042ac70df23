// The transactions of a customer: the list, the form that adds one, and deleting.

import { ApiError, deleteTransaction, getLocationName, getTransactions, putTransaction } from "./api.js";
import { $, h, tell } from "./dom.js";
import { amount, count, instant, today } from "./format.js";

const CHANNELS = { pos: "point of sale", website: "website" };
const names = new Map();

let profile = null;
let next;
let shownCount = 0;
let write = async () => {};

/**
 * Prepares form and list. `onWrite` is called with what is written in words, a date and the request; it makes the request and
 * follows what becomes of it.
 */
export function start(onWrite) {
  write = onWrite;
  $("add").addEventListener("submit", (event) => {
    event.preventDefault();
    add(event.target);
  });
  $("add").elements.amount.addEventListener("input", (event) => event.target.setCustomValidity(""));
  $("transactions-more").addEventListener("click", more);
}

/** Shows the newest transactions of a customer. */
export async function load(id) {
  if (profile !== id) $("add").elements.date.value = today();
  profile = id;
  const { items, next: older } = await getTransactions(id);
  if (profile !== id) return;
  next = older;
  shownCount = items.length;
  $("transactions").tBodies[0].replaceChildren(...items.map(row));
  state();
}

async function more() {
  const { items, next: older } = await getTransactions(profile, next);
  next = older;
  shownCount += items.length;
  const rows = items.map(row);
  $("transactions").tBodies[0].append(...rows);
  state();
  rows[0]?.querySelector("button")?.focus();
}

function state() {
  $("transactions-more").hidden = !next;
  const text = shownCount === 0 ? "None is stored." : next ? `The newest ${count(shownCount)}.` : `All ${count(shownCount)}, newest first.`;
  tell($("transactions-state"), text);
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
  if (!names.has(id)) names.set(id, getLocationName(id).catch(() => null));
  const name = await names.get(id);
  if (!name) return;
  cell.textContent = name;
  const options = [...$("locations").options].map((option) => option.value);
  if (!options.includes(id)) $("locations").append(h("option", { value: id }, name));
}

function deleteButton(item, what) {
  const button = h("button", { type: "button", class: "small", "aria-label": `Delete the ${what}` }, "Delete");
  button.addEventListener("click", async () => {
    button.disabled = true;
    const undo = () => write(`The ${what} is back`, dateOf(item), () => putTransaction(item));
    const isDone = await write(`The ${what} is deleted`, dateOf(item), () => deleteTransaction(item), undo);
    if (!isDone) button.disabled = false;
  });
  return button;
}

function dateOf(item) {
  return item.sk.S.slice(4, 14);
}

async function add(form) {
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
    pk: { S: `PROFILE#${profile}` },
    sk: { S: `TXN#${date}T${time}Z#${id}` },
    total: { N: isReturn ? `-${text}` : text },
  };
  if (value("location")) item.location_id = { S: value("location") };
  if (value("channel")) item.channel = { S: value("channel") };
  if (value("brand")) item.items = { L: [{ M: { brand: { S: value("brand") }, quantity: { N: "1" } } }] };
  const what = isReturn ? "return" : "purchase";
  const isDone = await write(`The ${what} of ${amount(text)} is written`, date, () => putTransaction(item));
  if (isDone) form.elements.amount.value = "";
}

/** A write that failed, in words. */
export function failure(error) {
  if (error instanceof ApiError && error.code === "ConditionalCheckFailedException") {
    return "Somebody else was faster: it is no longer as this page shows it.";
  }
  return error.message;
}
