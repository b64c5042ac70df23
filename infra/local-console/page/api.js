// Everything that the page asks: the public API, the DynamoDB API, and two reads of the local stack.

import { parseExact } from "./format.js";

const page = document.documentElement.dataset;
const TABLE = page.tableName;

/** An answer that is an error, in the words of whoever answered. */
export class ApiError extends Error {
  constructor(status, message, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The local stack does not answer. Is it still running?");
  }
  const text = await answer.text();
  let body;
  try {
    body = parseExact(text);
  } catch {
    body = { detail: text };
  }
  if (!answer.ok) {
    const message = body.detail ?? body.message ?? body.Message ?? answer.statusText;
    throw new ApiError(answer.status, message, body.__type?.split("#").pop());
  }
  return { body, text, headers: answer.headers };
}

/** The path of a profile's document. */
export function documentPath(profile, query) {
  const path = `/profiles/${encodeURIComponent(profile)}/aggregations`;
  return query ? `${path}?${query}` : path;
}

/** A profile's document as of a date, with the reasons of its figures. */
export async function getDocument(profile, asOf, signal) {
  const query = new URLSearchParams({ as_of: asOf, fields: "all", explain: "true" });
  const { body, headers } = await ask(documentPath(profile, query), { signal });
  // Deployments may wrap documents; so may the local stack.
  const document = page.envelope === "data" ? body.data : body;
  const { explanation, ...figures } = document;
  return {
    figures,
    explanation,
    calculatedAt: headers.get("aggregations-calculated-at"),
    incomplete: headers.get("aggregations-incomplete"),
  };
}

/** One figure on another date. */
export async function getFigure(profile, asOf, field, signal) {
  const query = new URLSearchParams({ as_of: asOf, fields: field });
  const { body } = await ask(documentPath(profile, query), { signal });
  return (page.envelope === "data" ? body.data : body)[field];
}

/** The document without reasons, as the text that the API answers. */
export async function getText(profile, asOf) {
  const { text } = await ask(documentPath(profile, `as_of=${asOf}`));
  return text;
}

/** The figures on many dates, oldest first. */
export async function getHistory(profile, from, to, step) {
  const query = new URLSearchParams({ from, to, step });
  const path = `/profiles/${encodeURIComponent(profile)}/aggregations/history?${query}`;
  const { body } = await ask(path);
  return (page.envelope === "data" ? (body.data ?? body) : body).history;
}

/** A part of the list of stored profiles. */
export async function getProfiles(query, signal) {
  return (await ask(`/_local/profiles?${new URLSearchParams(query)}`, { signal })).body;
}

/** How many customers are in each segment. */
export async function getSegments() {
  return (await ask("/_local/segments")).body;
}

async function dynamodb(operation, parameters) {
  const { body } = await ask("/_local/dynamodb", {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `DynamoDB_20120810.${operation}` },
    body: JSON.stringify({ TableName: TABLE, ...parameters }),
  });
  return body;
}

function key(profile, sk) {
  return { pk: { S: `PROFILE#${profile}` }, sk: { S: sk } };
}

/** The version of a profile's derived item, which each recalculation changes; null if there is none. */
export async function getVersion(profile) {
  const { Item } = await dynamodb("GetItem", {
    Key: key(profile, "AGG"),
    ProjectionExpression: "version",
    ConsistentRead: true,
  });
  return Item?.version?.S ?? null;
}

/** The name of a location, or null if none is stored. */
export async function getLocationName(id) {
  const { Item } = await dynamodb("GetItem", {
    Key: { pk: { S: `LOCATION#${id}` }, sk: { S: "LOCATION" } },
    ProjectionExpression: "#name",
    ExpressionAttributeNames: { "#name": "name" },
  });
  return Item?.name?.S ?? null;
}

/** Some transactions of a profile, newest first, and where the older ones begin. */
export async function getTransactions(profile, after) {
  const { Items, LastEvaluatedKey } = await dynamodb("Query", {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :transaction)",
    ExpressionAttributeValues: { ":pk": { S: `PROFILE#${profile}` }, ":transaction": { S: "TXN#" } },
    ScanIndexForward: false,
    ConsistentRead: true,
    Limit: 10,
    ...(after ? { ExclusiveStartKey: after } : {}),
  });
  return { items: Items, next: LastEvaluatedKey };
}

/** Writes a transaction that is not there yet. */
export async function putTransaction(item) {
  await dynamodb("PutItem", { Item: item, ConditionExpression: "attribute_not_exists(pk)" });
}

/** Deletes a transaction. */
export async function deleteTransaction(item) {
  await dynamodb("DeleteItem", { Key: { pk: item.pk, sk: item.sk }, ConditionExpression: "attribute_exists(pk)" });
}
