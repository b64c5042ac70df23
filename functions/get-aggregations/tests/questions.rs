//! What can be asked beside the document, against a real engine.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use calculation::{Closing, Item, Part, TransactionKey, Value, parse_date};
use chrono::{Days, Utc};
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use indexmap::IndexMap;
use lambda_http::{Body, request};
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use table::{ProfileId, Settings, SortKey, Table, keyed_item, recalculate};
use test_support::{Engine, Lines, TABLE, answer, hooked_client, operation};

/// Asks as a service that may read every profile, or with other claims.
struct Asker {
    function: GetAggregations,
    claims: Json,
}

impl Asker {
    fn new(engine: &Engine) -> Self {
        let table = Table::new(engine.client(), TABLE);
        Self {
            function: GetAggregations::new(table, Authorizer::Jwt, Envelope::None),
            claims: json!({"scope": "aggregations:read"}),
        }
    }

    /// The answer to a GET, as the gateway hands it on.
    async fn ask(&self, path: &str) -> (u16, String) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let segments: Vec<&str> = path.split('/').collect();
        let parameters = match segments.as_slice() {
            ["", "profiles", id, "aggregations", ..] => json!({"profileId": id}),
            _ => Json::Null,
        };
        let event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {},
            "pathParameters": parameters,
            "requestContext": {
                "authorizer": {"jwt": {"claims": self.claims, "scopes": null}},
                "http": {
                    "method": "GET",
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "test",
                },
                "requestId": "r",
                "stage": "$default",
                "timeEpoch": 0,
            },
            "isBase64Encoded": false,
        });
        let request = request::from_str(&event.to_string()).unwrap();
        let response = self.function.handle(request).await;
        let status = response.status().as_u16();
        match response.into_body() {
            Body::Text(text) => (status, text),
            _ => panic!("not a text"),
        }
    }

    /// The body of a 200.
    async fn body(&self, path: &str) -> String {
        let (status, body) = self.ask(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The body of a 200 as a tree.
    async fn json(&self, path: &str) -> Json {
        serde_json::from_str(&self.body(path).await).unwrap()
    }

    /// Status and detail of an error.
    async fn problem(&self, path: &str) -> (u16, String) {
        let (status, body) = self.ask(path).await;
        let problem: Json = serde_json::from_str(&body).unwrap();
        (status, problem["detail"].as_str().unwrap().to_owned())
    }
}

fn keys(json: &str) -> Vec<String> {
    let members: IndexMap<String, Box<RawValue>> = serde_json::from_str(json).unwrap();
    members.into_keys().collect()
}

async fn put(engine: &Engine, profile: &str, key: &str, total: &str) {
    let partition = ProfileId::parse(profile).unwrap().partition();
    let key = SortKey::Transaction(TransactionKey::parse(key));
    let mut item = keyed_item(&partition, key);
    item.insert("total".to_owned(), Value::Number(total.to_owned()));
    engine.put(&item).await;
}

async fn calculate(engine: &Engine, profile: &str, settings: &Settings) {
    let table = Table::new(engine.client(), TABLE);
    let profile = ProfileId::parse(profile).unwrap();
    let changed = BTreeSet::from([Part::Profile]);
    recalculate(&table, settings, &profile, &changed, Utc::now)
        .await
        .unwrap();
}

/// Settings that close each day older than so many months, however few there are.
fn closes_days_after(months: u32) -> Settings {
    Settings {
        closing: Closing {
            months,
            days: 1,
            bytes: 0,
        },
        ..Settings::default()
    }
}

/// A table with `ada`, who bought three times, and `bob`, who bought once; days of `ada` are closed.
async fn shop() -> Engine {
    let engine = Engine::start().await;
    for (key, total) in [
        ("2020-01-31T10:00:00Z#a", "10"),
        ("2020-02-29T10:00:00Z#b", "20.5"),
        ("2023-05-31T10:00:00Z#c", "40"),
        ("never#d", "1"),
    ] {
        put(&engine, "ada", key, total).await;
    }
    put(&engine, "bob", "2023-01-01T10:00:00Z#a", "5").await;
    let settings = closes_days_after(24);
    calculate(&engine, "ada", &settings).await;
    calculate(&engine, "bob", &settings).await;
    engine
}

const ADA: &str = "/profiles/ada/aggregations";

#[tokio::test]
async fn fields_are_answered_in_the_order_of_the_response() {
    let engine = shop().await;
    let asker = Asker::new(&engine);
    let usual = asker.body(&format!("{ADA}?as_of=2023-06-01")).await;
    let all = asker
        .body(&format!("{ADA}?as_of=2023-06-01&fields=all"))
        .await;
    let whole = usual.strip_suffix('}').unwrap();
    assert!(all.starts_with(whole), "{all}");
    assert_eq!(keys(&all).len(), 33);
    let some = "fields=at_risk_date,spend_12m,first_shop_date";
    let some = asker.body(&format!("{ADA}?as_of=2023-06-01&{some}")).await;
    // Three dates in 1,216 days: three times 405.33 days after the last.
    let expected = r#"{"profile_id":"ada","spend_12m":40,"first_shop_date":"2020-01-31","at_risk_date":"2026-09-28"}"#;
    assert_eq!(some, expected);
    let own = asker.body(&format!("{ADA}?fields=profile_id")).await;
    assert_eq!(own, r#"{"profile_id":"ada"}"#);
    for (fields, detail) in [
        ("", "unknown name `` in `fields`"),
        ("all,spend_12m", "unknown name `all` in `fields`"),
        ("spend_12m,", "unknown name `` in `fields`"),
        ("spend", "unknown name `spend` in `fields`"),
        (
            "spend_12m,shop_days,spend_12m",
            "repeated name `spend_12m` in `fields`",
        ),
        ("all&fields=all", "`fields` appears 2 times: expected once"),
    ] {
        let (status, seen) = asker.problem(&format!("{ADA}?fields={fields}")).await;
        assert_eq!(status, 400, "{fields}");
        assert!(seen.starts_with(detail), "{seen}");
        let lists = !fields.contains('&');
        assert_eq!(
            seen.contains("spend_all") && seen.contains("join_day"),
            lists,
            "{seen}"
        );
    }
}

#[tokio::test]
async fn an_explanation_says_why_and_when() {
    let engine = shop().await;
    let asker = Asker::new(&engine);
    let usual = asker.body(&format!("{ADA}?as_of=2023-06-01")).await;
    let off = asker
        .body(&format!("{ADA}?as_of=2023-06-01&explain=false"))
        .await;
    assert_eq!(off, usual);
    let explained = asker
        .body(&format!("{ADA}?as_of=2023-06-01&explain=true"))
        .await;
    assert!(explained.starts_with(usual.strip_suffix('}').unwrap()));
    let explained: Json = serde_json::from_str(&explained).unwrap();
    let explanation = &explained["explanation"];
    let text = explanation.to_string();
    assert_eq!(explanation["as_of"], "2023-06-01");
    let changes = &explanation["changes_on"];
    assert_eq!(changes["spend_12m"], "2024-06-01", "{text}");
    assert_eq!(changes["dimension_recency"], "2023-09-01");
    assert_eq!(changes["spend_all"], Json::Null);
    let spend = &explanation["figures"]["spend_12m"];
    assert_eq!(
        spend["window"],
        json!({"from": "2022-06-01", "to": "2023-06-01"})
    );
    assert_eq!(
        (&spend["transactions"], &spend["purchases"]),
        (&json!(1), &json!(1))
    );
    let days = &explanation["figures"]["shop_days"];
    assert_eq!(
        (&days["days"], &days["purchases"]),
        (&json!(1216), &json!(3))
    );
    assert_eq!(
        explanation["set_aside"],
        json!({"count": 1, "listed": [
            {"key": "never#d", "reason": "key has no instant YYYY-MM-DDTHH:MM:SSZ"},
        ]})
    );
    let figures = explanation["figures"].as_object().unwrap();
    assert_eq!(figures.len(), 17);
    assert!(
        figures
            .values()
            .all(|figure| figure["rule"].as_str().unwrap().ends_with('.'))
    );
    for value in ["", "yes", "TRUE", "1"] {
        let (status, detail) = asker.problem(&format!("{ADA}?explain={value}")).await;
        assert_eq!(status, 400);
        assert_eq!(
            detail,
            format!("invalid `explain` value `{value}`: expected `true` or `false`")
        );
    }
    // With some fields it stays whole, at the end.
    let some = asker
        .body(&format!("{ADA}?fields=channel&explain=true"))
        .await;
    assert_eq!(keys(&some), ["profile_id", "channel", "explanation"]);
}

#[tokio::test]
async fn a_history_is_what_each_date_answers() {
    let engine = shop().await;
    let asker = Asker::new(&engine);
    for (query, step, dates) in [
        (
            "from=2020-01-30&to=2020-02-01",
            "day",
            vec!["2020-01-30", "2020-01-31", "2020-02-01"],
        ),
        (
            "from=2020-02-20&to=2020-03-07&step=week",
            "week",
            vec!["2020-02-20", "2020-02-27", "2020-03-05"],
        ),
        (
            "from=2019-11-30&to=2020-03-30&step=month",
            "month",
            vec![
                "2019-11-30",
                "2019-12-30",
                "2020-01-30",
                "2020-02-29",
                "2020-03-30",
            ],
        ),
        ("from=9999-12-31&to=9999-12-31", "day", vec!["9999-12-31"]),
    ] {
        let body = asker.body(&format!("{ADA}/history?{query}")).await;
        let mut expected = Vec::new();
        for date in dates {
            let document = asker.body(&format!("{ADA}?as_of={date}")).await;
            let figures = document.strip_prefix(r#"{"profile_id":"ada","#).unwrap();
            expected.push(format!(r#"{{"as_of":"{date}",{figures}"#));
        }
        let expected = expected.join(",");
        let expected = format!(r#"{{"profile_id":"ada","step":"{step}","history":[{expected}]}}"#);
        assert_eq!(body, expected, "{query}");
    }
    let long = asker
        .json(&format!("{ADA}/history?from=2020-01-01&to=2021-02-03"))
        .await;
    assert_eq!(long["history"].as_array().unwrap().len(), 400);
    for (query, detail) in [
        ("", "missing parameter `from`"),
        ("from=2020-01-01", "missing parameter `to`"),
        ("to=2020-01-01", "missing parameter `from`"),
        (
            "from=2020-01-02&to=2020-01-01",
            "`from` 2020-01-02 is after `to` 2020-01-01",
        ),
        (
            "from=2020-01-01&to=x",
            "invalid `to` date `x`: expected `YYYY-MM-DD`",
        ),
        (
            "from=2020-01-01&to=2020-01-02&step=year",
            "invalid `step` value `year`: expected `day`, `week` or `month`",
        ),
        (
            "from=2020-01-01&to=2021-02-04",
            "a history has at most 400 dates: ask for fewer, or for a longer step",
        ),
        (
            "from=0001-01-01&to=9999-12-31",
            "a history has at most 400 dates: ask for fewer, or for a longer step",
        ),
    ] {
        let problem = asker.problem(&format!("{ADA}/history?{query}")).await;
        assert_eq!(problem, (400, detail.to_owned()), "{query}");
    }
    let nobody = "/profiles/nobody/aggregations/history?from=2020-01-01&to=2020-01-01";
    assert_eq!(asker.ask(nobody).await.0, 404);
}

#[tokio::test]
async fn random_profiles_are_answered_alike_in_every_way() {
    const SEED: u64 = 16;
    let engine = Engine::start().await;
    let asker = Asker::new(&engine);
    let first = parse_date("2020-01-31").unwrap();
    // The same numbers at every run.
    let mut state = SEED;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let settings = closes_days_after(24);
    for profile in 0..50 {
        let id = format!("p{profile}");
        for number in 0..=random(12) {
            let date = first.checked_add_days(Days::new(random(2_000))).unwrap();
            let total = random(100).to_string();
            put(&engine, &id, &format!("{date}T10:00:00Z#{number}"), &total).await;
        }
        calculate(&engine, &id, &settings).await;
        let path = format!("/profiles/{id}/aggregations");
        let calculated = asker.body(&format!("{path}/calculate")).await;
        assert_eq!(calculated, asker.body(&path).await, "{id}");

        let from = first.checked_add_days(Days::new(random(2_000))).unwrap();
        let to = from.checked_add_days(Days::new(random(200))).unwrap();
        let step = ["day", "week", "month"][usize::try_from(random(3)).unwrap()];
        let history = format!("{path}/history?from={from}&to={to}&step={step}");
        let history = asker.json(&history).await;
        for mut entry in history["history"].as_array().unwrap().clone() {
            let as_of = entry.as_object_mut().unwrap().remove("as_of").unwrap();
            let as_of = as_of.as_str().unwrap();
            let mut document = asker.json(&format!("{path}?as_of={as_of}")).await;
            document.as_object_mut().unwrap().remove("profile_id");
            assert_eq!(entry, document, "{id} as of {as_of}");
        }
    }
}

#[tokio::test]
async fn calculate_answers_what_is_not_recalculated_yet_and_writes_nothing() {
    let engine = shop().await;
    let asker = Asker::new(&engine);
    let calculated = format!("{ADA}/calculate");
    assert_eq!(asker.body(&calculated).await, asker.body(ADA).await);

    put(&engine, "ada", "2023-06-01T10:00:00Z#e", "0.25").await;
    let before = asker.json(ADA).await;
    let now = asker.json(&calculated).await;
    assert_eq!(
        (&before["spend_all"], &now["spend_all"]),
        (&json!(70.5), &json!(70.75))
    );
    assert_eq!(asker.json(ADA).await, before);
    put(&engine, "eve", "2023-06-01T10:00:00Z#e", "7").await;
    assert_eq!(asker.ask("/profiles/eve/aggregations").await.0, 404);
    let eve = asker.json("/profiles/eve/aggregations/calculate").await;
    assert_eq!(eve["spend_all"], 7);
    assert_eq!(asker.ask("/profiles/eve/aggregations").await.0, 404);
    assert_eq!(
        asker.ask("/profiles/nobody/aggregations/calculate").await.0,
        404
    );
}

#[tokio::test]
async fn a_profile_too_large_to_calculate_right_now_is_a_422() {
    let engine = Engine::start().await;
    let endless = |number: usize, _: &_| {
        let page = format!(r#"{{"Items": [], "LastEvaluatedKey": {{"sk": {{"S": "{number}"}}}}}}"#);
        Box::pin(async move { Some(answer(200, page)) }) as _
    };
    let table = Table::new(hooked_client(&engine, Arc::new(endless)), TABLE);
    let asker = Asker {
        function: GetAggregations::new(table, Authorizer::Jwt, Envelope::None),
        ..Asker::new(&engine)
    };
    let problem = asker.problem(&format!("{ADA}/calculate")).await;
    let detail = "the profile has more than 50,000 items or 8 MB: ask without `calculate`";
    assert_eq!(problem, (422, detail.to_owned()));
}

#[tokio::test]
async fn many_profiles_do_not_hold_all_their_ledgers_at_once() {
    const PROFILES: usize = 40;
    let engine = Engine::start().await;
    let settings = closes_days_after(0);
    for number in 0..PROFILES {
        let id = format!("p{number}");
        let partition = ProfileId::parse(&id).unwrap().partition();
        for key in ["2020-01-31T10:00:00Z#a", "2023-01-31T10:00:00Z#b"] {
            let key = SortKey::Transaction(TransactionKey::parse(key));
            let mut item = keyed_item(&partition, key);
            item.insert("total".to_owned(), Value::Number("1".to_owned()));
            let location = Value::Number(number.to_string());
            item.insert("location_id".to_owned(), location);
            engine.put(&item).await;
        }
        calculate(&engine, &id, &settings).await;
    }
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let see = move |_: usize, request: &_| {
        seen.lock().unwrap().push(operation(request));
        Box::pin(async { None }) as _
    };
    let table = Table::new(hooked_client(&engine, Arc::new(see)), TABLE);
    let measured = Lines::default();
    let writer = measured.clone();
    let metrics = telemetry::emf("get".to_owned(), move || writer.clone());
    let function = GetAggregations::new(table, Authorizer::Jwt, Envelope::None);
    let asker = Asker {
        function: function.with_metrics(metrics),
        ..Asker::new(&engine)
    };
    let ids: Vec<_> = (0..PROFILES)
        .map(|number| format!("profile_id=p{number}"))
        .collect();
    let path = format!("/profiles/aggregations?{}&as_of=2020-02-01", ids.join("&"));
    let many = asker.json(&path).await;
    let documents = many["aggregations"].as_array().unwrap();
    let answered = documents.iter().map(|document| &document["profile_id"]);
    let expected: Vec<_> = (0..PROFILES)
        .map(|number| json!(format!("p{number}")))
        .collect();
    assert_eq!(
        answered.collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    // The date asks for the archive, a Query for each profile. Batches are the derived items, and the locations of 8 ledgers each.
    let requests = requests.lock().unwrap();
    let batches = requests.iter().filter(|request| *request == "BatchGetItem");
    assert_eq!(batches.count(), 1 + PROFILES / 8);
    let queries = |requests: &[String]| {
        let queries = requests.iter().filter(|request| *request == "Query");
        queries.count()
    };
    assert_eq!(queries(&requests), PROFILES);
    let mut between = requests.split(|request| request == "BatchGetItem");
    assert_eq!(between.next().map(queries), Some(0));
    let before_the_first_answer = between.next().map(queries);
    assert!(before_the_first_answer <= Some(16), "{requests:?}");
    assert_eq!(measured.take()[0]["LocationsFetched"], PROFILES);
}

#[tokio::test]
async fn many_profiles_are_answered_in_the_order_asked() {
    let engine = shop().await;
    let mut asker = Asker::new(&engine);
    let many =
        "/profiles/aggregations?profile_id=bob&profile_id=nobody&profile_id=ada&profile_id=bob";
    for query in [
        "",
        "&as_of=2020-02-01",
        "&as_of=2020-02-01&fields=spend_all",
        "&fields=all",
    ] {
        let question = query.replacen('&', "?", 1);
        let [bob, ada] = [
            asker
                .body(&format!("/profiles/bob/aggregations{question}"))
                .await,
            asker.body(&format!("{ADA}{question}")).await,
        ];
        let body = asker.body(&format!("{many}{query}")).await;
        let expected = format!(r#"{{"aggregations":[{bob},{ada}],"not_found":["nobody"]}}"#);
        assert_eq!(body, expected, "{query}");
    }
    let ids = |count: usize| {
        let ids = (0..count).map(|id| format!("profile_id={id}"));
        format!(
            "/profiles/aggregations?{}",
            ids.collect::<Vec<_>>().join("&")
        )
    };
    let none = asker.json(&ids(100)).await;
    assert_eq!(none["aggregations"], json!([]));
    assert_eq!(none["not_found"].as_array().unwrap().len(), 100);
    for (path, detail) in [
        (ids(101), "101 profiles are too many: expected at most 100"),
        (
            "/profiles/aggregations".into(),
            "missing parameter `profile_id`",
        ),
    ] {
        assert_eq!(asker.problem(&path).await, (400, detail.to_owned()));
    }
    assert_eq!(
        asker.ask("/profiles/aggregations?profile_id=a%20b").await.0,
        400
    );
    // In the order asked, also a profile of nothing but an address.
    let mut address = Item::from([("country".to_owned(), Value::Text("NZ".to_owned()))]);
    address.extend(keyed_item(
        &ProfileId::parse("eve").unwrap().partition(),
        SortKey::Address("a"),
    ));
    engine.put(&address).await;
    calculate(&engine, "eve", &Settings::default()).await;
    let none = asker
        .json("/profiles/aggregations?profile_id=eve&profile_id=nobody")
        .await;
    assert_eq!(none["not_found"], json!(["eve", "nobody"]));
    for (path, detail) in [
        (
            "/profiles/aggregations?profile_id=bob&profile_id=me",
            "`me` is not allowed among several profiles",
        ),
        (
            "/profiles/aggregations?profile_id=bob&explain=true",
            "`explain` is not a parameter of this path",
        ),
        (
            "/profiles/ada/aggregations/calculate?as_of=2020-01-01",
            "`as_of` is not a parameter of this path",
        ),
        (
            "/profiles/ada/aggregations/history?from=2020-01-01&to=2020-01-01&fields=all",
            "`fields` is not a parameter of this path",
        ),
    ] {
        assert_eq!(
            asker.problem(path).await,
            (400, detail.to_owned()),
            "{path}"
        );
    }
    // One that cannot be read is named.
    let mut item = keyed_item(
        &ProfileId::parse("bad").unwrap().partition(),
        SortKey::Derived,
    );
    item.insert("version".to_owned(), Value::Text("v".to_owned()));
    item.insert("incomplete".to_owned(), Value::Text("too large".to_owned()));
    engine.put(&item).await;
    let bad = asker
        .problem("/profiles/aggregations?profile_id=bob&profile_id=bad")
        .await;
    let detail = "profile `bad`: the aggregations of this profile cannot be calculated right now";
    assert_eq!(bad, (503, detail.to_owned()));
    // A customer's own token, whatever its scopes.
    for claims in [
        json!({"profile_id": "bob", "scope": "aggregations:read"}),
        json!({}),
    ] {
        asker.claims = claims;
        let refused = asker.problem("/profiles/aggregations?profile_id=bob").await;
        assert_eq!(
            refused,
            (403, "the token may not read several profiles".to_owned())
        );
    }
    for path in [
        "/history?from=2020-01-01&to=2020-01-01",
        "/calculate",
        "?explain=true",
    ] {
        asker.claims = json!({"profile_id": "bob"});
        assert_eq!(asker.ask(&format!("{ADA}{path}")).await.0, 403);
        assert_eq!(
            asker
                .ask(&format!("/profiles/me/aggregations{path}"))
                .await
                .0,
            200
        );
    }
}

#[tokio::test]
async fn answers_that_are_too_large_say_what_to_ask_less_of() {
    let engine = Engine::start().await;
    // A location of 20 KB stands twice in each entry.
    let mut location = Item::from([("name".to_owned(), Value::Text("x".repeat(20_000)))]);
    location.insert("pk".to_owned(), Value::Text("LOCATION#large".to_owned()));
    location.insert("sk".to_owned(), Value::Text("LOCATION".to_owned()));
    engine.put(&location).await;
    let partition = ProfileId::parse("carl").unwrap().partition();
    let key = SortKey::Transaction(TransactionKey::parse("2019-06-01T10:00:00Z#l"));
    let mut item = keyed_item(&partition, key);
    item.insert("total".to_owned(), Value::Number("1".to_owned()));
    item.insert("location_id".to_owned(), Value::Text("large".to_owned()));
    engine.put(&item).await;
    calculate(&engine, "carl", &Settings::default()).await;
    let asker = Asker::new(&engine);
    let first = parse_date("2020-01-01").unwrap();
    let to = |days: u64| first.checked_add_days(Days::new(days)).unwrap();
    let history = |days| {
        let to = to(days);
        format!("/profiles/carl/aggregations/history?from={first}&to={to}")
    };
    assert_eq!(asker.ask(&history(100)).await.0, 200);
    let (status, detail) = asker.problem(&history(200)).await;
    assert_eq!(status, 422);
    assert_eq!(detail, "the answer has more than 5 MB: ask for fewer dates");
    // Lambda gets a text in which every quotation mark is two bytes.
    let tags = vec![Value::Text("a".into()); 6_000];
    location.remove("name");
    location.insert("tags".to_owned(), Value::List(tags));
    engine.put(&location).await;
    let asker = Asker::new(&engine);
    let (_, fits) = asker.ask(&history(60)).await;
    assert!(fits.len() < 3_200_000, "{}", fits.len());
    assert_eq!(asker.ask(&history(88)).await.0, 422);
}
