// The list of stored customers, and how many are in each segment.

import { getProfiles, getSegments } from "./api.js";
import { $, h, replace, tell } from "./dom.js";
import { amount, calendarDate, count, counted, instant } from "./format.js";
import { problem } from "./problem.js";
import { DIMENSIONS, inWords } from "./words.js";

const example = document.documentElement.dataset.exampleProfile;

let filters = {};
let next = null;
let asked = null;
let later = 0;
let typing = 0;

/** Where a customer's page is, as of a date; null is today. */
export function href(profile, asOf = null) {
  const place = `#/${encodeURIComponent(profile)}`;
  return asOf === null ? place : `${place}/${asOf}`;
}

/** The customer and the date that the address names; an empty text and null if it does not. */
export function named() {
  const [, id = "", asOf] = location.hash.split("/");
  return { profile: decoded(id), asOf: calendarDate(asOf) };
}

/** A part of an address; one that nobody encoded is taken as it is. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What stands in the field of the search. */
export function searched() {
  return $("search").value.trim();
}

/** Reads list and segments again. */
export async function refresh() {
  await Promise.all([list(false), segments(), suggestions()].map((part) => part.catch(problem)));
}

/** The same after a recalculation: now, and when the stack may have scanned the table again. */
export function refreshSoon() {
  refresh();
  clearTimeout(later);
  later = setTimeout(refresh, 1_500);
}

function query() {
  const search = searched();
  const shown = $("list").childElementCount;
  return { limit: Math.min(200, Math.max(50, shown)), ...(search ? { search } : {}), ...filters };
}

async function list(isMore) {
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await getProfiles({ ...query(), ...(isMore ? { after: next } : {}) }, asked.signal);
    next = answer.next;
    if (isMore) $("list").append(...answer.profiles.map(row));
    else replace($("list"), answer.profiles.map(row));
    $("list-more").hidden = next === null;
    const isAll = answer.matching === answer.stored;
    tell($("list-state"), isAll ? `${count(answer.stored)} stored` : `${count(answer.matching)} of ${count(answer.stored)}`);
    chosen();
    markCurrent();
  } catch (error) {
    if (error.name !== "AbortError") tell($("list-state"), error.message);
  }
}

/** Shows a customer in a list. */
function row(profile) {
  const codes = [profile.dimension_frequency, profile.dimension_recency, profile.dimension_join].filter(Boolean);
  let facts = "nothing to count";
  if (profile.unreadable) facts = "cannot be read until it is rebuilt";
  else if (profile.shop_count !== null) facts = `${counted(profile.shop_count, "purchase")}, ${amount(profile.spend_all)}`;
  const warning = [
    profile.incomplete ? "incomplete" : null,
    profile.set_aside ? `${count(profile.set_aside)} set aside` : null,
  ].filter(Boolean);
  return h(
    "li",
    {},
    h(
      "a",
      { href: href(profile.profile_id), "data-profile": profile.profile_id, "data-focus": profile.profile_id },
      h("span", { class: "id" }, profile.profile_id),
      h("span", { class: "facts" }, facts),
      h("span", { class: "codes" }, codes.join(" ")),
      warning.length ? h("span", { class: "warning" }, warning.join(", ")) : null,
    ),
  );
}

/** Names the segments that the list is of, each with a button that lifts it. */
function chosen() {
  const buttons = Object.entries(filters).map(([filter, code]) =>
    h("button", { type: "button", class: "small", "aria-label": `Show not only ${code}`, onclick: () => choose(filter, code) }, `${code} ×`),
  );
  $("list-filters").hidden = buttons.length === 0;
  $("list-filters").replaceChildren(...(buttons.length ? ["only ", ...buttons] : []));
}

/** Lists one segment only, or all again if it is the one. */
async function choose(filter, code) {
  filters = filters[filter] === code ? omit(filters, filter) : { ...filters, [filter]: code };
  $("list").replaceChildren();
  await refresh();
  // On a phone the list is below.
  if (filters[filter]) $("list-title").scrollIntoView({ block: "nearest" });
}

/** Marks the customer whose page is open. */
export function markCurrent() {
  const { profile } = named();
  for (const link of $("list").querySelectorAll("a")) {
    if (link.dataset.profile === profile) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function segments() {
  try {
    const answer = await getSegments();
    const unreadable = answer.unreadable ? `, ${count(answer.unreadable)} of them unreadable until they are rebuilt` : "";
    $("segments-state").textContent =
      `${counted(answer.profiles, "customer")}${unreadable}, as of ${instant(answer.read_at)} UTC. A click lists those of one segment.`;
    replace($("segments"), DIMENSIONS.map((dimension) => group(dimension, answer)));
  } catch (error) {
    $("segments-state").textContent = error.message;
  }
}

function group({ field, filter, name }, answer) {
  const rows = Object.entries(answer[field]).map(([code, number]) => {
    const bar = h("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", number / Math.max(1, answer.profiles));
    const isChosen = filters[filter] === code;
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", "aria-pressed": String(isChosen), onclick: () => choose(filter, code), "data-segment": code, "data-focus": code },
        bar,
        h("span", { class: "code" }, code),
        h("span", { class: "words" }, inWords(code)),
        h("span", { class: "number" }, count(number)),
      ),
    );
  });
  return h("section", { class: "segment" }, h("h3", {}, name), h("ul", { "aria-label": name }, ...rows));
}

function omit(object, key) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

/** The example and the customers with most purchases, of the first ones, for a start. */
async function suggestions() {
  if ($("welcome").hidden) return;
  const { profiles } = await getProfiles({ limit: 200 });
  const rank = (profile) => (profile.profile_id === example ? Infinity : (profile.shop_count ?? -1));
  const best = profiles.sort((one, other) => rank(other) - rank(one)).slice(0, 4);
  const none = h("li", {}, "No customer is stored yet. Type an id into the search and open it.");
  replace($("suggestions"), best.length ? best.map(row) : [none]);
}

/** Puts the focus on the first customer of those that are searched for. */
export async function focusFirst() {
  clearTimeout(typing);
  await list(false);
  $("list").querySelector("a")?.focus();
}

$("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    $("list").replaceChildren();
    list(false);
  }, 150);
});
$("list-more").addEventListener("click", async () => {
  const last = $("list").lastElementChild;
  await list(true);
  // The button may be gone, and the focus must not be lost with it.
  last?.nextElementSibling?.querySelector("a")?.focus();
});
