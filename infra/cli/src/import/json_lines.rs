//! Lines of JSON: whether there is one object on each, and what they tell about the rows.

use std::io;

use super::columns::Columns;
use super::error::FileProblem;
use super::item;
use super::json::{self, Names};
use super::kind::{ADDRESS_PREFIX, Kind};
use super::lines::{Line, Lines};

/// Rows that are looked at to tell what they are.
const TRIED: usize = 100;

/// Whether there is one object on each line. The first one may be broken: the second line tells it from an object over several
/// lines.
pub(crate) fn is_on_lines(first: &Line, lines: &mut Lines) -> io::Result<bool> {
    let begins = |line: &Line, bracket: &[u8]| line.bytes.trim_ascii_start().starts_with(bracket);
    Ok(match serde_json::from_slice(&first.bytes) {
        // Not so what `aws dynamodb scan` prints.
        Ok(Names(names)) => !names
            .iter()
            .any(|(name, value)| name == "Items" && value.get().starts_with('[')),
        Err(error) if error.is_eof() && begins(first, b"{") => {
            let second = lines.next_filled()?;
            let is_row = second.as_ref().is_some_and(|line| begins(line, b"{"));
            lines.hand_back(second.into_iter().collect());
            is_row
        }
        Err(_) => begins(first, b"{"),
    })
}

/// Tells the kind by the names in the first rows that can be read, and checks those of the first as if they were a header.
pub(crate) fn kind_of_rows(lines: &mut Lines, columns: &Columns) -> Result<Kind, FileProblem> {
    let (mut first, mut names): (Option<Vec<String>>, Vec<String>) = (None, Vec::new());
    for _ in 0..TRIED {
        let Some(line) = lines.next_filled()? else {
            break;
        };
        let text = String::from_utf8_lossy(&line.bytes);
        let text = json::row(&text);
        let Ok(Names(row)) = json::parse(&text) else {
            continue;
        };
        if item::is_item(&text) {
            return match columns.kind {
                None | Some(Kind::Items) => Ok(Kind::Items),
                Some(kind) => FileProblem::unfit(format!(
                    "the rows are items of DynamoDB, not {kind}: leave --kind out"
                )),
            };
        }
        let own: Vec<String> = row.iter().map(|(name, _)| name.clone()).collect();
        if ["Metadata", "Keys"]
            .iter()
            .all(|name| own.iter().any(|own| own == name))
        {
            return FileProblem::unfit(
                "the file is an incremental export of DynamoDB: make a full one",
            );
        }
        let address = row.iter().find(|(name, _)| name == "address");
        if let Some(Ok(Names(parts))) = address.map(|(_, value)| serde_json::from_str(value.get()))
        {
            names.extend(
                parts
                    .iter()
                    .map(|(part, _)| format!("{ADDRESS_PREFIX}{part}")),
            );
        }
        names.extend(own.iter().cloned());
        first.get_or_insert(own);
    }
    if lines.is_empty() {
        return FileProblem::unfit("the file is empty");
    }
    let Some(first) = first.or_else(|| columns.kind.map(|_| Vec::new())) else {
        return FileProblem::unfit(
            "cannot tell what the rows are: none of the first ones can be read; say it with --kind",
        );
    };
    names.sort_unstable();
    names.dedup();
    let kind = columns.kind_told(&names)?;
    columns.check(kind, &first)?;
    Ok(kind)
}
