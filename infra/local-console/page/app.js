// The console: which customer and date the address names, and the controls of the page.

import { getProfiles } from "./api.js";
import * as chart from "./chart.js";
import { Customer } from "./customer.js";
import * as customers from "./customers.js";
import { $, tell } from "./dom.js";
import { calendarDate, today } from "./format.js";
import { problem } from "./problem.js";
import * as transactions from "./transactions.js";

/** How often the list is asked for again. */
const REFRESH = 5_000;

/** The customer that is open, if one is. */
let open = null;

/** Opens what the address names: `#/PROFILE` or `#/PROFILE/DATE`. Other addresses are places on the page. */
async function route() {
  if (location.hash && !location.hash.startsWith("#/")) return;
  const { profile, asOf } = customers.named();
  customers.markCurrent();
  try {
    if (!profile) showAll();
    else if (open?.profile === profile) await open.moveTo(asOf);
    else await openCustomer(profile, asOf);
  } catch (error) {
    problem(error);
  }
}

function show(isCustomer) {
  document.body.dataset.view = isCustomer ? "customer" : "list";
  $("customer").hidden = !isCustomer;
  $("welcome").hidden = isCustomer;
  $("overview").hidden = isCustomer;
  tell($("problem"), null);
}

function showAll() {
  open?.close();
  open = null;
  document.title = "Profile aggregations";
  show(false);
  customers.refresh();
}

async function openCustomer(profile, asOf) {
  open?.close();
  const customer = new Customer(profile, asOf, customers.refreshSoon);
  open = customer;
  document.title = `${profile} · Profile aggregations`;
  show(true);
  scrollTo(0, 0);
  $("profile-id").focus({ preventScroll: true });
  try {
    await customer.open();
  } catch (error) {
    if (open !== customer) return;
    // No profile can have such an id, or nobody answers: there is nothing to show.
    showAll();
    throw error;
  }
}

/** Moves the date, and the address with it. */
function moveTo(asOf) {
  if (!open) return;
  const isToday = asOf === today();
  history.replaceState(null, "", customers.href(open.profile, isToday ? null : asOf));
  open.moveTo(isToday ? null : asOf).catch(problem);
}

/** Opens the one customer that is searched for, or else the one whose id is typed. */
async function find(event) {
  event.preventDefault();
  const search = customers.searched();
  if (!search) return;
  try {
    const { profiles, matching } = await getProfiles({ search, limit: 200 });
    const isExact = profiles.some((profile) => profile.profile_id === search);
    if (isExact || matching === 0) location.hash = customers.href(search);
    else if (matching === 1) location.hash = customers.href(profiles[0].profile_id);
    else await customers.focusFirst();
  } catch (error) {
    problem(error);
  }
}

$("find").addEventListener("submit", find);
$("slider").addEventListener("input", (event) => moveTo(open.dateAt(Number(event.target.value))));
$("as-of").addEventListener("change", (event) => event.target.value && moveTo(calendarDate(event.target.value)));
$("today").addEventListener("click", () => moveTo(today()));
$("document-details").addEventListener("toggle", () => open?.showText());
addEventListener("hashchange", route);
chart.start(moveTo);
transactions.start(() => open);

await Promise.all([route(), customers.refresh()]);
setInterval(() => document.hidden || customers.refresh(), REFRESH);
document.body.dataset.ready = "yes";
