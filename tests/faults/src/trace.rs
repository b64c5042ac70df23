//! What a trace says of a request.

use test_support::{HttpRequest, body};

/// What a request is about, without what differs from run to run.
pub(crate) fn about(request: &HttpRequest) -> String {
    let body = body(request);
    let texts = body.split("\"S\":\"").skip(1);
    let texts = texts.filter_map(|rest| rest.split('"').next());
    let texts = texts.map(|text| {
        text.rsplit_once('-').map_or(text, |(_, last)| {
            if text.starts_with("PROFILE#") {
                last
            } else {
                text
            }
        })
    });
    let mut texts: Vec<&str> = texts.filter(|text| text.len() < 32).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.truncate(6);
    texts.join(" ")
}
