//! The files of the page, which are in the program.

use std::path::Path as FilePath;

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};

use crate::problem::Problem;

static PAGE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/page");
const INDEX: &str = "index.html";
/// What takes the place of a file's content type that is not known.
const UNKNOWN: &str = "application/octet-stream";

/// What the page says of the stack.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct About {
    /// The table's name.
    pub table_name: String,
    /// The currency of the figures; empty if there is none.
    pub currency: String,
    /// What the API's response is wrapped in: `none` or `data`.
    pub envelope: &'static str,
    /// Where DynamoDB answers.
    pub dynamodb_url: String,
    /// A profile of the sample data.
    pub example_profile: &'static str,
}

/// The page with what it says of the stack filled in.
pub(crate) fn index_of(about: &About) -> String {
    filled_in(include_str!("../page/index.html"), about)
}

fn filled_in(page: &str, about: &About) -> String {
    [
        ("{{table_name}}", about.table_name.as_str()),
        ("{{currency}}", &about.currency),
        ("{{envelope}}", about.envelope),
        ("{{dynamodb_url}}", &about.dynamodb_url),
        ("{{example_profile}}", about.example_profile),
    ]
    .into_iter()
    .fold(page.to_owned(), |page, (place, text)| {
        page.replace(place, &escaped(text))
    })
}

/// A text as HTML has it, between tags and in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

pub(crate) async fn index(State(page): State<String>) -> Response {
    served(INDEX, page)
}

/// A file beside the page itself.
pub(crate) async fn file(Path(path): Path<String>) -> Response {
    match PAGE.get_file(&path).filter(|_| path != INDEX) {
        Some(file) => served(&path, file.contents()),
        None => Problem::NoFile(path).into_response(),
    }
}

fn served(path: &str, content: impl IntoResponse) -> Response {
    let mut response = content.into_response();
    let content_type = HeaderValue::from_static(content_type(path));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn content_type(path: &str) -> &'static str {
    let path = FilePath::new(path);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("md" | "txt") | None => "text/plain; charset=utf-8",
        Some(_) => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_text() {
        let about = About {
            table_name: "t".to_owned(),
            currency: String::new(),
            envelope: "data",
            dynamodb_url: r#"<a href='"&">"#.to_owned(),
            example_profile: "ada",
        };
        let page = "{{table_name}} {{currency}} {{envelope}} <p title=\"{{dynamodb_url}}\">{{example_profile}}{{example_profile}}";
        assert_eq!(
            filled_in(page, &about),
            "t  data <p title=\"&lt;a href=&#39;&quot;&amp;&quot;&gt;\">adaada"
        );
    }

    #[test]
    fn every_file_has_a_content_type() {
        let mut folders = vec![&PAGE];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            for file in folder.files() {
                let path = file.path().to_str().unwrap();
                assert_ne!(content_type(path), UNKNOWN, "{path}");
                files += 1;
            }
        }
        assert!(files >= 3);
    }
}
