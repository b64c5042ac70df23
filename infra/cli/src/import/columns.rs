//! The names of a file's columns: which are renamed or ignored, and what they tell about the rows.

use std::collections::BTreeMap;

use clap::ValueEnum;

use super::arguments::Arguments;
use super::error::FileProblem;
use super::kind::Kind;

impl Arguments {
    /// What a name in the file stands for; `None` if its column is ignored.
    pub(crate) fn name<'a>(&'a self, found: &'a str) -> Option<&'a str> {
        let renamed = self.rename.iter().find(|(from, _)| from == found);
        let is_ignored = self.ignore_columns.iter().any(|name| name == found);
        (!is_ignored).then(|| renamed.map_or(found, |(_, to)| to))
    }

    /// What a name stands for in rows of a known kind: to delete a row, only its key counts.
    pub(crate) fn name_of<'a>(&'a self, kind: Kind, found: &'a str) -> Option<&'a str> {
        self.name(found)
            .filter(|name| !self.delete || kind.keys().contains(name))
    }

    /// The values of a row under the names that they stand for.
    pub(crate) fn named<T>(
        &self,
        kind: Kind,
        row: impl IntoIterator<Item = (String, T)>,
    ) -> Result<BTreeMap<String, T>, String> {
        let mut values = BTreeMap::new();
        for (found, value) in row {
            if let Some(name) = self.name_of(kind, &found)
                && values.insert(name.to_owned(), value).is_some()
            {
                return Err(format!("the name `{name}` appears twice"));
            }
        }
        Ok(values)
    }

    /// Whether any kind of rows has this column.
    pub(crate) fn knows(&self, found: &str) -> bool {
        let mut kinds = Kind::value_variants().iter();
        self.name(found)
            .is_none_or(|name| kinds.any(|kind| kind.knows(name)))
    }

    /// The kind of rows with these columns, or the one that a flag names.
    pub(crate) fn kind_told(&self, found: &[String]) -> Result<Kind, FileProblem> {
        let names: Vec<&str> = found.iter().filter_map(|name| self.name(name)).collect();
        let listed = format!("`{}`", names.join("`, `"));
        let told = Kind::value_variants().iter();
        let told: Vec<&Kind> = told.filter(|kind| kind.is_told_by(&names)).collect();
        match (self.kind, told.as_slice()) {
            (Some(Kind::Items), _) => FileProblem::unfit(
                "the rows are not items of DynamoDB, such as {\"Item\": {\"pk\": {\"S\": ...}, ...}}: they cannot be of --kind items",
            ),
            (Some(kind), _) => Ok(kind),
            (None, [kind]) => Ok(**kind),
            (None, [first, second, ..]) => FileProblem::unfit(format!(
                "cannot tell what the rows are: of the columns {listed} some belong to {first}, others to {second}; say it with --kind"
            )),
            (None, []) => FileProblem::unfit(format!(
                "cannot tell what the rows are by the columns {listed}: say it with --kind profiles, locations, addresses or transactions"
            )),
        }
    }

    /// The kind of rows that are items, unless a flag names another.
    pub(crate) fn kind_of_items(&self) -> Result<Kind, FileProblem> {
        match self.kind {
            None | Some(Kind::Items) => Ok(Kind::Items),
            Some(kind) => FileProblem::unfit(format!(
                "the rows are items of DynamoDB, not {kind}: leave --kind out"
            )),
        }
    }

    /// Checks that all names are known. An unknown one may be a typing error, and the values of its column would be lost.
    pub(crate) fn check_names(&self, kind: Kind, found: &[String]) -> Result<(), FileProblem> {
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
