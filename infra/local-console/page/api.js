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

/** Asks; fails with an `AbortError` if the signal says that nobody needs the answer any more. */
async function ask(path, options = {}) {
  let answer;
  let text;
  try {
    answer = await fetch(path, { cache: "no-store", ...options });
    text = await answer.text();
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new ApiError(0, "The local stack does not answer. Is it still running?");
  }
  options.signal?.throwIfAborted();
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

/** What the public API answers, without the envelope that a deployment may have, and so the local stack. */
async function askApi(path, query, signal) {
  const { body, text, headers } = await ask(`${path}?${new URLSearchParams(query)}`, { signal });
  return { document: page.envelope === "data" ? (body.data ?? body) : body, text, headers };
}

/** The path of a profile's document. */
export function documentPath(profile) {
  return `/profiles/${encodeURIComponent(profile)}/aggregations`;
}

/** A profile's document as of a date, with the reasons of its figures. */
export async function getDocument(profile, asOf, signal) {
  const query = { as_of: asOf, fields: "all", explain: "true" };
  const { document, headers } = await askApi(documentPath(profile), query, signal);
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
  const { document } = await askApi(documentPath(profile), { as_of: asOf, fields: field }, signal);
  return document[field];
}

/** The document without reasons, as the text that the API answers. */
export async function getText(profile, asOf, signal) {
  return (await askApi(documentPath(profile), { as_of: asOf }, signal)).text;
}

/** The figures on many dates, oldest first. */
export async function getHistory(profile, from, to, step, signal) {
  const { document } = await askApi(`${documentPath(profile)}/history`, { from, to, step }, signal);
  return document.history;
}

/** A part of the list of stored profiles. */
export async function getProfiles(query, signal) {
  return (await ask(`/_local/profiles?${new URLSearchParams(query)}`, { signal })).body;
}

/** How many customers are in each segment. */
export async function getSegments() {
  return (await ask("/_local/segments")).body;
}

async function dynamodb(operation, parameters, signal) {
  const { body } = await ask("/_local/dynamodb", {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `DynamoDB_20120810.${operation}` },
    body: JSON.stringify({ TableName: TABLE, ...parameters }),
    signal,
  });
  return body;
}

function key(profile, sk) {
  return { pk: { S: `PROFILE#${profile}` }, sk: { S: sk } };
}

/** The version of a profile's derived item, which each recalculation changes; null if there is none. */
export async function getVersion(profile, signal) {
  const parameters = { Key: key(profile, "AGG"), ProjectionExpression: "version", ConsistentRead: true };
  const { Item } = await dynamodb("GetItem", parameters, signal);
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
export async function getTransactions(profile, number, after, signal) {
  const parameters = {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :transaction)",
    ExpressionAttributeValues: { ":pk": { S: `PROFILE#${profile}` }, ":transaction": { S: "TXN#" } },
    ScanIndexForward: false,
    ConsistentRead: true,
    Limit: number,
    ...(after ? { ExclusiveStartKey: after } : {}),
  };
  const { Items, LastEvaluatedKey } = await dynamodb("Query", parameters, signal);
  return { items: Items, next: LastEvaluatedKey };
}

/** The dates of a profile's first and last transaction; undefined if it has none. Keys without a date are left out. */
export async function getEnds(profile, signal) {
  const end = async (isLast) => {
    const parameters = {
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
      ExpressionAttributeValues: {
        ":pk": { S: `PROFILE#${profile}` },
        ":first": { S: "TXN#0001-01-01T" },
        ":last": { S: "TXN#9999-12-31U" },
      },
      ProjectionExpression: "sk",
      ScanIndexForward: !isLast,
      Limit: 1,
    };
    const { Items } = await dynamodb("Query", parameters, signal);
    return Items[0]?.sk.S.slice(4, 14);
  };
  const [first, last] = await Promise.all([end(false), end(true)]);
  return { first, last };
}

/** Writes a transaction that is not there yet. */
export async function putTransaction(item) {
  await dynamodb("PutItem", { Item: item, ConditionExpression: "attribute_not_exists(pk)" });
}

/** Deletes a transaction. */
export async function deleteTransaction(item) {
  await dynamodb("DeleteItem", { Key: { pk: item.pk, sk: item.sk }, ConditionExpression: "attribute_exists(pk)" });
}
