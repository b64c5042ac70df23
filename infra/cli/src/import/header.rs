//! The header of a CSV file.

use std::collections::HashSet;

use super::arguments::Arguments;
use super::error::FileProblem;
use super::kind::Kind;
use super::lines::{Line, Lines};
use super::record::{QUOTES, Splitter};

/// What may stand between cells.
const SEPARATORS: [u8; 3] = [b'\t', b';', b','];
/// What the header of a rejects file begins with.
pub(crate) const REJECTS_COLUMNS: [&str; 2] = ["rejected_line", "reason"];

/// The header of a CSV file.
#[derive(Debug)]
pub(crate) struct Header {
    /// The names in the file, without the columns of a rejects file.
    pub names: Vec<String>,
    /// How many columns of a rejects file stand before them.
    pub skipped: usize,
    /// The number of its line.
    pub line: u64,
    /// What stands between cells.
    pub separator: u8,
}

impl Header {
    /// Reads the header, which says what stands between cells: of the separators the one that shows the most names we know.
    pub fn read(first: Line, lines: &mut Lines, flags: &Arguments) -> Result<Self, FileProblem> {
        let (header, separators) = match first.bytes.to_ascii_lowercase().as_slice() {
            [b's', b'e', b'p', b'=', separator]
            | [b'"', b's', b'e', b'p', b'=', separator, b'"'] => {
                (lines.next_filled()?.unwrap_or(first), vec![*separator])
            }
            _ => (first, SEPARATORS.to_vec()),
        };
        let headers = separators
            .into_iter()
            .filter_map(|separator| Self::split(&header, separator));
        let known = |header: &Self| {
            let known = header.names.iter().filter(|name| flags.knows(name));
            (known.count(), header.names.len())
        };
        let Some(best) = headers.max_by_key(known) else {
            return FileProblem::unfit(format!("the first line is not a header: {QUOTES}"));
        };
        let mut seen = HashSet::new();
        let mut used = best.names.iter().filter_map(|name| flags.name(name));
        match used.find(|name| !name.is_empty() && !seen.insert(*name)) {
            Some(name) => FileProblem::unfit(format!("the column `{name}` appears twice")),
            None => Ok(best),
        }
    }

    fn split(header: &Line, separator: u8) -> Option<Self> {
        let mut splitter = Splitter::new(separator);
        let names = splitter.split(&header.bytes)?.into_iter();
        let names = names.map(|name| Some(std::str::from_utf8(name).ok()?.trim().to_owned()));
        let mut names = names.collect::<Option<Vec<String>>>()?;
        // A spreadsheet pads every row to its longest.
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let skipped = match names.as_slice() {
            [line, reason, ..] if [line, reason] == REJECTS_COLUMNS.each_ref() => 2,
            _ => 0,
        };
        Some(Self {
            names: names.split_off(skipped),
            skipped,
            line: header.number,
            separator,
        })
    }

    /// The kind of the rows, whose required columns are there.
    pub fn kind(&self, flags: &Arguments) -> Result<Kind, FileProblem> {
        let kind = flags.kind_told(&self.names)?;
        flags.check_names(kind, &self.names)?;
        let names: Vec<_> = self.names.iter().map(|name| flags.name(name)).collect();
        let mut required = kind.required(flags.delete);
        match required.find(|name| !names.contains(&Some(name))) {
            Some(name) => FileProblem::unfit(format!(
                "the column `{name}` is missing: {kind} need it; another name becomes this one with --rename OTHER={name}"
            )),
            None => Ok(kind),
        }
    }
}
