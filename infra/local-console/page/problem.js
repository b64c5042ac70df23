// What went wrong, where everybody sees it.

import { ApiError } from "./api.js";
import { $, tell } from "./dom.js";

/** Shows what went wrong; what another request overtook did not. */
export function problem(error) {
  if (error.name === "AbortError") return;
  // Anything else is a fault of this page.
  if (!(error instanceof ApiError)) console.error(error);
  tell($("problem"), error.status ? `${error.status} ${error.message}` : error.message);
}
