//! Answers of the running stack.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Value};
use local_stack::{Envelope, Options};
use reqwest::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use serde_json::json;

use super::description::{Answer, Description};
use crate::system::{System, bearer};

const BY_ID: &str = "/profiles/{profileId}/aggregations";
const OWN: &str = "/profiles/me/aggregations";
const HISTORY: &str = "/profiles/{profileId}/aggregations/history";
const OWN_HISTORY: &str = "/profiles/me/aggregations/history";
const CALCULATE: &str = "/profiles/{profileId}/aggregations/calculate";
const OWN_CALCULATE: &str = "/profiles/me/aggregations/calculate";
const MANY: &str = "/profiles/aggregations";
const EXAMPLE: &str = "922fafaf-1115-2221-a33-fed3333397";
const PUBLISHED: &str = "as_of=2020-12-08";

/// A request with some headers.
async fn ask(system: &System, path_and_query: &str, headers: &[(&str, &str)]) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(format!("{}{path_and_query}", system.stack.http_url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.text().await.unwrap(),
    }
}

/// The answer, once it is known to be as described and to have this status.
async fn checked(
    system: &System,
    path: &str,
    path_and_query: &str,
    headers: &[(&str, &str)],
    status: u16,
) -> Answer {
    let answer = ask(system, path_and_query, headers).await;
    assert_eq!(answer.status, status, "{path_and_query}: {}", answer.body);
    let description = Description::read();
    let objections = description.objections(path, &answer);
    assert!(objections.is_empty(), "{path_and_query}: {objections:?}");
    // Of a document only what `fields` leaves out may be absent.
    if status == 200
        && [BY_ID, OWN, CALCULATE, OWN_CALCULATE].contains(&path)
        && !path_and_query.contains("fields=")
    {
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let document = body.get("data").unwrap_or(&body);
        let schema = json!({"$ref": "#/components/schemas/Aggregations"});
        assert!(description.validator(&schema).is_valid(document), "{body}");
    }
    answer
}

/// The headers of a request with this token.
fn with(token: &str) -> [(&str, &str); 1] {
    [(AUTHORIZATION.as_str(), token)]
}

async fn system_with_sample() -> System {
    System::open_with(Options {
        sample: true,
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn documents_are_as_described() {
    let system = system_with_sample().await;
    let path = format!("/profiles/{EXAMPLE}/aggregations");
    let published = checked(&system, BY_ID, &format!("{path}?{PUBLISHED}"), &[], 200).await;
    // The published example stands in the description, with its tag.
    let description = Description::read().0;
    let described =
        &description["components"]["responses"]["Document"]["content"]["application/json"];
    let body: serde_json::Value = serde_json::from_str(&published.body).unwrap();
    assert_eq!(described["examples"]["published"]["value"], body);
    let tag = published.headers[ETAG].to_str().unwrap();
    assert_eq!(description["components"]["headers"]["ETag"]["example"], tag);
    checked(&system, BY_ID, &path, &[], 200).await;

    // No transaction; a location of which nothing is stored; one whose values are of every kind.
    let text = |text: &str| Value::Text(text.into());
    system.write("PROFILE#ada", "PROFILE", &[]).await;
    for (profile, location) in [("bob", "unknown"), ("eve", "odd")] {
        let key = "TXN#2026-01-01T10:00:00Z#1";
        let attributes = [
            ("total", Value::Number("0.3".into())),
            ("location_id", text(location)),
        ];
        system
            .write(&format!("PROFILE#{profile}"), key, &attributes)
            .await;
    }
    let attributes = [
        ("id", Value::Map(Item::from([("a".into(), Value::Null)]))),
        ("type", Value::Bool(true)),
        ("name", Value::Number("-37.8136".into())),
        ("address", text("somewhere")),
        ("is_published", text("yes")),
        ("created_at", Value::List(vec![text("then")])),
        (
            "tags",
            Value::List(vec![Value::Null, Value::Number("1".into())]),
        ),
        ("special_hours", Value::Null),
    ];
    system.write("LOCATION#odd", "LOCATION", &attributes).await;
    system.stack.caught_up().await;
    for (profile, fragment) in [
        ("ada", r#""spend_first_date":null"#),
        ("bob", r#""store_join":{"id":"unknown","type":null"#),
        (
            "eve",
            r#""store_join":{"id":{"a":null},"type":true,"name":-37.8136"#,
        ),
    ] {
        let path = format!("/profiles/{profile}/aggregations");
        let answer = checked(&system, BY_ID, &path, &[], 200).await;
        assert!(answer.body.contains(fragment), "{}", answer.body);
    }

    // A transaction that cannot be counted; a profile that grew too large after its last good document.
    system
        .write("PROFILE#ada", "TXN#2026-01-01T10:00:00Z#1", &[])
        .await;
    system.stack.caught_up().await;
    let mut item = system.get("PROFILE#ada", "AGG").await.unwrap();
    let reason = AttributeValue::S("too large".into());
    item.insert("incomplete".into(), reason);
    let put = system.stack.client().put_item();
    let put = put.table_name(system.stack.table_name());
    put.set_item(Some(item)).send().await.unwrap();
    let ada = "/profiles/ada/aggregations";
    let answer = checked(&system, BY_ID, ada, &[], 200).await;
    let tag = answer.headers[ETAG].to_str().unwrap();
    let tag = [(IF_NONE_MATCH.as_str(), tag)];
    let not_modified = checked(&system, BY_ID, ada, &tag, 304).await;
    for answer in [answer.clone(), not_modified] {
        assert_eq!(answer.headers["aggregations-set-aside"], "1");
        assert_eq!(answer.headers["aggregations-incomplete"], "too large");
    }
    system.close().await;
}

#[tokio::test]
async fn the_envelope_is_as_described() {
    for (envelope, own, other) in [
        (Envelope::None, "Aggregations", "AggregationsInEnvelope"),
        (Envelope::Data, "AggregationsInEnvelope", "Aggregations"),
    ] {
        let system = System::open_with(Options {
            sample: true,
            envelope,
            ..Options::default()
        })
        .await;
        let path = format!("/profiles/{EXAMPLE}/aggregations?{PUBLISHED}");
        let answer = checked(&system, BY_ID, &path, &[], 200).await;
        system.close().await;
        let body = serde_json::from_str(&answer.body).unwrap();
        let validator = |schema: &str| {
            let schema = format!("#/components/schemas/{schema}");
            Description::read().validator(&json!({"$ref": schema}))
        };
        assert!(validator(own).is_valid(&body), "{body}");
        assert!(!validator(other).is_valid(&body), "{body}");
    }
}

#[tokio::test]
async fn not_modified_is_as_described() {
    let system = system_with_sample().await;
    let path = format!("/profiles/{EXAMPLE}/aggregations?{PUBLISHED}");
    let description = Description::read().0;
    let examples = &description["components"]["parameters"]["IfNoneMatch"]["examples"];
    let tag = |example: &str| examples[example]["value"].as_str().unwrap().to_owned();
    for (given, status) in [
        (tag("published"), 304),
        (format!("W/{}, \"x\"", tag("published")), 304),
        ("*".to_owned(), 304),
        (tag("other"), 200),
        ("no tag".to_owned(), 200),
    ] {
        let headers = [(IF_NONE_MATCH.as_str(), given.as_str())];
        checked(&system, BY_ID, &path, &headers, status).await;
    }
    system.close().await;
}

#[tokio::test]
async fn other_questions_are_as_described() {
    for envelope in [Envelope::None, Envelope::Data] {
        let system = System::open_with(Options {
            sample: true,
            envelope,
            ..Options::default()
        })
        .await;
        let path = format!("/profiles/{EXAMPLE}/aggregations");
        let bad_fields = format!("{path}?fields=spend");
        let explained = format!("{path}?{PUBLISHED}&fields=all&explain=true");
        let dates = "from=2020-12-01&to=2020-12-31";
        let history = format!("{path}/history?{dates}&step=week");
        let bad_history = format!("{path}/history?from=2020-12-01");
        let calculate = format!("{path}/calculate");
        let many = format!("{MANY}?profile_id={EXAMPLE}&profile_id=nobody");
        let some = format!("{many}&{PUBLISHED}&fields=spend_12m");
        let own = bearer(&json!({"profile_id": EXAMPLE}));
        for (described, path, token, status) in [
            (BY_ID, explained.as_str(), None, 200),
            (BY_ID, &bad_fields, None, 400),
            (HISTORY, &history, None, 200),
            (HISTORY, &bad_history, None, 400),
            (HISTORY, &history.replace(EXAMPLE, "nobody"), None, 404),
            (
                OWN_HISTORY,
                &history.replace(EXAMPLE, "me"),
                Some(&own),
                200,
            ),
            (CALCULATE, &calculate, None, 200),
            (CALCULATE, &calculate.replace(EXAMPLE, "nobody"), None, 404),
            (
                OWN_CALCULATE,
                &calculate.replace(EXAMPLE, "me"),
                Some(&own),
                200,
            ),
            (MANY, &many, None, 200),
            (MANY, &some, None, 200),
            (MANY, &many, Some(&own), 403),
            (MANY, MANY, None, 400),
        ] {
            let headers: Vec<_> = token
                .map(|token| with(token))
                .into_iter()
                .flatten()
                .collect();
            let answer = checked(&system, described, path, &headers, status).await;
            if let Some(tag) = answer.headers.get(ETAG) {
                let tag = (IF_NONE_MATCH.as_str(), tag.to_str().unwrap());
                let headers = [headers.as_slice(), &[tag]].concat();
                checked(&system, described, path, &headers, 304).await;
            }
        }
        system.close().await;
    }
}

#[tokio::test]
async fn errors_are_as_described() {
    let system = system_with_sample().await;
    let path = format!("/profiles/{EXAMPLE}/aggregations");
    let (other, nothing) = (
        bearer(&json!({"profile_id": "ada"})),
        bearer(&json!({"scope": "x"})),
    );
    let (problem, message) = ("application/problem+json", "application/json");
    for (path_and_query, authorization, status, content_type) in [
        ("/profiles/a%23b/aggregations", None, 400, problem),
        ("/profiles/a/aggregations?as_of=", None, 400, problem),
        ("/profiles/%zz/aggregations", None, 400, message),
        (&path, Some("Bearer x"), 401, message),
        (&path, Some(other.as_str()), 403, problem),
        (&path, Some(nothing.as_str()), 403, problem),
        ("/profiles/nobody/aggregations", None, 404, problem),
    ] {
        let headers = authorization.map(|token| (AUTHORIZATION.as_str(), token));
        let headers: Vec<_> = headers.into_iter().collect();
        let answer = checked(&system, BY_ID, path_and_query, &headers, status).await;
        assert_eq!(
            answer.headers[CONTENT_TYPE], content_type,
            "{path_and_query}"
        );
        assert_eq!(answer.headers.contains_key(WWW_AUTHENTICATE), status == 401);
    }
    // A ledger of a version that nobody knows.
    let pk = format!("PROFILE#{EXAMPLE}");
    let mut item = system.get(&pk, "AGG").await.unwrap();
    let unknown = AttributeValue::B(Blob::new([200]));
    item.insert("ledger".into(), unknown);
    let table = system.stack.table_name();
    let put = system.stack.client().put_item().table_name(table);
    put.set_item(Some(item)).send().await.unwrap();
    let answer = checked(&system, BY_ID, &path, &[], 503).await;
    assert_eq!(answer.headers[RETRY_AFTER], "60");

    // A profile that was too large from the first.
    let mut item = system.get(&pk, "AGG").await.unwrap();
    item.remove("ledger");
    let reason = AttributeValue::S("too large".into());
    item.insert("incomplete".into(), reason);
    let put = system.stack.client().put_item().table_name(table);
    put.set_item(Some(item)).send().await.unwrap();
    let answer = checked(&system, BY_ID, &path, &[], 503).await;
    assert_eq!(answer.headers[RETRY_AFTER], "60");
    system.close().await;
}

#[tokio::test]
async fn the_tokens_own_profile_is_as_described() {
    let system = system_with_sample().await;
    let own = bearer(&json!({"profile_id": EXAMPLE}));
    let unknown = bearer(&json!({"profile_id": "nobody"}));
    let invalid = bearer(&json!({"profile_id": "a b"}));
    let service = bearer(&json!({"scope": "aggregations:read"}));
    let path = format!("{OWN}?{PUBLISHED}");
    let answer = checked(&system, OWN, &path, &with(&own), 200).await;
    let by_id = format!("/profiles/{EXAMPLE}/aggregations?{PUBLISHED}");
    assert_eq!(answer.body, ask(&system, &by_id, &[]).await.body);
    let tag = answer.headers[ETAG].to_str().unwrap();
    let with_tag = [
        (AUTHORIZATION.as_str(), own.as_str()),
        (IF_NONE_MATCH.as_str(), tag),
    ];
    checked(&system, OWN, &path, &with_tag, 304).await;
    let bad_date = format!("{OWN}?as_of=today");
    checked(&system, OWN, &bad_date, &with(&own), 400).await;
    checked(&system, OWN, OWN, &with("Bearer x"), 401).await;
    checked(&system, OWN, OWN, &with(&service), 403).await;
    checked(&system, OWN, OWN, &[], 403).await;
    checked(&system, OWN, OWN, &with(&invalid), 403).await;
    checked(&system, OWN, OWN, &with(&unknown), 404).await;
    system.close().await;
}

#[tokio::test]
async fn parameters_are_taken_as_described() {
    let system = System::open().await;
    let description = Description::read();
    let parameters = &description.0["components"]["parameters"];
    let (longest, too_long) = ("a".repeat(128), "a".repeat(129));
    let ids = [
        EXAMPLE,
        "a",
        ".a",
        "..a..",
        "-",
        "A_z:9@b+c",
        &longest,
        &too_long,
        "...",
        "a b",
        "a\n",
        "a/b",
        "a%b",
        "a#b",
        "é",
        "\0",
        "a=b",
        "a*b",
        "٣",
    ];
    let dates = [
        "0001-01-01",
        "2024-02-29",
        "9999-12-31",
        "",
        "0000-01-01",
        "2023-02-29",
        "2026-04-31",
        "2026-13-01",
        "2026-00-10",
        "2026-01-00",
        "2026-1-01",
        "10000-01-01",
        "2026-01-01 ",
        "2026-01-01\n",
        "2026-01-01T00:00:00Z",
        "２026-01-01",
        "٢٠٢٦-01-01",
    ];
    for (parameter, values) in [("ProfileId", ids.as_slice()), ("AsOf", dates.as_slice())] {
        let validator = description.validator(&parameters[parameter]["schema"]);
        for value in values {
            let path = match parameter {
                "ProfileId" => format!("/profiles/{}/aggregations", encoded(value)),
                _ => format!("/profiles/a/aggregations?as_of={}", encoded(value)),
            };
            let taken = validator.is_valid(&json!(value));
            let status = if taken { 404 } else { 400 };
            checked(&system, BY_ID, &path, &[], status).await;
        }
    }
    system.close().await;
}

/// A text in which every byte is percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn an_answer_that_is_not_as_described_is_refused() {
    let system = system_with_sample().await;
    let path = format!("/profiles/{EXAMPLE}/aggregations?{PUBLISHED}");
    let answer = ask(&system, &path, &[]).await;
    let not_modified = ask(&system, &path, &[(IF_NONE_MATCH.as_str(), "*")]).await;
    system.close().await;
    let description = Description::read();
    let refused = |name: &str, answer: &Answer, change: &dyn Fn(&mut Answer)| {
        assert_eq!(description.objections(BY_ID, answer), [""; 0], "{name}");
        let mut answer = answer.clone();
        change(&mut answer);
        assert_ne!(description.objections(BY_ID, &answer), [""; 0], "{name}");
    };
    let value = HeaderValue::from_static;
    refused("status", &answer, &|answer| answer.status = 201);
    refused("body", &answer, &|answer| answer.body.truncate(9));
    refused("field", &answer, &|answer| {
        answer.body = answer.body.replace("shop_days", "shop_day")
    });
    refused("no tag", &answer, &|answer| {
        drop(answer.headers.remove(ETAG))
    });
    refused("weak tag", &answer, &|answer| {
        drop(answer.headers.insert(ETAG, value("W/\"x\"")))
    });
    refused("not calculated", &answer, &|answer| {
        answer.headers.remove("aggregations-calculated-at");
    });
    refused("none set aside", &answer, &|answer| {
        answer.headers.insert("aggregations-set-aside", value("0"));
    });
    refused("another reason", &answer, &|answer| {
        answer
            .headers
            .insert("aggregations-incomplete", value("yes"));
    });
    refused("no caching", &answer, &|answer| {
        drop(answer.headers.remove(CACHE_CONTROL))
    });
    refused("another header", &answer, &|answer| {
        drop(answer.headers.insert("server", value("x")))
    });
    refused("no type", &answer, &|answer| {
        drop(answer.headers.remove(CONTENT_TYPE))
    });
    let text = value("text/plain");
    refused("another type", &answer, &|answer| {
        drop(answer.headers.insert(CONTENT_TYPE, text.clone()))
    });
    refused("a body", &not_modified, &|answer| {
        answer.body.push_str("{}")
    });
}
