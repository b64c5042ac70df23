// The list of stored customers, and how many are in each segment.

import { getProfiles, getSegments } from "./api.js";
import { $, h, tell } from "./dom.js";
import { amount, count, counted, instant } from "./format.js";
import { DIMENSIONS, inWords } from "./words.js";

let filters = {};
let next = null;
let asked = null;
let later = 0;

/** Where a customer's page is. */
export function href(profile) {
  return `#/${encodeURIComponent(profile)}`;
}

/** What stands in the field of the search. */
export function searched() {
  return $("search").value.trim();
}

/** Reads list and segments again. */
export async function refresh() {
  await Promise.all([list(false), segments()]);
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
    const rows = answer.profiles.map(row);
    if (isMore) $("list").append(...rows);
    else $("list").replaceChildren(...rows);
    next = answer.next;
    $("list-more").hidden = next === null;
    const isAll = answer.matching === answer.stored;
    tell($("list-state"), isAll ? `${count(answer.stored)} stored` : `${count(answer.matching)} of ${count(answer.stored)}`);
    chosen();
    markCurrent();
  } catch (error) {
    if (error.name !== "AbortError") tell($("list-state"), error.message);
  }
}

function row(profile) {
  const isReadable = profile.dimension_frequency !== null;
  const codes = [profile.dimension_frequency, profile.dimension_recency, profile.dimension_join].filter(Boolean);
  const facts = isReadable
    ? `${counted(profile.shop_count, "purchase")}, ${amount(profile.spend_all)}`
    : "cannot be read until it is rebuilt";
  const warning = [
    profile.incomplete ? "incomplete" : null,
    profile.set_aside ? `${count(profile.set_aside)} set aside` : null,
  ].filter(Boolean);
  return h(
    "li",
    {},
    h(
      "a",
      { href: href(profile.profile_id), "data-profile": profile.profile_id },
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
function choose(filter, code) {
  filters = filters[filter] === code ? omit(filters, filter) : { ...filters, [filter]: code };
  $("list").replaceChildren();
  refresh();
}

/** Marks the customer whose page is open. */
export function markCurrent() {
  const open = location.hash.split("/")[1] ?? "";
  for (const link of $("list").querySelectorAll("a")) {
    if (link.getAttribute("href") === `#/${open}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function segments() {
  try {
    const answer = await getSegments();
    const unreadable = answer.unreadable ? `, ${count(answer.unreadable)} of them unreadable until they are rebuilt` : "";
    $("segments-state").textContent =
      `${counted(answer.profiles, "customer")}${unreadable}, as of ${instant(answer.read_at)} UTC. A click lists those of one segment.`;
    $("segments").replaceChildren(...DIMENSIONS.map((dimension) => group(dimension, answer)));
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
        { type: "button", "aria-pressed": String(isChosen), onclick: () => choose(filter, code), "data-segment": code },
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

/** The customers with most purchases among the first ones, for a start. */
export async function suggestions(example) {
  const { profiles } = await getProfiles({ limit: 200 });
  const rank = (profile) => (profile.profile_id === example ? Infinity : (profile.shop_count ?? -1));
  return profiles.sort((one, other) => rank(other) - rank(one)).slice(0, 4);
}

/** Shows a customer as the list does. */
export { row };

let pause = 0;
$("search").addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => {
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
