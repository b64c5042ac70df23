// Spend over time, with the two windows that end on the date of the figures.

import uPlot from "./vendor/uPlot.esm.js";
import { getHistory } from "./api.js";
import { $, h } from "./dom.js";
import { addDays, amount, count, counted, date, daysBetween, toDate, today } from "./format.js";

/** What one answer of a history holds at most. */
const MOST_STEPS = 400;
/** How many answers are asked for to show every day; longer spans have a point for each week or month. */
const MOST_ANSWERS = 4;
const HEIGHT = 300;

let plot = null;
let history = [];
let marks = null;
let pick = () => {};

/** What is told when a date is picked on the chart. */
export function start(onPick) {
  pick = onPick;
}

/**
 * The dates that chart and slider span, for the dates of the first and last transaction: from before the first one, or what the
 * windows of today reach, to 13 months after the last one, when it has left the window of 12. A chart holds 32 years; what is
 * longer begins later, and ends in 32 years from now at most.
 */
export function span(first, last) {
  const now = today();
  const longest = (MOST_STEPS - 1) * 30;
  const end = addDays(last > now ? last : now, 396);
  const latest = addDays(now, longest - 762);
  const to = end < latest ? end : latest;
  const begin = addDays(first < now ? first : now, -31);
  const reach = addDays(now, -762);
  const wanted = begin < reach ? begin : reach;
  const earliest = addDays(to, -longest);
  return { from: wanted < earliest ? earliest : wanted, to };
}

function step({ from, to }) {
  const days = daysBetween(from, to);
  if (days < MOST_STEPS * MOST_ANSWERS) return "day";
  return days / 7 < MOST_STEPS - 1 ? "week" : "month";
}

async function ask(profile, { from, to }, unit, signal) {
  if (unit !== "day") return getHistory(profile, from, to, unit, signal);
  const parts = [];
  for (let first = from; first <= to; first = addDays(first, MOST_STEPS)) {
    const last = addDays(first, MOST_STEPS - 1);
    parts.push(getHistory(profile, first, last < to ? last : to, unit, signal));
  }
  return (await Promise.all(parts)).flat();
}

/** Asks for the figures of all dates and draws them. */
export async function load(profile, range, signal) {
  const found = await ask(profile, range, step(range), signal);
  signal.throwIfAborted();
  history = found;
  draw();
  fillTable();
}

/** Moves date and windows: `asOf`, `from12` and `from24` are dates, `figures` those of `asOf`. */
export function mark(next) {
  marks = next;
  describe();
  readout(null);
  plot?.redraw(false);
}

/** Nothing to draw. */
export function clear() {
  history = [];
  marks = null;
  plot?.destroy();
  plot = null;
}

const seconds = (iso) => toDate(iso).getTime() / 1000;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw() {
  plot?.destroy();
  const box = $("chart");
  const data = [
    history.map((entry) => seconds(entry.as_of)),
    history.map((entry) => Number(entry.spend_all)),
    history.map((entry) => Number(entry.spend_12m)),
  ];
  const stepped = uPlot.paths.stepped({ align: 1 });
  const axis = {
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  const options = {
    width: box.clientWidth || 600,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_plot, low, high) => bounds(low, high) } },
    axes: [axis, { ...axis, size: 72, values: (_plot, ticks) => ticks.map(count) }],
    series: [
      {},
      // Wider, so that it shows where both are the same.
      { stroke: colour("--all"), width: 5, paths: stepped, points: { show: false } },
      { stroke: colour("--year"), width: 2, paths: stepped, points: { show: false } },
    ],
    hooks: { drawClear: [drawWindows], draw: [drawDates], setCursor: [(plot) => readout(plot.cursor.idx)] },
  };
  plot = new uPlot(options, data, box);
  plot.over.addEventListener("click", () => {
    const at = plot.posToVal(plot.cursor.left, "x");
    pick(new Date(at * 1000).toISOString().slice(0, 10));
  });
}

function bounds(low, high) {
  const bottom = Math.min(0, low ?? 0);
  const top = Math.max(1, high ?? 1);
  // Room for the names of the windows.
  return [bottom - (top - bottom) * (bottom < 0 ? 0.05 : 0), top + (top - bottom) * 0.22];
}

function drawWindows(plot) {
  if (!marks) return;
  const { ctx, bbox } = plot;
  const line = 18 * devicePixelRatio;
  const windows = [
    ["24 months", marks.from24, "--window-24", 0],
    ["12 months", marks.from12, "--window-12", line],
  ];
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  for (const [name, from, fill, offset] of windows) {
    const left = plot.valToPos(seconds(from), "x", true);
    const right = plot.valToPos(seconds(marks.asOf) + 86_400, "x", true);
    ctx.fillStyle = colour(fill);
    ctx.fillRect(left, bbox.top + offset, right - left, bbox.height - offset);
    ctx.fillStyle = colour("--text");
    ctx.fillText(name, Math.max(left, bbox.left) + 4 * devicePixelRatio, bbox.top + offset + 3 * devicePixelRatio);
  }
  ctx.restore();
}

function drawDates(plot) {
  if (!marks) return;
  const { ctx, bbox } = plot;
  const vertical = (iso, name, dash, stroke) => {
    const x = Math.round(plot.valToPos(seconds(iso), "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    ctx.strokeStyle = stroke;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillStyle = stroke;
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    const room = bbox.left + bbox.width - x;
    const width = ctx.measureText(name).width + 8 * devicePixelRatio;
    const isRight = room >= width;
    ctx.textAlign = isRight ? "left" : "right";
    ctx.textBaseline = "top";
    // On the left are the names of the windows.
    ctx.fillText(name, x + (isRight ? 4 : -4) * devicePixelRatio, bbox.top + (isRight ? 3 : 39) * devicePixelRatio);
  };
  ctx.save();
  // What comes after the date does not count.
  const right = plot.valToPos(seconds(marks.asOf) + 86_400, "x", true);
  ctx.globalAlpha = 0.65;
  ctx.fillStyle = colour("--panel");
  const left = Math.min(Math.max(right, bbox.left), bbox.left + bbox.width);
  // A line at the bottom is as wide as it is.
  ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left, bbox.height + 3 * devicePixelRatio);
  ctx.globalAlpha = 1;
  if (marks.asOf !== today()) vertical(today(), "today", [4, 4], colour("--quiet"));
  vertical(marks.asOf, date(marks.asOf), [], colour("--text"));
  ctx.restore();
}

/** Says in words what the chart shows at the cursor, or at the date of the figures. */
function readout(index) {
  if (!marks) return;
  const entry = history[index] ?? { as_of: marks.asOf, ...marks.figures };
  $("readout").textContent =
    `${date(entry.as_of)}: all time ${amount(entry.spend_all)}, 12 months ${amount(entry.spend_12m)}, ` +
    `${counted(entry.shop_count, "purchase")}. A click moves the date.`;
}

function describe() {
  const { spend_all: all, spend_12m: year } = marks.figures;
  $("chart").setAttribute(
    "aria-label",
    `Spend over time. On ${date(marks.asOf)}: all time ${amount(all)}, 12 months ${amount(year)}. The window of 12 months begins on ${date(marks.from12)}, ` +
      `that of 24 months on ${date(marks.from24)}.`,
  );
}

/** The last figures of each month. */
function fillTable() {
  const months = new Map();
  for (const entry of history) if (entry.as_of <= today()) months.set(entry.as_of.slice(0, 7), entry);
  const rows = [...months.values()].reverse().map((entry) =>
    h("tr", {}, h("th", { scope: "row" }, date(entry.as_of)), ...[amount(entry.spend_all), amount(entry.spend_12m), count(entry.shop_count)]
      .map((text) => h("td", { class: "number" }, text))),
  );
  $("chart-table").tBodies[0].replaceChildren(...rows);
}

new ResizeObserver(() => {
  const width = $("chart").clientWidth;
  if (plot && width && width !== plot.width) plot.setSize({ width, height: HEIGHT });
}).observe($("chart"));

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (history.length) draw();
});
