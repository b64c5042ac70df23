// Reads a running stack with a client whose types `openapi-typescript` made of infra/openapi.yaml, as a web page would:
//
//   client.js URL ENVELOPE
//
// `tsc --strict` checks this file; tests/openapi-clients.sh checks the responses themselves against the types.
import createClient from "openapi-fetch";
import type { components, paths } from "./description.js";

type Schemas = components["schemas"];
// A document with all of its fields is one with some of them, too.
type Document = Schemas["SelectedAggregations"];
type Body = Document | Schemas["Aggregations"] | Schemas["AggregationsInEnvelope"] | Schemas["SelectedAggregationsInEnvelope"];

const [url, envelope] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url });
const example = "922fafaf-1115-2221-a33-fed3333397";

function expect(what: string, holds: boolean): void {
  if (!holds) {
    throw new Error(`expected ${what}`);
  }
}

async function read(profileId: string, as_of?: string, fields?: string) {
  return client.GET("/profiles/{profileId}/aggregations", {
    params: { path: { profileId }, query: { as_of, fields } },
  });
}

// What a caller makes of a 200, with the envelope or without.
function document(body: Body): Document {
  expect(`the envelope ${envelope}`, "data" in body === (envelope === "data"));
  return "data" in body ? body.data : body;
}

const published = await read(example, "2020-12-08");
expect("a 200 with as_of", published.response.status === 200 && published.data !== undefined);
const then = document(published.data!);
expect("the spending of the published example", then.spend_12m === 2000 && then.dimension_recency === "RC");
expect("its store", then.store_join?.name === "Omneo Store" && then.store_join.normal_hours.length === 0);
expect("its brands", then.purchased_brands?.join() === "transaction-created");

const today = await read(example);
expect("a 200 without as_of", today.response.status === 200 && today.data !== undefined);
expect("the same profile today", document(today.data!).spend_all === then.spend_all);

const some = await read(example, "2020-12-08", "spend_12m,latest_shop_date");
const selected = document(some.data!);
expect("the fields that are named", selected.spend_12m === 2000 && selected.latest_shop_date === "2020-12-07");
expect("no other field", Object.keys(selected).length === 3);

const history = await client.GET("/profiles/{profileId}/aggregations/history", {
  params: { path: { profileId: example }, query: { from: "2020-12-06", to: "2020-12-08" } },
});
const dates = "data" in history.data! ? history.data.data.history : history.data!.history;
expect("three dates", dates.map((entry) => entry.shop_count).join() === "0,1,1");

const unknown = await read("nobody");
expect("a 404", unknown.response.status === 404 && unknown.data === undefined);
expect("a problem", unknown.error !== undefined && "status" in unknown.error && unknown.error.status === 404);

const invalid = await read(example, "yesterday");
expect("a 400", invalid.response.status === 400);
expect("a problem that names as_of", invalid.error !== undefined && "detail" in invalid.error && invalid.error.detail.includes("as_of"));
