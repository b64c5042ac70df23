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
        let renamed = self.rename.iter().find(|(from, _)| from == found);
        let is_ignored = self.ignore.iter().any(|name| name == found);
        (!is_ignored).then(|| renamed.map_or(found, |(_, to)| to))
    }

    /// What a name stands for in rows of a known kind: to delete a row, only its key counts.
    pub fn name_of<'a>(&'a self, kind: Kind, found: &'a str) -> Option<&'a str> {
        self.name(found)
            .filter(|name| !self.delete || kind.keys().contains(name))
    }

    /// Whether any kind of rows has this column.
    pub fn knows(&self, found: &str) -> bool {
        let kinds = Kind::value_variants();
        self.name(found)
            .is_none_or(|name| kinds.iter().any(|kind| kind.knows(name)))
    }

    /// The kind of rows with these columns, or the one that a flag names.
    pub fn kind_told(&self, found: &[String]) -> Result<Kind, FileProblem> {
        let names: Vec<&str> = found.iter().filter_map(|name| self.name(name)).collect();
        let listed = format!("`{}`", names.join("`, `"));
        match (self.kind, Kind::told_by(&names).as_slice()) {
            (Some(Kind::Items), _) => FileProblem::unfit(
                "the rows are not items of DynamoDB, such as {\"Item\": {\"pk\": {\"S\": ...}, ...}}: they cannot be of --kind items",
            ),
            (Some(kind), _) => Ok(kind),
            (None, [kind]) => Ok(*kind),
            (None, [first, second, ..]) => FileProblem::unfit(format!(
                "cannot tell what the rows are: of the columns {listed} some belong to {first}, others to {second}; say it with --kind"
            )),
            (None, []) => FileProblem::unfit(format!(
                "cannot tell what the rows are by the columns {listed}: say it with --kind profiles, locations, addresses or transactions"
            )),
        }
    }

    /// Checks that all names are known. An unknown one may be a typing error, and the values of its column would be lost.
    pub fn check(&self, kind: Kind, found: &[String]) -> Result<(), FileProblem> {
        let is_unknown = |found: &&String| self.name(found).is_some_and(|name| !kind.knows(name));
        match found.iter().find(is_unknown) {
            Some(name) if name.is_empty() => FileProblem::unfit(
                "a column has no name: data frames write their index so; leave it out with --ignore-columns ''",
            ),
            Some(name) => FileProblem::unfit(format!(
                "unknown column `{name}`: {kind} have {}; leave it out with --ignore-columns '{name}', or rename it with --rename",
                kind.columns().collect::<Vec<_>>().join(", ")
            )),
            None => Ok(()),
        }
    }
}
