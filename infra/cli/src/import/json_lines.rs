//! Lines of JSON: whether there is one object on each, and what they tell about the rows.

use std::collections::BTreeSet;
use std::io;

use calculation::Object;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::arguments::Arguments;
use super::error::FileProblem;
use super::kind::{ADDRESS_PREFIX, Kind};
use super::lines::{Line, Lines};
use super::{item, json};

/// Rows that are looked at to tell what they are.
const TRIED: usize = 100;

/// A page of what `aws dynamodb scan` prints.
#[derive(Deserialize)]
struct Page {
    #[serde(rename = "Items")]
    _items: Vec<IgnoredAny>,
}

/// Whether there is one object on each line. The first one may be broken: the second line tells it from an object over several
/// lines.
pub(crate) fn is_on_lines(first: &Line, lines: &mut Lines) -> io::Result<bool> {
    let is_object = |line: &Line| line.bytes.trim_ascii_start().starts_with(b"{");
    let is_page = serde_json::from_slice::<Page>(&first.bytes).is_ok();
    let whole = serde_json::from_slice::<IgnoredAny>(&first.bytes);
    let is_followed = lines.next_filled()?.as_ref().is_some_and(is_object);
    let is_row = is_followed || !whole.is_err_and(|error| error.is_eof());
    Ok(is_object(first) && is_row && !is_page)
}

/// Tells the kind by the names in the first rows that can be read, and checks those of the first as if they were a header.
pub(crate) fn kind_of_rows(lines: &mut Lines, flags: &Arguments) -> Result<Kind, FileProblem> {
    let (mut first, mut names) = (None, BTreeSet::new());
    for _ in 0..TRIED {
        let Some(line) = lines.next_filled()? else {
            break;
        };
        let Ok(row) = json::row(&String::from_utf8_lossy(&line.bytes)) else {
            continue;
        };
        let item = flags.named(Kind::Items, row.clone());
        if item.and_then(|item| item::read(&item)).is_ok() {
            return flags.kind_of_items();
        }
        if row.contains_key("Metadata") && row.contains_key("Keys") {
            return FileProblem::unfit(
                "the file is an incremental export of DynamoDB: make a full one",
            );
        }
        let address = row
            .get("address")
            .map(|parts| serde_json::from_str(parts.get()));
        if let Some(Ok(Object::<IgnoredAny>(parts))) = address {
            names.extend(parts.keys().map(|part| format!("{ADDRESS_PREFIX}{part}")));
        }
        names.extend(row.keys().cloned());
        first.get_or_insert_with(|| row.into_keys().collect::<Vec<_>>());
    }
    if lines.read == 0 {
        return FileProblem::unfit("the file is empty");
    }
    let Some(first) = first.or_else(|| flags.kind.map(|_| Vec::new())) else {
        return FileProblem::unfit(
            "cannot tell what the rows are: none of the first ones can be read; say it with --kind",
        );
    };
    let names: Vec<String> = names.into_iter().collect();
    let kind = flags.kind_told(&names)?;
    flags.check_names(kind, &first)?;
    Ok(kind)
}
