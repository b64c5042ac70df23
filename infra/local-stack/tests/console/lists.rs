//! The list of profiles and the segments, beside what the API says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use local_stack::{Options, Stack};
use serde_json::{Value, json};

use crate::support::{get, got, id, put, start, walk};

/// The figures of a document that the list has too.
const FIGURES: [&str; 6] = [
    "shop_count",
    "spend_all",
    "spend_last_date",
    "dimension_frequency",
    "dimension_recency",
    "dimension_join",
];

async fn buy(stack: &Stack, profile: &str, key: &str, total: &str) {
    let total = AttributeValue::N(total.to_owned());
    let (pk, sk) = (format!("PROFILE#{profile}"), format!("TXN#{key}"));
    put(stack, &pk, &sk, &[("total", total)]).await;
}

async fn document(stack: &Stack, profile: &str) -> Value {
    got(stack, &format!("/profiles/{profile}/aggregations")).await
}

/// How many documents have each code of a dimension, and how many have none.
fn counts(documents: &[Value], dimension: &str) -> (BTreeMap<String, u64>, u64) {
    let (mut counts, mut without) = (BTreeMap::new(), 0);
    for document in documents {
        match document[dimension].as_str() {
            Some(code) => *counts.entry(code.to_owned()).or_default() += 1,
            None => without += 1,
        }
    }
    (counts, without)
}

#[tokio::test]
async fn both_say_of_each_customer_what_the_api_says() {
    let stack = start(Options {
        sample: true,
        ..Options::default()
    })
    .await;
    // Besides the sample: exact money, an id that a URL has to encode, one that only joined, and one that never did.
    buy(&stack, "A+b", "2026-01-15T09:30:00Z#1", "0.1").await;
    buy(&stack, "A+b", "2026-01-16T09:30:00Z#2", "123456789012.3456").await;
    let joined = AttributeValue::S("2001-01-01 00:00:00".into());
    put(
        &stack,
        "PROFILE#joined",
        "PROFILE",
        &[("joined_at", joined)],
    )
    .await;
    put(&stack, "PROFILE#aside", "TXN#2026-01-15T09:30:00Z#1", &[]).await;
    stack.caught_up().await;

    let profiles = walk(&stack, "", 7).await;
    assert_eq!(profiles.len(), stack.sample_profiles().unwrap() + 3);
    assert_eq!(walk(&stack, "", profiles.len()).await, profiles);
    let mut documents = Vec::new();
    for profile in &profiles {
        let document = document(&stack, &id(profile).replace('+', "%2B")).await;
        for figure in FIGURES {
            assert_eq!(profile[figure], document[figure], "{profile}");
        }
        let flags = ["incomplete", "unreadable"].map(|flag| profile[flag].as_bool().unwrap());
        assert_eq!(flags, [false, false]);
        let aside = u64::from(id(profile) == "aside");
        assert_eq!(profile["set_aside"], aside, "{profile}");
        documents.push(document);
    }
    let list = get(&stack, "/_local/profiles?search=a%2BB").await;
    assert!(
        list.text.contains(r#""spend_all":123456789012.4456,"#),
        "{}",
        list.text
    );
    let list = list.json();
    assert_eq!(
        (&list["matching"], &list["stored"]),
        (&json!(1), &json!(profiles.len()))
    );
    assert_eq!(
        (&list["unreadable"], &list["next"]),
        (&json!(0), &Value::Null)
    );

    let segments = got(&stack, "/_local/segments").await;
    assert_eq!(segments["profiles"], profiles.len());
    assert_eq!(segments["unreadable"], 0);
    assert_eq!(segments["read_at"], list["read_at"], "one scan for both");
    let read_at = list["read_at"].as_str().unwrap();
    assert!(read_at.starts_with(segments["as_of"].as_str().unwrap()) && read_at.ends_with('Z'));
    for dimension in ["dimension_frequency", "dimension_recency", "dimension_join"] {
        let (counts, without) = counts(&documents, dimension);
        assert_eq!(segments[dimension], json!(counts), "{dimension}");
        if dimension == "dimension_join" {
            assert_eq!(segments["without_join"], without);
            assert!(without >= 2 && counts.len() >= 2, "{counts:?}");
        }
        let parameter = dimension.trim_start_matches("dimension_");
        for (code, count) in counts {
            let matching = walk(&stack, &format!("&{parameter}={code}"), 2).await;
            assert_eq!(matching.len() as u64, count, "{code}");
            assert!(
                matching
                    .iter()
                    .all(|profile| profile[dimension] == code.as_str())
            );
        }
    }
    stack.stop().await;
}

#[tokio::test]
async fn codes_come_in_their_order() {
    let stack = start(Options::default()).await;
    for (profile, joined) in [
        ("a", "2001-01-01"),
        ("b", "2020-01-01"),
        ("c", "9999-01-01"),
    ] {
        let joined = AttributeValue::S(format!("{joined} 00:00:00"));
        let pk = format!("PROFILE#{profile}");
        put(&stack, &pk, "PROFILE", &[("joined_at", joined)]).await;
    }
    buy(&stack, "a", "2020-01-15T09:30:00Z#1", "1").await;
    stack.caught_up().await;
    // As they stand in the text: a map would sort them.
    let text = get(&stack, "/_local/segments").await.text;
    let place = |text_of: &str| {
        text.find(text_of)
            .unwrap_or_else(|| panic!("{text_of}: {text}"))
    };
    let years = |profile: &Value| profile["dimension_join"].as_str().unwrap().to_owned();
    let profiles = walk(&stack, "", 200).await;
    let [a, b, c] = [0, 1, 2].map(|index: usize| format!("{:?}:1", years(&profiles[index])));
    assert!(place(&c) < place(&b) && place(&b) < place(&a), "{text}");
    assert!(place(r#"{"F0":2,"F1":1}"#) > 0 && place(r#"{"RI":1,"R0":2}"#) > 0);
    stack.stop().await;
}

#[tokio::test]
async fn a_question_that_is_none_is_refused_with_its_name() {
    let stack = start(Options::default()).await;
    for (query, named) in [
        ("x=1", "`x`"),
        ("Limit=1", "`Limit`"),
        ("limit=0", "`limit` value `0`"),
        ("limit=201", "`limit` value `201`"),
        ("limit=", "`limit` value ``"),
        ("limit=1&limit=2", "`limit` appears more than once"),
        ("after=a%23b", "`after` value `a#b`"),
        (
            "frequency=F3",
            "`frequency` value `F3`: expected one of F0, F1, F2, FL, FH",
        ),
        ("frequency=f2", "`frequency` value `f2`"),
        ("recency=", "`recency` value ``"),
        ("join=J0x", "`join` value `J0x`"),
        ("search=a&search=b", "`search` appears more than once"),
    ] {
        let answer = get(&stack, &format!("/_local/profiles?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert!(!answer.headers.contains_key("retry-after"), "{query}");
        let problem = answer.json();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(named), "{query}: {detail}");
        assert_eq!(
            (&problem["type"], &problem["title"], &problem["status"]),
            (&json!("about:blank"), &json!("Bad Request"), &json!(400))
        );
    }
    for query in [
        "",
        "?",
        "?search=",
        "?limit=200",
        "?join=J40",
        "?after=nobody",
    ] {
        let list = got(&stack, &format!("/_local/profiles{query}")).await;
        assert_eq!(list["matching"], 0, "{query}");
    }
    stack.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_listed() {
    let stack = start(Options::default()).await;
    for profile in ["damaged", "sound"] {
        buy(&stack, profile, "2026-01-15T09:30:00Z#1", "1").await;
    }
    stack.caught_up().await;
    let ledger = AttributeValue::B(Blob::new(*b"no ledger"));
    put(&stack, "PROFILE#damaged", "AGG", &[("ledger", ledger)]).await;
    let incomplete = AttributeValue::S("too large".into());
    put(
        &stack,
        "PROFILE#large",
        "AGG",
        &[("incomplete", incomplete)],
    )
    .await;
    put(&stack, "PROFILE#new", "AGG", &[]).await;
    // Of this one nothing is derived, so it is not stored yet.
    put(&stack, "PROFILE#other", "NOTE", &[]).await;

    let list = got(&stack, "/_local/profiles").await;
    let profiles = list["profiles"].as_array().unwrap();
    let told: Vec<_> = profiles
        .iter()
        .map(|profile| {
            let has_figures = FIGURES[..5].iter().any(|figure| !profile[figure].is_null());
            assert_eq!(has_figures, !profile["set_aside"].is_null());
            let flag = |name: &str| profile[name].as_bool().unwrap();
            (
                id(profile),
                has_figures,
                flag("unreadable"),
                flag("incomplete"),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("damaged", false, true, false),
            ("large", false, true, true),
            ("new", false, false, false),
            ("sound", true, false, false),
        ]
    );
    assert_eq!(
        (&list["unreadable"], &list["stored"]),
        (&json!(2), &json!(4))
    );
    let status = get(&stack, "/profiles/damaged/aggregations").await.status;
    assert_eq!(status, 503);
    let segments = got(&stack, "/_local/segments").await;
    assert_eq!(
        (&segments["unreadable"], &segments["profiles"]),
        (&json!(2), &json!(4))
    );
    assert_eq!(segments["dimension_frequency"], json!({"F1": 1}));
    assert_eq!(segments["without_join"], 1);
    stack.stop().await;
}

/// Purchases of 60 customers, a third of whom are gone again.
async fn change(stack: &Stack) {
    for number in 0..60 {
        buy(stack, &format!("p{number}"), "2026-01-15T09:30:00Z#1", "1").await;
        if number % 3 == 2 {
            let delete = stack.client().delete_item().table_name(stack.table_name());
            let pk = AttributeValue::S(format!("PROFILE#p{number}"));
            let sk = AttributeValue::S("TXN#2026-01-15T09:30:00Z#1".into());
            delete.key("pk", pk).key("sk", sk).send().await.unwrap();
        }
    }
    stack.caught_up().await;
}

#[tokio::test]
async fn the_customer_base_may_change_while_it_is_read() {
    let stack = start(Options::default()).await;
    let done = AtomicBool::new(false);
    let walks = async {
        let mut walks = 0;
        while !done.load(Ordering::SeqCst) {
            // Finds each id once, whatever happens meanwhile.
            walk(&stack, "", 5).await;
            walks += 1;
        }
        walks
    };
    let changes = async {
        change(&stack).await;
        done.store(true, Ordering::SeqCst);
    };
    let (walks, ()) = tokio::join!(walks, changes);
    assert!(walks > 1, "nothing was read meanwhile");
    // A stale snapshot is served for a moment, but not for long.
    let expected: Vec<_> = (0..60).filter(|number| number % 3 != 2).collect();
    while walk(&stack, "", 200).await.len() != expected.len() {}
    let found = walk(&stack, "", 7).await;
    for number in expected {
        let name = format!("p{number}");
        assert!(found.iter().any(|profile| id(profile) == name), "{name}");
    }
    stack.stop().await;
}
