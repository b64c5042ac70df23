// The figures of a customer: at a glance, one by one, and what moved.

import { getFigure } from "./api.js";
import { $, h, pause, tell } from "./dom.js";
import { amount, count, counted, date, daysBetween, instant } from "./format.js";
import { FIGURES, figure, inWords, meaning, shown } from "./words.js";

/** How long the date has to rest before it is asked what segments change to. */
const REST = 150;
const SEGMENT_FIGURES = ["dimension_frequency", "dimension_recency", "dimension_join", "channel"];

/** What differs between two documents: `{ figure, before, after }` in words. */
export function moves(before, after) {
  return FIGURES.filter((figure) => figure.field)
    .map((figure) => ({
      figure,
      before: shown(figure, before?.[figure.field]),
      after: shown(figure, after?.[figure.field]),
    }))
    .filter((move) => move.before !== move.after);
}

/** Shows a document of a customer. What `moved` is marked with the value before. */
export function show({ profile, asOf }, found, moved, signal) {
  const before = new Map(moved.map((move) => [move.figure.field, move.before]));
  tiles(found.figures, before);
  segmentCards(profile, found, before, signal);
  table(found, before);
  notes(asOf, found);
  setAside(found.explanation.set_aside);
}

/** Shows nothing. */
export function clear() {
  for (const id of ["tiles", "segment-cards", "notes"]) $(id).replaceChildren();
  $("figures").tBodies[0].replaceChildren();
  $("freshness").textContent = "";
  setAside({ count: 0, listed: [] });
}

function was(field, before) {
  return before.has(field) ? h("span", { class: "was" }, `was ${before.get(field)}`) : null;
}

function tiles(figures, before) {
  const tile = (field, name, note) =>
    h(
      "div",
      { class: before.has(field) ? "tile moved" : "tile", "data-tile": field },
      h("dt", {}, name),
      h("dd", {}, h("span", { class: "value" }, shown(figure(field), figures[field])), was(field, before), note ? h("span", { class: "quiet" }, note) : null),
    );
  const average = figures.shop_days === null ? null : `every ${counted(figures.shop_days, "day")} on average`;
  const last = figures.latest_shop_date;
  $("tiles").replaceChildren(
    tile("spend_12m", "Spend, 12 months", perPurchase(figures.spend_atv_12m)),
    tile("spend_all", "Spend, all time", perPurchase(figures.spend_atv_all)),
    tile("shop_count", "Purchases", average),
    tile("latest_shop_date", "Last purchase", last && figures.at_risk_date ? `at risk from ${date(figures.at_risk_date)}` : null),
  );
}

function perPurchase(value) {
  return value === null ? null : `${amount(value)} a purchase`;
}

function segmentCards(profile, { figures, explanation }, before, signal) {
  const cards = SEGMENT_FIGURES.map((field) => {
    const code = figures[field];
    const changesOn = explanation.changes_on[field];
    const change = h("span", { class: "quiet" }, changesOn ? `until ${date(changesOn)}` : stays(code));
    if (changesOn) name(profile, field, changesOn, change, signal);
    return h(
      "div",
      { class: before.has(field) ? "card moved" : "card", "data-segment-of": field },
      h("dt", {}, figure(field).name),
      h("dd", {}, h("span", { class: "code" }, code ?? "none"), " ", h("span", {}, code ? inWords(code) : unknown(field)), was(field, before), change),
    );
  });
  $("segment-cards").replaceChildren(...cards);
}

function unknown(field) {
  return field === "dimension_join" ? "the join date is not known" : "no purchase names one";
}

function stays(code) {
  return code ? "stays as it is unless something is bought or edited" : "";
}

/** Adds what the segment will be: the API says when, and as of then, what. */
async function name(profile, field, changesOn, element, signal) {
  try {
    // While the date is being moved, nobody reads it.
    await pause(REST, signal);
    const code = await getFigure(profile, changesOn, field, signal);
    const words = code === null ? "none" : `${code}, ${inWords(code)}`;
    element.textContent = `on ${date(changesOn)} by itself: ${words}`;
  } catch (error) {
    // The date alone stays. The customer may have been deleted meanwhile.
    if (error.name !== "AbortError" && error.status !== 404) console.warn(error);
  }
}

function table({ figures, explanation }, before) {
  const rows = FIGURES.map((entry) => {
    if (entry.title) return h("tr", { class: "group" }, h("th", { colspan: "4", scope: "colgroup" }, entry.title));
    const { field } = entry;
    const changesOn = explanation.changes_on[field];
    return h(
      "tr",
      { class: before.has(field) ? "moved" : null, "data-figure": field },
      h("th", { scope: "row" }, entry.name, h("code", {}, field)),
      h("td", { class: "value" }, shown(entry, figures[field]), was(field, before)),
      h("td", {}, meaning(field, explanation), facts(explanation.figures[field])),
      h("td", {}, changesOn === undefined ? "" : changesOn ? date(changesOn) : "no"),
    );
  });
  $("figures").tBodies[0].replaceChildren(...rows);
}

/** What the rule was applied to. */
function facts(reason) {
  if (!reason) return null;
  const parts = [];
  if (reason.window) parts.push(`window ${date(reason.window.from)} to ${date(reason.window.to)}`);
  if (reason.transactions !== undefined) parts.push(counted(reason.transactions, "transaction"));
  if (reason.purchases !== undefined) parts.push(counted(reason.purchases, "purchase"));
  if (reason.first_purchase && reason.last_purchase) {
    parts.push(`${date(reason.first_purchase)} to ${date(reason.last_purchase)}`);
  } else if (reason.last_purchase) parts.push(`last purchase on ${date(reason.last_purchase)}`);
  if (reason.days !== undefined && reason.days !== null) parts.push(counted(reason.days, "day"));
  if (reason.joined_on) parts.push(`joined on ${date(reason.joined_on)}`);
  if (reason.sources) {
    const named = Object.entries(reason.sources).map(([source, country]) => `${source.replaceAll("_", " ")}: ${country ?? "none"}`);
    parts.push(named.join("; "));
  }
  return parts.length ? h("span", { class: "facts quiet" }, parts.join(" · ")) : null;
}

function notes(asOf, found) {
  const calculated = found.calculatedAt ? `calculated ${instant(found.calculatedAt)} UTC` : "";
  $("freshness").textContent = calculated;
  const warnings = [];
  if (found.incomplete) warnings.push(`Incomplete (${found.incomplete}): newer changes may be missing from these figures.`);
  const { spend_last_date: last } = found.figures;
  if (!last) warnings.push(`Nothing was bought up to ${date(asOf)}.`);
  else if (daysBetween(last.slice(0, 10), asOf) > 730) {
    warnings.push(`The last transaction was on ${date(last.slice(0, 10))}, before both windows.`);
  }
  $("notes").replaceChildren(...warnings.map((text) => h("p", { class: "note" }, text)));
}

function setAside({ count: number, listed }) {
  $("set-aside").hidden = number === 0;
  tell($("set-aside-state"), number ? `${counted(number, "transaction")} of this customer cannot be counted until corrected:` : null);
  const items = listed.map(({ key, reason }) => h("li", {}, h("code", {}, key), " ", reason));
  if (number > listed.length) items.push(h("li", {}, `and ${count(number - listed.length)} more`));
  $("set-aside-list").replaceChildren(...items);
}
