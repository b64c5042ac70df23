//! What a trace says of a request.

use test_support::{HttpRequest, body};

/// What a request is about, without what differs from run to run: the last character of the profile's id, and sort keys.
pub(crate) fn about(request: &HttpRequest) -> String {
    let body = body(request);
    let texts = body.split("\"S\":\"").skip(1);
    let texts = texts.filter_map(|rest| rest.split('"').next());
    let known = ["TXN#", "AGG", "ADDRESS#", "PROFILE"];
    let texts = texts.filter(|text| known.iter().any(|known| text.starts_with(known)));
    let texts = texts.map(|text| match text.starts_with("PROFILE#") {
        true => text.rsplit('-').next().unwrap_or(text),
        false => text,
    });
    let mut texts: Vec<&str> = texts.collect();
    texts.sort_unstable();
    texts.dedup();
    texts.join(" ")
}
