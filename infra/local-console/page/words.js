// Figures and segments in words.

import { amount, count, instant, date } from "./format.js";

/** The figures in the order of the page: what each is called, and how its value is shown. */
export const FIGURES = [
  { title: "Spend" },
  { field: "spend_12m", name: "Spend, 12 months", show: amount },
  { field: "spend_all", name: "Spend, all time", show: amount },
  { field: "spend_atv_12m", name: "Per purchase, 12 months", show: amount },
  { field: "spend_atv_all", name: "Per purchase, all time", show: amount },
  { field: "latest_shop_spend", name: "Spend of the last shopping date", show: amount },
  { title: "How often" },
  { field: "shop_count", name: "Purchases", show: count },
  { field: "total_shop_days", name: "Shopping dates", show: count },
  { field: "shop_days", name: "Days between purchases", show: count },
  { field: "average_shop_days", name: "Days between shopping dates", show: count },
  { field: "spend_first_date", name: "First transaction", show: instant },
  { field: "spend_last_date", name: "Last transaction", show: instant },
  { field: "first_shop_date", name: "First shopping date", show: date },
  { field: "second_shop_date", name: "Second shopping date", show: date },
  { field: "previous_shop_date", name: "Last shopping date but one", show: date },
  { field: "latest_shop_date", name: "Last shopping date", show: date },
  { field: "first_shop_days", name: "Days from joining to the first", show: count },
  { field: "second_shop_days", name: "Days from the first to the second", show: count },
  { field: "latest_shop_days", name: "Days between the last two", show: count },
  { field: "at_risk_date", name: "At risk from", show: date },
  { title: "Segments" },
  { field: "dimension_frequency", name: "Frequency", show: segment },
  { field: "dimension_recency", name: "Recency", show: segment },
  { field: "dimension_join", name: "Membership", show: segment },
  { field: "channel", name: "Channel", show: segment },
  { field: "join_day", name: "Weekday of joining", show: String },
  { title: "Where and what" },
  { field: "store_join", name: "Store of the first purchase", show: store },
  { field: "most_transacted_location", name: "Store of most purchases", show: store },
  { field: "latest_transacted_location", name: "Store of the last shopping date", show: store },
  { field: "transacted_locations", name: "All stores, by id", show: list },
  { field: "likely_country", name: "Likely country", show: String },
  { field: "likely_country_score", name: "Its score", show: count },
  { field: "purchased_brands", name: "Brands", show: list },
];

// The further fields that the API explains no reason for.
const MEANINGS = {
  latest_shop_spend: "Net total of the last shopping date.",
  total_shop_days: "Dates with at least one purchase.",
  average_shop_days: "Days from the first to the last shopping date over their number; none with fewer than three.",
  first_shop_date: "The first date with a purchase.",
  second_shop_date: "The second one.",
  previous_shop_date: "The last one but one.",
  latest_shop_date: "The last one.",
  first_shop_days: "Negative if the customer bought before joining.",
  second_shop_days: "From the first shopping date to the second.",
  latest_shop_days: "From the last shopping date but one to the last.",
  at_risk_date: "Last shopping date plus three times the average; none with fewer than three.",
  join_day: "Of the join date.",
  latest_transacted_location: "Most purchases on the last shopping date on which a purchase has a location.",
  transacted_locations: "Every location of a purchase.",
};

/** What a figure means. */
export function meaning(field, explanation) {
  return explanation?.figures?.[field]?.rule ?? MEANINGS[field] ?? "";
}

/** A value in words; `none` if there is none. */
export function shown(figure, value) {
  if (value === null || value === undefined) return "none";
  return Array.isArray(value) && value.length === 0 ? "none" : figure.show(value);
}

/** The figure of a field. */
export function figure(field) {
  return FIGURES.find((figure) => figure.field === field);
}

const SEGMENT_WORDS = {
  F0: "no purchase",
  F1: "one purchase",
  F2: "two purchases",
  FH: "30 days or less between purchases",
  FL: "more than 30 days between purchases",
  R0: "never bought",
  RC: "last purchase within 3 months",
  RS: "last purchase 3 to 6 months ago",
  RA: "last purchase 6 to 12 months ago",
  RI: "last purchase over 12 months ago",
  JN: "joined within 90 days",
  JC: "joined 91 to 365 days ago",
  CF: "point of sale only",
  CO: "website only",
  CM: "point of sale and website",
};

/** The dimensions of segments: what each is called, and what it is in the list's query. */
export const DIMENSIONS = [
  { field: "dimension_frequency", filter: "frequency", name: "Frequency" },
  { field: "dimension_recency", filter: "recency", name: "Recency" },
  { field: "dimension_join", filter: "join", name: "Membership" },
];

/** What the code of a segment says. */
export function inWords(code) {
  const years = /^J(\d+)$/.exec(code);
  if (years) return `joined ${count(years[1] * 365 + 1)} to ${count((Number(years[1]) + 1) * 365)} days ago`;
  return SEGMENT_WORDS[code] ?? "unknown";
}

function segment(code) {
  return `${code}: ${inWords(code)}`;
}

/** A location by its name, or else its id. */
export function store(location) {
  return location.name ?? `location ${location.id}`;
}

function list(values) {
  return values.join(", ");
}
