//! The handler on requests as API Gateway sends them, against a real engine.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Closing, Item, Ledger, Part, Tag, TransactionKey, Value};
use chrono::Utc;
use get_aggregations::{Authorizer, Claims, Envelope, GetAggregations};
use lambda_http::http::{HeaderMap, StatusCode};
use lambda_http::{Body, Request, request};
use serde_json::{Value as Json, json};
use table::{ProfileId, Settings, SortKey, Table, key, keyed_item, recalculate};
use test_support::{Engine, TABLE, answer, hooked_client, operation};

/// A request as API Gateway's payload format 2.0 has it, with the claims of a checked token.
fn request(id: &str, query: &str, headers: Json, claims: Option<Json>) -> Request {
    let mut event = json!({
        "version": "2.0",
        "routeKey": "GET /profiles/{profileId}/aggregations",
        "rawPath": "/profiles/p/aggregations",
        "rawQueryString": query,
        "headers": headers,
        "pathParameters": {"profileId": id},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "http": {
                "method": "GET",
                "path": "/profiles/p/aggregations",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": "r",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_u64,
        },
        "isBase64Encoded": false,
    });
    if let Some(claims) = claims {
        event["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
    }
    request::from_str(&event.to_string()).unwrap()
}

fn reader() -> Option<Json> {
    Some(json!({"sub": "service", "scope": "openid aggregations:read"}))
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The detail of a problem document, which it must be.
    fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let problem: Json = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["title"], self.status.canonical_reason().unwrap());
        assert_eq!(problem["type"], "about:blank");
        problem["detail"].as_str().unwrap().to_owned()
    }
}

async fn ask(function: &GetAggregations, request: Request) -> Answer {
    let (parts, body) = function.handle(request).await.into_parts();
    let body = match body {
        Body::Text(text) => text,
        Body::Empty => String::new(),
        _ => panic!("not a text"),
    };
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// A table with one customer, `p`, who shopped once, at location 1.
async fn one_customer() -> Engine {
    let engine = Engine::start().await;
    let put = async |pk: &str, sk: &str, attributes: &[(&str, Value)]| {
        let mut item: Item = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        item.insert("pk".into(), Value::Text(pk.into()));
        item.insert("sk".into(), Value::Text(sk.into()));
        engine.put(&item).await;
    };
    put(
        "LOCATION#1",
        "LOCATION",
        &[("name", Value::Text("First".into()))],
    )
    .await;
    let total = ("total", Value::Number("12.50".into()));
    put(
        "PROFILE#p",
        "TXN#2026-01-01T10:00:00Z#a",
        &[total, ("location_id", Value::Text("1".into()))],
    )
    .await;
    let table = Table::new(engine.client(), TABLE);
    let changed = BTreeSet::from([Part::Profile]);
    recalculate(
        &table,
        &Settings::default(),
        &ProfileId::parse("p").unwrap(),
        &changed,
        Utc::now,
    )
    .await
    .unwrap();
    engine
}

fn function(engine: &Engine) -> GetAggregations {
    GetAggregations::new(
        Table::new(engine.client(), TABLE),
        Authorizer::Jwt,
        Envelope::None,
    )
}

fn derived_key(profile: &str) -> HashMap<String, AttributeValue> {
    let profile = ProfileId::parse(profile).unwrap();
    key(&profile.partition(), SortKey::Derived)
}

async fn put_derived(engine: &Engine, ledger: Option<AttributeValue>) {
    let mut item = derived_key("p");
    item.insert("version".to_owned(), AttributeValue::S("v".to_owned()));
    item.extend(ledger.map(|ledger| ("ledger".to_owned(), ledger)));
    put_item(engine, item).await;
}

async fn put_item(engine: &Engine, item: HashMap<String, AttributeValue>) {
    let put = engine.client().put_item().table_name(TABLE);
    put.set_item(Some(item)).send().await.unwrap();
}

/// The stored derived item of `p`.
async fn derived_item(engine: &Engine) -> HashMap<String, AttributeValue> {
    let get = engine.client().get_item().table_name(TABLE);
    let get = get.set_key(Some(derived_key("p")));
    get.send().await.unwrap().item.unwrap()
}

async fn ask_for(engine: &Engine, id: &str, headers: Json) -> Answer {
    let request = request(id, "as_of=2026-01-31", headers, reader());
    ask(&function(engine), request).await
}

#[tokio::test]
async fn headers_say_when_it_was_calculated_what_is_set_aside_and_whether_it_is_incomplete() {
    let engine = one_customer().await;
    let complete = ask_for(&engine, "p", json!({})).await;
    let mut item = derived_item(&engine).await;
    let calculated_at = item["calculated_at"].as_s().unwrap().clone();
    let calculated_at = Some(calculated_at.as_str());
    assert_eq!(complete.header("aggregations-calculated-at"), calculated_at);
    assert_eq!(complete.header("aggregations-set-aside"), None);
    assert_eq!(complete.header("aggregations-incomplete"), None);

    // The same document, but not all that the table holds: another validator.
    let reason = AttributeValue::S("too large".to_owned());
    item.insert("incomplete".to_owned(), reason);
    put_item(&engine, item).await;
    let incomplete = ask_for(&engine, "p", json!({})).await;
    assert_eq!(incomplete.status, StatusCode::OK);
    assert_eq!(incomplete.body, complete.body);
    assert_eq!(
        incomplete.header("aggregations-incomplete"),
        Some("too large")
    );
    let etag = incomplete.header("etag").unwrap();
    assert_ne!(complete.header("etag"), Some(etag));
    let same = ask_for(&engine, "p", json!({"if-none-match": etag})).await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    assert_eq!(same.header("aggregations-incomplete"), Some("too large"));
    assert_eq!(same.header("aggregations-calculated-at"), calculated_at);

    // A recalculation makes it good, and finds two transactions that cannot be counted.
    let table = Table::new(engine.client(), TABLE);
    let profile = ProfileId::parse("p").unwrap();
    for key in ["2026-01-01T10:00:00Z#x", "2026-01-01T10:00:00Z#y"] {
        let key = SortKey::Transaction(TransactionKey::parse(key));
        engine.put(&keyed_item(&profile.partition(), key)).await;
    }
    let changed = BTreeSet::from([Part::Profile]);
    recalculate(&table, &Settings::default(), &profile, &changed, Utc::now)
        .await
        .unwrap();
    let set_aside = ask_for(&engine, "p", json!({})).await;
    assert_eq!(set_aside.body, complete.body);
    assert_eq!(set_aside.header("aggregations-set-aside"), Some("2"));
    assert_eq!(set_aside.header("aggregations-incomplete"), None);
    for other in [&complete, &incomplete] {
        assert_ne!(set_aside.header("etag"), other.header("etag"));
    }
    let etag = set_aside.header("etag").unwrap();
    let same = ask_for(&engine, "p", json!({"if-none-match": etag})).await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    assert_eq!(same.header("aggregations-set-aside"), Some("2"));
}

#[tokio::test]
async fn an_incomplete_profile_without_a_document_is_unavailable_not_unknown() {
    let engine = one_customer().await;
    let mut item = derived_key("large");
    item.insert("version".to_owned(), AttributeValue::S("v".to_owned()));
    let reason = AttributeValue::S("too large".to_owned());
    item.insert("incomplete".to_owned(), reason.clone());
    put_item(&engine, item.clone()).await;
    let answer = ask_for(&engine, "large", json!({})).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(
        answer.problem(),
        "the aggregations of this profile cannot be calculated right now"
    );
    // A ledger of nothing but an address has no document to keep either.
    let ledger = AttributeValue::B(Blob::new(
        Ledger::new(None).encode("large", Tag::default()).ledger,
    ));
    item.insert("ledger".to_owned(), ledger);
    put_item(&engine, item).await;
    let answer = ask_for(&engine, "large", json!({})).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

/// The requests that a question takes, and its answer.
async fn ask_counted(engine: &Engine, query: &str) -> (Vec<String>, Answer) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let client = hooked_client(
        engine,
        Arc::new(move |_, request| {
            seen.lock().unwrap().push(operation(request));
            Box::pin(async { None })
        }),
    );
    let table = Table::new(client, TABLE);
    let function = GetAggregations::new(table, Authorizer::Jwt, Envelope::None);
    let answer = ask(&function, request("p", query, json!({}), reader())).await;
    let requests = requests.lock().unwrap().clone();
    (requests, answer)
}

#[tokio::test]
async fn a_question_of_today_is_one_read_and_one_of_the_past_two() {
    let engine = Engine::start().await;
    let profile = ProfileId::parse("p").unwrap();
    for (key, total) in [
        ("2020-01-01T10:00:00Z#a", "1"),
        ("2026-01-01T10:00:00Z#b", "2"),
    ] {
        let key = SortKey::Transaction(TransactionKey::parse(key));
        let mut item = keyed_item(&profile.partition(), key);
        item.insert("total".to_owned(), Value::Number(total.to_owned()));
        engine.put(&item).await;
    }
    let settings = Settings {
        closing: Closing {
            months: 0,
            days: 1,
            bytes: 0,
        },
        ..Settings::default()
    };
    let table = Table::new(engine.client(), TABLE);
    let changed = BTreeSet::from([Part::Profile]);
    recalculate(&table, &settings, &profile, &changed, Utc::now)
        .await
        .unwrap();

    let (requests, today) = ask_counted(&engine, "as_of=2028-06-01").await;
    assert_eq!(requests, ["GetItem"]);
    assert!(today.body.contains(r#""spend_12m":0,"spend_all":3"#));
    let (requests, past) = ask_counted(&engine, "as_of=2020-06-01").await;
    assert_eq!(requests, ["GetItem", "Query"]);
    assert!(past.body.contains(r#""spend_12m":1,"spend_all":1"#));

    // An archive that is gone: the past is unavailable until something mends it, today is not.
    let key = key(&profile.partition(), SortKey::Archive(2020));
    let delete = engine.client().delete_item().table_name(TABLE);
    delete.set_key(Some(key)).send().await.unwrap();
    let (_, past) = ask_counted(&engine, "as_of=2020-06-01").await;
    assert_eq!(past.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(past.header("retry-after"), Some("60"));
    let (_, again) = ask_counted(&engine, "as_of=2028-06-01").await;
    assert_eq!(again.body, today.body);
}

#[tokio::test]
async fn a_derived_item_copied_under_another_profile_is_not_served() {
    let engine = one_customer().await;
    let mut item = derived_item(&engine).await;
    item.extend(derived_key("other"));
    put_item(&engine, item).await;
    let answer = ask_for(&engine, "other", json!({})).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn answers_with_the_document_and_how_to_keep_it() {
    let engine = one_customer().await;
    let answer = ask(
        &function(&engine),
        request("p", "as_of=2026-01-31", json!({}), reader()),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    assert!(
        answer.body.starts_with(
            r#"{"profile_id":"p","shop_days":null,"spend_12m":12.5,"spend_all":12.5,"#
        )
    );
    assert!(
        answer
            .body
            .contains(r#""store_join":{"id":"1","type":null,"name":"First""#)
    );
    let later = ask(
        &function(&engine),
        request("p", "as_of=2028-01-31", json!({}), reader()),
    )
    .await;
    assert!(later.body.contains(r#""spend_12m":0,"spend_all":12.5"#));
}

#[tokio::test]
async fn the_document_may_come_in_an_envelope() {
    let engine = one_customer().await;
    let table = Table::new(engine.client(), TABLE);
    let enveloped = GetAggregations::new(table, Authorizer::Jwt, Envelope::Data);
    let bare = ask(
        &function(&engine),
        request("p", "as_of=2026-01-31", json!({}), reader()),
    )
    .await;
    let answer = ask(
        &enveloped,
        request("p", "as_of=2026-01-31", json!({}), reader()),
    )
    .await;
    assert_eq!(answer.body, format!("{{\"data\":{}}}", bare.body));
    assert_ne!(answer.header("etag"), bare.header("etag"));
}

#[tokio::test]
async fn a_document_that_the_caller_has_is_not_sent_again() {
    let engine = one_customer().await;
    let function = function(&engine);
    let first = ask(
        &function,
        request("p", "as_of=2026-01-31", json!({}), reader()),
    )
    .await;
    let etag = first.header("etag").unwrap().to_owned();
    for known in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"other\", {etag}"),
        "*".to_owned(),
    ] {
        let answer = ask(
            &function,
            request(
                "p",
                "as_of=2026-01-31",
                json!({"if-none-match": known}),
                reader(),
            ),
        )
        .await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (StatusCode::NOT_MODIFIED, "")
        );
        assert_eq!(answer.header("etag"), Some(etag.as_str()));
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    }
    let other = ask(
        &function,
        request(
            "p",
            "as_of=2026-01-31",
            json!({"if-none-match": "\"other\""}),
            reader(),
        ),
    )
    .await;
    assert_eq!(other.status, StatusCode::OK);
    let changed = ask(
        &function,
        request(
            "p",
            "as_of=2028-01-31",
            json!({"if-none-match": etag}),
            reader(),
        ),
    )
    .await;
    assert_eq!(changed.status, StatusCode::OK);
}

#[tokio::test]
async fn bad_input_is_named() {
    let engine = one_customer().await;
    let function = function(&engine);
    let too_long = "a".repeat(129);
    for (id, query, detail) in [
        ("", "", "invalid profile id: it is empty"),
        ("..", "", "invalid profile id: it consists of dots only"),
        (
            too_long.as_str(),
            "",
            "invalid profile id: it is longer than 128 characters",
        ),
        (
            "p#q",
            "",
            "invalid profile id: the character `#` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "p%71",
            "",
            "invalid profile id: the character `%` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "p",
            "as_of=",
            "invalid `as_of` date ``: expected `YYYY-MM-DD`",
        ),
        (
            "p",
            "as_of=2026-02-30",
            "invalid `as_of` date `2026-02-30`: expected `YYYY-MM-DD`",
        ),
        (
            "p",
            "as_of=0000-01-01",
            "invalid `as_of` date `0000-01-01`: expected `YYYY-MM-DD`",
        ),
        (
            "p",
            "as_of=2026-01-31&as_of=2026-01-31",
            "`as_of` appears 2 times: expected once",
        ),
        (
            "p",
            "as_of=%22%0A0123456789012345678901234567890123456789",
            "invalid `as_of` date `\"U+000A01234567890123456789012345678901234567...`: expected `YYYY-MM-DD`",
        ),
    ] {
        // Bad input comes before the question who asks.
        for claims in [reader(), None] {
            let answer = ask(&function, request(id, query, json!({}), claims)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{id} {query}");
            assert_eq!(answer.problem(), detail);
        }
    }
}

#[tokio::test]
async fn claims_decide_who_reads_what() {
    let engine = one_customer().await;
    let function = function(&engine);
    for (claims, id, status) in [
        (Some(json!({"profile_id": "p"})), "p", 200),
        (Some(json!({"profile_id": "p"})), "q", 403),
        (
            Some(json!({"profile_id": "q", "scope": "aggregations:read"})),
            "p",
            403,
        ),
        (
            Some(json!({"profile_id": "", "scope": "aggregations:read"})),
            "p",
            403,
        ),
        (Some(json!({"scope": "aggregations:read"})), "p", 200),
        (Some(json!({"scope": "aggregations:read"})), "unknown", 404),
        (Some(json!({"scope": "a aggregations:read b"})), "p", 200),
        (
            Some(json!({"scope": "aggregations:readers xaggregations:read"})),
            "p",
            403,
        ),
        (Some(json!({"scope": ""})), "p", 403),
        // A list, as the gateway writes it.
        (Some(json!({"scope": "[aggregations:read]"})), "p", 200),
        (Some(json!({"scope": "[aggregations:read b]"})), "p", 200),
        (Some(json!({"scope": "[a aggregations:read b]"})), "p", 200),
        (Some(json!({"scope": "[a b aggregations:read]"})), "p", 200),
        (
            Some(json!({"scope": "[[a aggregations:read b]]"})),
            "p",
            200,
        ),
        (Some(json!({"scope": "[]"})), "p", 403),
        // Brackets within a list, or around one word of several, belong to the scope's name.
        (Some(json!({"scope": "[[aggregations:read]]"})), "p", 403),
        (Some(json!({"scope": "a [aggregations:read]"})), "p", 403),
        (Some(json!({"scope": "[aggregations:read] a"})), "p", 403),
        (Some(json!({"scp": "aggregations:read"})), "p", 200),
        (Some(json!({"scp": "[a aggregations:read]"})), "p", 200),
        (
            Some(json!({"scope": "openid", "scp": "aggregations:read"})),
            "p",
            200,
        ),
        (Some(json!({"scp": "a"})), "p", 403),
        (Some(json!({"roles": "aggregations:read"})), "p", 403),
        (Some(json!({})), "p", 403),
        (None, "p", 403),
        (None, "unknown", 403),
    ] {
        let answer = ask(&function, request(id, "", json!({}), claims.clone())).await;
        assert_eq!(answer.status.as_u16(), status, "{claims:?} {id}");
    }
    let open = GetAggregations::new(
        Table::new(engine.client(), TABLE),
        Authorizer::None,
        Envelope::None,
    );
    assert_eq!(
        ask(&open, request("p", "", json!({}), None)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_profile_without_a_document_is_not_found() {
    let engine = one_customer().await;
    let function = function(&engine);
    let unknown = ask(&function, request("unknown", "", json!({}), reader())).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.problem(), "no such profile");
    put_derived(&engine, None).await;
    assert_eq!(
        ask(&function, request("p", "", json!({}), reader()))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_ledger_that_cannot_be_read_is_never_guessed_at() {
    let engine = one_customer().await;
    let function = function(&engine);
    let good = Ledger::new(None).encode("p", Tag::default()).ledger;
    let mut flipped = good.clone();
    flipped[3] ^= 0x10;
    let mut newer = good;
    newer[0] = 2;
    for ledger in [
        AttributeValue::B(Blob::new(flipped)),
        AttributeValue::B(Blob::new(newer)),
        AttributeValue::S("x".into()),
    ] {
        put_derived(&engine, Some(ledger)).await;
        let answer = ask(&function, request("p", "", json!({}), reader())).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("60"));
        assert_eq!(
            answer.problem(),
            "the aggregations of this profile cannot be read right now"
        );
    }
}

#[tokio::test]
async fn failures_of_the_table_tell_nothing_of_the_inside() {
    let engine = one_customer().await;
    for (error, status, retry, detail) in [
        (
            "ProvisionedThroughputExceededException",
            503,
            Some("1"),
            "the table cannot be read right now",
        ),
        (
            "ThrottlingException",
            503,
            Some("1"),
            "the table cannot be read right now",
        ),
        (
            "InternalServerError",
            503,
            Some("1"),
            "the table cannot be read right now",
        ),
        (
            "ServiceUnavailable",
            503,
            Some("1"),
            "the table cannot be read right now",
        ),
        ("ResourceNotFoundException", 500, None, "internal error"),
        ("AccessDeniedException", 500, None, "internal error"),
    ] {
        let code = match error {
            "InternalServerError" => 500,
            "ServiceUnavailable" => 503,
            _ => 400,
        };
        let client = hooked_client(
            &engine,
            Arc::new(move |_, _| {
                let body = format!(
                    r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{error}","message":"secret"}}"#
                );
                Box::pin(async move { Some(answer(code, body)) })
            }),
        );
        let function =
            GetAggregations::new(Table::new(client, TABLE), Authorizer::Jwt, Envelope::None);
        let answer = ask(&function, request("p", "", json!({}), reader())).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("retry-after")),
            (status, retry),
            "{error}"
        );
        assert_eq!(answer.problem(), detail);
    }
}

#[tokio::test]
async fn a_table_that_does_not_answer_is_a_503_within_four_seconds() {
    let engine = one_customer().await;
    let silent = hooked_client(&engine, Arc::new(|_, _| Box::pin(std::future::pending())));
    // Nothing listens there any more.
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = engine.config().endpoint_url(format!("http://{address}"));
    let closed = Client::from_conf(config.build());
    tokio::time::pause();
    for client in [silent, closed] {
        let function =
            GetAggregations::new(Table::new(client, TABLE), Authorizer::Jwt, Envelope::None);
        let began = tokio::time::Instant::now();
        let answer = ask(&function, request("p", "", json!({}), reader())).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(answer.problem(), "the table cannot be read right now");
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn claims_and_scope_have_the_names_of_the_deployment() {
    let engine = one_customer().await;
    let claims = Claims {
        profile: "https://shop.example/customer".into(),
        scopes: vec!["permissions".into()],
        read_scope: "shop/read".into(),
    };
    let function = function(&engine).with_claims(claims);
    for (claims, status) in [
        (json!({"https://shop.example/customer": "p"}), 200),
        (json!({"https://shop.example/customer": "q"}), 403),
        (json!({"permissions": "[a shop/read]"}), 200),
        (json!({"scope": "shop/read"}), 403),
        (json!({"permissions": "aggregations:read"}), 403),
        // Nobody's claim here.
        (json!({"profile_id": "q", "permissions": "shop/read"}), 200),
    ] {
        let answer = ask(&function, request("p", "", json!({}), Some(claims.clone()))).await;
        assert_eq!(answer.status.as_u16(), status, "{claims}");
    }
    let claims = json!({"permissions": "shop/read"});
    let answer = ask(&function, request("me", "", json!({}), Some(claims))).await;
    let told = "missing or invalid `https://shop.example/customer` claim";
    assert!(answer.body.contains(told), "{}", answer.body);
}

#[tokio::test]
async fn a_read_is_one_request_when_locations_are_remembered() {
    let engine = one_customer().await;
    let operations = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&operations);
    let client = hooked_client(
        &engine,
        Arc::new(move |_, request| {
            seen.lock().unwrap().push(operation(request));
            Box::pin(async { None })
        }),
    );
    let function = GetAggregations::new(Table::new(client, TABLE), Authorizer::Jwt, Envelope::None);
    for _ in 0..3 {
        assert_eq!(
            ask(&function, request("p", "", json!({}), reader()))
                .await
                .status,
            StatusCode::OK
        );
    }
    assert_eq!(
        *operations.lock().unwrap(),
        ["GetItem", "BatchGetItem", "GetItem", "GetItem"]
    );
}
