//! What is stored of a profile beside its source items, and the writes to it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use calculation::{ArchiveItem, Ledger, Tag};

use crate::source::{PROFILE, told};

/// A version of the derived item. Only whether two are the same matters, so a fresh one is any number that nobody knows.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Version(pub u8);

impl Version {
    /// The tag of archive items that are written with it.
    pub(crate) fn tag(self) -> Tag {
        Tag::new([self.0, 0, 0, 0])
    }
}

/// The ledger in the derived item, encoded as the functions encode it.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Book {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The archive items that it names.
    pub named: BTreeMap<u16, Tag>,
}

impl Book {
    /// The ledger, whose archive is not taken in.
    pub(crate) fn ledger(&self) -> Option<Ledger> {
        Ledger::decode(PROFILE, &self.bytes).ok()
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ledger = self.ledger().unwrap_or_default();
        let days = told(&ledger);
        let past = if ledger.has_unread_archive() {
            " and past"
        } else {
            ""
        };
        write!(formatter, "Book({days:?}{past}, names {:?})", self.named)
    }
}

/// The derived item.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Head {
    /// Its version.
    pub version: Version,
    /// Its ledger; `None` for the empty item.
    pub book: Option<Arc<Book>>,
    /// Whether it says that it is incomplete.
    pub is_incomplete: bool,
}

impl Head {
    /// The empty item.
    pub(crate) fn empty(version: Version) -> Self {
        Self {
            version,
            book: None,
            is_incomplete: false,
        }
    }

    /// The archive items that it names.
    pub(crate) fn named(&self) -> BTreeMap<u16, Tag> {
        let named = self.book.as_ref().map(|book| book.named.clone());
        named.unwrap_or_default()
    }
}

/// An archive item.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Archived {
    /// Its tag.
    pub tag: Tag,
    /// Its days, as they are stored.
    pub days: Arc<[u8]>,
}

impl fmt::Debug for Archived {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Archived({}, {} bytes)",
            self.tag,
            self.days.len()
        )
    }
}

impl Archived {
    /// The item of a year as the calculation knows it.
    pub fn item(&self, year: u16) -> ArchiveItem {
        ArchiveItem {
            year,
            tag: self.tag,
            days: self.days.to_vec(),
        }
    }
}

/// The derived item and its archive.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Stored {
    /// The derived item.
    pub head: Option<Head>,
    /// The archive items by year.
    pub archive: BTreeMap<u16, Archived>,
}

/// On what condition a write takes place.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Condition {
    /// There is no derived item.
    Absent,
    /// It has this version.
    Has(Version),
    /// Whatever there is.
    Always,
}

/// What a write does to the derived item.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Change {
    /// It is put.
    Put(Head),
    /// It is deleted.
    Delete,
    /// It is marked incomplete, under this version.
    Mark(Version),
    /// Nothing.
    Nothing,
}

/// A write: of one item, or of several in one transaction.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Write {
    /// On what condition.
    pub condition: Condition,
    /// What becomes of the derived item.
    pub change: Change,
    /// Archive items to put.
    pub puts: BTreeMap<u16, Archived>,
    /// Archive items to delete.
    pub deletes: Vec<u16>,
}

impl Write {
    /// A write of the derived item alone.
    pub(crate) fn alone(condition: Condition, change: Change) -> Self {
        Self {
            condition,
            change,
            puts: BTreeMap::new(),
            deletes: Vec::new(),
        }
    }

    /// The same one by one, the derived item last.
    pub(crate) fn one_by_one(self) -> Vec<Self> {
        let nothing = || Self::alone(Condition::Always, Change::Nothing);
        let puts = self.puts.into_iter().map(|put| Self {
            puts: BTreeMap::from([put]),
            ..nothing()
        });
        let deletes = self.deletes.into_iter().map(|year| Self {
            deletes: vec![year],
            ..nothing()
        });
        let head = Self::alone(self.condition, self.change);
        puts.chain(deletes).chain([head]).collect()
    }
}

impl Stored {
    /// Does all of a write, or nothing if its condition fails. Tells whether it did.
    pub(crate) fn apply(&mut self, write: &Write) -> bool {
        let holds = match (write.condition, &self.head) {
            (Condition::Always, _) | (Condition::Absent, None) => true,
            (Condition::Has(version), Some(head)) => head.version == version,
            (Condition::Has(_), None) | (Condition::Absent, Some(_)) => false,
        };
        if !holds {
            return false;
        }
        match &write.change {
            Change::Put(head) => self.head = Some(head.clone()),
            Change::Delete => self.head = None,
            Change::Mark(version) => {
                if let Some(head) = &mut self.head {
                    head.version = *version;
                    head.is_incomplete = true;
                }
            }
            Change::Nothing => {}
        }
        self.archive.extend(write.puts.clone());
        for year in &write.deletes {
            self.archive.remove(year);
        }
        true
    }
}
