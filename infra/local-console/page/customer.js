// One customer that is open: the date of the figures, what is shown of them, and the writes.

import { ApiError, getDocument, getEnds, getText, getVersion, documentPath } from "./api.js";
import * as chart from "./chart.js";
import { $, h, pause, tell } from "./dom.js";
import { addDays, counted, date, daysBetween, indented, monthsBefore, today } from "./format.js";
import * as figures from "./figures.js";
import { problem } from "./problem.js";
import * as transactions from "./transactions.js";

/** How often the table is asked whether the customer was recalculated: while a write is on its way, and otherwise. */
const SOON = 50;
const LATER = 2_000;
/** How long a write may take before the page says that something else is in the way. */
const PATIENCE = 15_000;
/** How long the date has to rest before what is not seen at once is asked for. */
const REST = 150;

/** A customer whose page is open, from `open` to `close`. */
export class Customer {
  /** What is asked for this customer ends with it. */
  #gone = new AbortController();
  /** The request for the document that is on its way. */
  #asked = null;
  /** Ends with the document that is shown. */
  #shown = null;
  #wake = () => {};
  /** The version of the derived item that is shown, which a recalculation changes. */
  #version = null;
  /** The document that is shown, null if nothing is stored; and the date that it is of. */
  #found = null;
  #foundAsOf = null;
  /** From where to where slider and chart reach. */
  #range = null;
  /** The write that is on its way to the table or through the stream. */
  #pending = null;
  /** Whether everything was shown once. */
  #isOpen = false;
  /** Whether list and chart are those of an earlier version. */
  #isStale = false;
  #onChange;

  /** A date of null is that of today, whatever day that becomes. `onChange` is called when figures may have moved. */
  constructor(profile, asOf, onChange) {
    this.profile = profile;
    this.isToday = asOf === null;
    this.asOf = asOf ?? today();
    this.#onChange = onChange;
  }

  /** Shows the customer, and keeps it up to date. Fails if it cannot be read. */
  async open() {
    document.body.dataset.stored = "unknown";
    $("customer").setAttribute("aria-busy", "true");
    $("profile-id").textContent = this.profile;
    $("written").replaceChildren();
    figures.clear();
    transactions.clear();
    chart.clear();
    const { signal } = this.#gone;
    const version = await getVersion(this.profile, signal);
    await Promise.all([this.#show(), transactions.load(this, signal)]);
    this.#version = version;
    await this.#drawChart();
    $("customer").removeAttribute("aria-busy");
    this.#isOpen = true;
    // A date that was chosen meanwhile is shown by this.
    this.#follow();
  }

  close() {
    this.#gone.abort();
    this.#wake();
  }

  /** Moves the date of the figures; null is today. */
  async moveTo(asOf) {
    this.isToday = asOf === null || asOf === today();
    const next = asOf ?? today();
    if (next === this.asOf) return;
    this.asOf = next;
    if (this.#pending) this.#pending.isDateMoved = true;
    this.#showDate();
    if (this.#isOpen) await this.#show();
  }

  /** The date that a place of the slider stands for. */
  dateAt(place) {
    return addDays(this.#range.from, place);
  }

  /**
   * Makes a write, and shows the figures move as soon as the stream is done with it. `at` is the date of the transaction; `undo`
   * takes the write back. Whether the write was taken: there is only one at a time.
   */
  async write(words, at, request, undo) {
    if (this.#pending) return false;
    this.#pending = { words, at, undo, began: performance.now() };
    $("add-button").setAttribute("aria-disabled", "true");
    this.#say("Writing…");
    try {
      await request();
    } catch (error) {
      this.#end(`Not written: ${transactions.failure(error)}`, undo);
      return false;
    }
    if (this.#gone.signal.aborted) return true;
    this.#pending.isWritten = true;
    this.#say(`${words}. Waiting for the stream…`);
    this.#wake();
    return true;
  }

  #say(...words) {
    if (!this.#gone.signal.aborted) $("written").replaceChildren(...words);
  }

  /** Ends a write with what became of it. */
  #end(words, undo, list = []) {
    this.#pending = null;
    $("add-button").removeAttribute("aria-disabled");
    const back = undo ? h("button", { type: "button", class: "small", onclick: undo }, "Undo") : null;
    this.#say(words, ...(list.length ? [h("ul", {}, ...list)] : []), ...(back ? [" ", back] : []));
    // With the Undo that made the write the focus went.
    if (document.activeElement === document.body) focusWritten();
  }

  /**
   * Asks for the document of the date and shows it. Answers what moved since the one that was shown: null if that was of
   * another date.
   */
  async #show() {
    this.#asked?.abort();
    this.#asked = new AbortController();
    const signal = AbortSignal.any([this.#asked.signal, this.#gone.signal]);
    const { profile, asOf } = this;
    let found = null;
    try {
      found = await getDocument(profile, asOf, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
    const isSameDate = this.#foundAsOf === asOf || !this.#found;
    const moved = isSameDate ? figures.moves(this.#found?.figures, found?.figures) : null;
    this.#found = found;
    this.#foundAsOf = asOf;
    document.body.dataset.stored = found ? "yes" : "no";
    if (!found) {
      figures.clear();
      tell($("nothing"), "Nothing is stored of this customer. A purchase that you add below makes it one.");
      return moved;
    }
    tell($("nothing"), null);
    await this.#setRange();
    figures.show(this, found, this.#pending ? (moved ?? []) : [], signal);
    chart.mark(this.#marks());
    this.#showDate();
    $("curl").textContent = `curl '${location.origin}${documentPath(profile)}?as_of=${asOf}'`;
    this.#shown = signal;
    this.showText();
    return moved;
  }

  /** Lets slider and chart reach from before the first transaction to where today's purchases leave the windows. */
  async #setRange() {
    if (this.#range) return;
    const { first, last } = await getEnds(this.profile, this.#gone.signal);
    this.#range = chart.span(first, last);
    $("slider").max = String(daysBetween(this.#range.from, this.#range.to));
    const isCut = first !== undefined && first < this.#range.from;
    tell($("chart-note"), isCut ? `Chart and slider begin on ${date(this.#range.from)}; what was before is in the totals.` : null);
  }

  #showDate() {
    if (!this.#range) return;
    const days = daysBetween(today(), this.asOf);
    const ago = days < 0 ? `${counted(-days, "day")} ago` : `in ${counted(days, "day")}, if nothing more is bought`;
    const words = days === 0 ? "today" : ago;
    $("as-of").value = this.asOf;
    $("as-of-words").textContent = words;
    $("slider").value = String(daysBetween(this.#range.from, this.asOf));
    $("slider").setAttribute("aria-valuetext", `${date(this.asOf)}, ${words}`);
    $("today").disabled = days === 0;
  }

  /** The document as JSON, if it is looked at. */
  async showText() {
    if (!$("document-details").open || !this.#found) return;
    const signal = this.#shown;
    try {
      await pause(REST, signal);
      $("document").textContent = indented(await getText(this.profile, this.#foundAsOf, signal));
    } catch (error) {
      if (error.name !== "AbortError") $("document").textContent = error.message;
    }
  }

  async #drawChart() {
    if (!this.#found) return;
    await chart.load(this.profile, this.#range, this.#gone.signal);
    chart.mark(this.#marks());
  }

  #marks() {
    const { figures, explanation } = this.#found;
    const asOf = this.#foundAsOf;
    return { asOf, figures, from12: explanation.figures.spend_12m.window.from, from24: monthsBefore(asOf, 24) };
  }

  /** Asks whether the customer was recalculated, again and again until it is closed. */
  async #follow() {
    while (!this.#gone.signal.aborted) {
      try {
        if (!document.hidden || this.#pending) await this.#catchUp();
        tell($("problem"), null);
      } catch (error) {
        problem(error);
      }
      await new Promise((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, this.#pending?.isWritten ? SOON : LATER);
      });
    }
  }

  async #catchUp() {
    const { signal } = this.#gone;
    // Midnight in UTC makes another day today.
    if (this.isToday && this.asOf !== today()) this.asOf = today();
    const version = await getVersion(this.profile, signal);
    // The stream may be done with a write before its answer is here: then the next look reports what moved.
    if (this.#pending && !this.#pending.isWritten) return;
    if (version !== this.#version) {
      this.#range = null;
      const moved = await this.#show();
      this.#version = version;
      this.#isStale = true;
      if (this.#pending?.isWritten) this.#report(moved);
    } else if (this.#foundAsOf !== this.asOf) await this.#show();
    else this.#showDate();
    if (this.#isStale) {
      const [isFocusLost] = await Promise.all([transactions.load(this, signal), this.#drawChart()]);
      if (isFocusLost) focusWritten();
      this.#isStale = false;
      this.#onChange();
    }
    if (this.#pending?.isWritten && performance.now() - this.#pending.began > PATIENCE) {
      const { words, undo } = this.#pending;
      this.#end(`${words}. The stream is busy with something else; the figures move when it comes to this customer.`, undo);
    }
  }

  #report(moved) {
    const { words, at, began, undo, isDateMoved } = this.#pending;
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    const later = at > this.asOf ? `, since ${date(at)} is after ${date(this.asOf)}: move the date to see them move` : "";
    let summary = `No figure moved${later}.`;
    if (isDateMoved || moved === null) summary = "The date was moved meanwhile, so this page cannot tell which figures the write moved.";
    else if (moved.length) summary = `${counted(moved.length, "figure")} moved:`;
    const list = (isDateMoved ? [] : (moved ?? [])).map((move) =>
      h("li", {}, h("span", { class: "name" }, move.figure.name), ` ${move.before} → `, h("strong", {}, move.after)),
    );
    this.#end(`${words}. The stream was done after ${seconds} s. ${summary}`, undo, list);
  }
}

/** Puts the focus where the last write is reported. */
function focusWritten() {
  ($("written").querySelector("button") ?? $("written")).focus({ preventScroll: true });
}
