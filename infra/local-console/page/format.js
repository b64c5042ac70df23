// Numbers and dates as people read them.

const page = document.documentElement.dataset;

const amounts = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const counts = new Intl.NumberFormat("en", { maximumFractionDigits: 4 });

/** JSON whose numbers stay exact: one that a JavaScript number would change is kept as its text, where the browser tells it. */
export function parseExact(text) {
  return JSON.parse(text, (_key, value, context) => {
    const source = typeof value === "number" ? context?.source : undefined;
    return source !== undefined && String(value) !== source ? source : value;
  });
}

/** JSON with one member a line, whose numbers are as they came. */
export function indented(text) {
  // A browser that cannot keep numbers as they came shows those that it can.
  if (!JSON.rawJSON) return JSON.stringify(JSON.parse(text), null, 2);
  const exact = (_key, value, context) => (typeof value === "number" ? JSON.rawJSON(context.source) : value);
  return JSON.stringify(JSON.parse(text, exact), null, 2);
}

/** An amount, in the currency of the figures if there is one. */
export function amount(value) {
  const text = amounts.format(value);
  return page.currency ? `${text} ${page.currency}` : text;
}

/** A whole number, or one that is no amount. */
export function count(value) {
  return counts.format(value);
}

/** `1 purchase`, `2 purchases`. */
export function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** `YYYY-MM-DD` as a `Date` at midnight UTC, also for years before 100. */
export function toDate(iso) {
  const [year, month, day] = iso.split("-").map(Number);
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date;
}

/** A `Date` as `YYYY-MM-DD`. */
export function toIso(date) {
  return date.toISOString().slice(0, 10);
}

/** `YYYY-MM-DD` if it is a date of the calendar, else null. */
export function calendarDate(text) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text ?? "") || text < "0001-01-01") return null;
  const date = toDate(text);
  return !Number.isNaN(date.getTime()) && toIso(date) === text ? text : null;
}

/** The date of today in UTC, which is the one that the figures know. */
export function today() {
  return toIso(new Date());
}

/** The date that is a number of days away, within the years that the API knows. */
export function addDays(iso, days) {
  const date = toDate(iso);
  date.setUTCDate(date.getUTCDate() + days);
  if (date.getUTCFullYear() < 1) return "0001-01-01";
  return date.getUTCFullYear() > 9999 ? "9999-12-31" : toIso(date);
}

/** The same day some calendar months before, or the last one of its month. */
export function monthsBefore(iso, months) {
  const date = toDate(iso);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() - months);
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return date.getUTCFullYear() < 1 ? "0001-01-01" : toIso(date);
}

/** Days from one date to another. */
export function daysBetween(from, to) {
  return Math.round((toDate(to) - toDate(from)) / 86_400_000);
}

const dates = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** `7 Dec 2020`. */
export function date(iso) {
  return dates.format(toDate(iso));
}

/** `7 Dec 2020, 13:04` of `2020-12-07 13:04:30` or `2020-12-07T13:04:30Z`. */
export function instant(text) {
  return `${date(text.slice(0, 10))}, ${text.slice(11, 16)}`;
}
