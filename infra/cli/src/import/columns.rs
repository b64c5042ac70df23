//! The names of a file's columns: which are renamed or ignored, and what they tell about the rows.

use clap::ValueEnum;

use super::error::FileProblem;
use super::kind::Kind;

/// What the flags say about columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// The kind of the rows, if a flag names it.
    pub kind: Option<Kind>,
    /// Names in the file, and what they stand for.
    pub rename: Vec<(String, String)>,
    /// Names in the file that do not count.
    pub ignore: Vec<String>,
    /// Whether the rows are to be deleted, so that only their keys count.
    pub delete: bool,
}

impl Columns {
    /// What a name in the file stands for; `None` if its column is ignored.
    pub fn name<'a>(&'a self, found: &'a str) -> Option<&'a str> {
        if self.ignore.iter().any(|name| name == found) {
            return None;
        }
        let renamed = self.rename.iter().find(|(from, _)| from == found);
        Some(renamed.map_or(found, |(_, to)| to))
    }

    /// Whether any kind of rows has this column.
    pub fn knows(&self, found: &str) -> bool {
        let kinds = Kind::value_variants();
        self.name(found)
            .is_none_or(|name| kinds.iter().any(|kind| kind.knows(name)))
    }

    /// What a name stands for in rows of a known kind: to delete a row, only its key counts.
    pub fn name_of<'a>(&'a self, kind: Kind, found: &'a str) -> Option<&'a str> {
        self.name(found)
            .filter(|name| !self.delete || kind.keys().contains(name))
    }

    /// The kind of rows with these columns, or the one that a flag names.
    pub fn kind_told(&self, found: &[String]) -> Result<Kind, FileProblem> {
        let names = found.iter().filter_map(|name| self.name(name));
        let names: Vec<String> = names.map(str::to_owned).collect();
        match (self.kind, Kind::told_by(&names).as_slice()) {
            (Some(Kind::Items), _) => Err(FileProblem::NoItems),
            (Some(kind), _) => Ok(kind),
            (None, [kind]) => Ok(*kind),
            (None, [first, second, ..]) => {
                Err(FileProblem::Ambiguous(listed(&names), *first, *second))
            }
            (None, []) => Err(FileProblem::Unknown(listed(&names))),
        }
    }

    /// Checks that all names are known. An unknown one may be a typing error, and the values of its column would be lost.
    pub fn check(&self, kind: Kind, found: &[String]) -> Result<(), FileProblem> {
        let unknown = found
            .iter()
            .find(|found| self.name(found).is_some_and(|name| !kind.knows(name)));
        match unknown {
            Some(name) if name.is_empty() => Err(FileProblem::Unnamed),
            Some(name) => Err(FileProblem::NotOfKind {
                column: name.clone(),
                kind,
                columns: kind.columns().collect::<Vec<_>>().join(", "),
            }),
            None => Ok(()),
        }
    }
}

fn listed(names: &[String]) -> String {
    format!("`{}`", names.join("`, `"))
}
