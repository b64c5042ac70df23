// The console: which customer and date are shown, and when they are asked for again.

import { ApiError, documentPath, getDocument, getText, getVersion } from "./api.js";
import * as chart from "./chart.js";
import * as customers from "./customers.js";
import { $, h, tell } from "./dom.js";
import { addDays, date, daysBetween, monthsBefore, today } from "./format.js";
import * as figures from "./figures.js";
import * as transactions from "./transactions.js";

const page = document.documentElement.dataset;
/** How often the table is asked whether the customer was recalculated: while a write is on its way, and otherwise. */
const SOON = 50;
const LATER = 2_000;
/** How long a write may take before the page says that something else is in the way. */
const PATIENCE = 15_000;

/**
 * What is open: `profile`, `asOf`, `range` of the slider, the `version` that is shown, the `found` document and the date that it
 * is `foundAsOf`.
 */
let open = null;
/** The request for the document that is on its way. */
let requested = null;
/** The write whose recalculation is waited for. */
let pending = null;
let wake = () => {};

/** Opens what the address names: `#/PROFILE` or `#/PROFILE/DATE`. */
async function route() {
  const [, id = "", asOf] = location.hash.split("/");
  const profile = decoded(id);
  customers.markCurrent();
  document.body.dataset.view = profile ? "customer" : "list";
  tell($("problem"), null);
  if (!profile) return close();
  if (open?.profile === profile) return asOf && moveTo(asOf);
  await openCustomer(profile, /^\d{4}-\d\d-\d\d$/.test(asOf ?? "") ? asOf : today());
}

/** What an address names; one that nobody encoded is taken as it is. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function close() {
  open = null;
  pending = null;
  wake();
  document.title = "Profile aggregations";
  $("customer").hidden = true;
  $("welcome").hidden = false;
  $("overview").hidden = false;
}

async function openCustomer(profile, asOf) {
  close();
  open = { profile, asOf, range: null, version: null, found: null, foundAsOf: null };
  document.title = `${profile} · Profile aggregations`;
  $("profile-id").textContent = profile;
  $("written").replaceChildren();
  chart.clear();
  $("notes").replaceChildren();
  document.body.dataset.stored = "no";
  const customer = open;
  try {
    customer.version = await getVersion(profile);
    await Promise.all([showDocument(), transactions.load(profile)]);
  } catch (error) {
    if (open !== customer) return;
    problem(error);
    // No profile can have such an id, or nobody answers: there is nothing to show.
    return close();
  }
  if (open !== customer) return;
  $("welcome").hidden = true;
  $("overview").hidden = true;
  $("customer").hidden = false;
  $("profile-id").focus({ preventScroll: true });
  scrollTo(0, 0);
  if (open.found) await drawChart();
  follow(customer);
}

/**
 * Asks for the document of the date and shows it. Answers what moved since the one before, if that was of the same date; null if
 * another request overtook this one.
 */
async function showDocument() {
  requested?.abort();
  requested = new AbortController();
  const { signal } = requested;
  const customer = open;
  const { profile, asOf } = customer;
  let found;
  try {
    found = await getDocument(profile, asOf, signal);
  } catch (error) {
    if (error.name === "AbortError") return null;
    if (error instanceof ApiError && error.status === 404) return showNothing();
    throw error;
  }
  if (open !== customer || signal.aborted) return null;
  const isComparable = pending && customer.found && customer.foundAsOf === asOf;
  const moved = isComparable ? figures.moves(customer.found.figures, found.figures) : [];
  Object.assign(customer, { found, foundAsOf: asOf });
  document.body.dataset.stored = "yes";
  if (!customer.range) setRange(found);
  figures.show(profile, asOf, found, moved, signal);
  chart.mark(marks());
  showDate();
  showText(profile, asOf);
  return moved;
}

/** A customer of whom nothing is stored: the form can change that. */
function showNothing() {
  open.found = null;
  open.range = null;
  document.body.dataset.stored = "no";
  $("freshness").textContent = "";
  $("notes").replaceChildren(
    h("p", { class: "note" }, "Nothing is stored of this customer. Add a purchase below, and there is."),
  );
  return [];
}

function setRange({ figures: { spend_first_date: first, spend_last_date: last } }) {
  // The document of today knows nothing of later transactions; the form may add some within the chart's months ahead.
  open.range = chart.span((first ?? today()).slice(0, 10), (last ?? today()).slice(0, 10));
  const slider = $("slider");
  slider.min = "0";
  slider.max = String(daysBetween(open.range.from, open.range.to));
}

function showDate() {
  const { asOf, range } = open;
  const days = daysBetween(today(), asOf);
  const words = days === 0 ? "today" : days < 0 ? `${-days} days ago` : `in ${days} days, if nothing more is bought`;
  $("as-of").value = asOf;
  $("as-of-words").textContent = words;
  $("slider").value = String(daysBetween(range.from, asOf));
  $("slider").setAttribute("aria-valuetext", `${date(asOf)}, ${words}`);
  $("today").disabled = days === 0;
}

async function showText(profile, asOf) {
  const url = `${location.origin}${documentPath(profile, `as_of=${asOf}`)}`;
  $("curl").textContent = `curl '${url}'`;
  try {
    const text = await getText(profile, asOf);
    if (open?.profile === profile && open.asOf === asOf) $("document").textContent = JSON.stringify(JSON.parse(text), null, 2);
  } catch (error) {
    $("document").textContent = error.message;
  }
}

async function drawChart() {
  const { profile, range } = open;
  try {
    const unit = await chart.load(profile, range, (iso) => moveTo(iso));
    $("chart").dataset.step = unit;
    if (open?.profile === profile) chart.mark(marks());
  } catch (error) {
    problem(error);
  }
}

function marks() {
  const { figures, explanation } = open.found;
  const { asOf } = open;
  return { asOf, figures, from12: explanation.figures.spend_12m.window.from, from24: monthsBefore(asOf, 24) };
}

function moveTo(asOf) {
  if (!open?.range || asOf === open.asOf) return;
  open.asOf = asOf;
  const hash = asOf === today() ? customers.href(open.profile) : `${customers.href(open.profile)}/${asOf}`;
  history.replaceState(null, "", hash);
  showDate();
  showDocument().catch(problem);
}

/** Makes a write, and shows the figures move as soon as the stream is done with it. Whether the write was taken. */
async function write(words, at, request, undo) {
  const began = performance.now();
  $("written").replaceChildren("Writing…");
  try {
    await request();
  } catch (error) {
    $("written").replaceChildren(transactions.failure(error));
    return false;
  }
  pending = { words, at, began, undo };
  $("written").replaceChildren(`${words}. Waiting for the stream…`);
  wake();
  return true;
}

/** Asks whether the customer was recalculated, again and again while it is open. */
async function follow(customer) {
  while (open === customer) {
    try {
      const isIdle = document.hidden && !pending;
      const version = isIdle ? customer.version : await getVersion(customer.profile);
      if (open !== customer) return;
      if (version !== customer.version) await recalculated(customer, version);
      else if (pending && performance.now() - pending.began > PATIENCE) late();
      if (!isIdle) tell($("problem"), null);
    } catch (error) {
      problem(error);
    }
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, pending ? SOON : LATER);
    });
  }
}

async function recalculated(customer, version) {
  customer.version = version;
  const isNew = !customer.found;
  let moved = null;
  // A slider that moves meanwhile asks for the document too.
  while (moved === null && open === customer) moved = await showDocument();
  if (open !== customer) return;
  if (pending) report(moved);
  await transactions.load(customer.profile);
  if (customer.found) await drawChart();
  if (isNew && customer.found) showDate();
  customers.refreshSoon();
}

function report(moved) {
  const { words, at, began, undo } = pending;
  pending = null;
  const seconds = ((performance.now() - began) / 1000).toFixed(2);
  const list = moved.map((move) => h("li", {}, h("span", { class: "name" }, move.figure.name), ` ${move.before} → `, h("strong", {}, move.after)));
  const why = at > open.asOf ? `, since ${date(at)} is after ${date(open.asOf)}: move the date to see them move` : "";
  const isGone = !open.found;
  const summary = isGone ? "Nothing is stored of this customer any more." : moved.length ? `${moved.length === 1 ? "One figure" : `${moved.length} figures`} moved:` : `No figure moved${why}.`;
  $("written").replaceChildren(
    `${words}. The stream was done after ${seconds} s. ${summary}`,
    ...(moved.length ? [h("ul", {}, ...list)] : []),
    ...(undo ? [" ", h("button", { type: "button", class: "small", onclick: undo }, "Undo")] : []),
  );
}

function late() {
  const { words } = pending;
  pending = null;
  $("written").replaceChildren(`${words}. The stream is busy with something else; the figures move when it comes to this customer.`);
}

function problem(error) {
  // Anything else is a fault of this page.
  if (!(error instanceof ApiError)) console.error(error);
  tell($("problem"), error.status === 0 ? error.message : `${error.status ?? ""} ${error.message}`.trim());
}

async function welcome() {
  try {
    const found = await customers.suggestions(page.exampleProfile);
    $("suggestions").replaceChildren(...found.map(customers.row));
    if (!found.length) $("suggestions").replaceChildren(h("li", {}, "No customer is stored yet. Type an id into the search and open it."));
  } catch (error) {
    problem(error);
  }
}

$("find").addEventListener("submit", (event) => {
  event.preventDefault();
  if (customers.searched()) location.hash = customers.href(customers.searched());
});
$("slider").addEventListener("input", (event) => moveTo(addDays(open.range.from, Number(event.target.value))));
$("as-of").addEventListener("change", (event) => event.target.value && moveTo(event.target.value));
$("today").addEventListener("click", () => moveTo(today()));
addEventListener("hashchange", route);

transactions.start(write);
await Promise.all([route(), customers.refresh(), welcome()]);
document.body.dataset.ready = "yes";
