//! The rules of the protocol, each of which can be left out.

/// A rule of the protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule {
    /// Parts are read after the derived item. Left out: before it.
    PartsAfterHead,
    /// The derived item is read by itself. Left out: at the same time as the parts, so either answer may come first.
    HeadByItself,
    /// The put has its condition.
    ConditionOfPut,
    /// The delete has its condition.
    ConditionOfDelete,
    /// An empty item is put first. Left out: the calculated one, under "no item existed".
    EmptyFirst,
    /// Parts are read after the first put. Left out: before it.
    PartsAfterEmpty,
    /// The put of the empty item is sent once, or with a version of its own each time. Left out: a client that hears nothing sends
    /// the same again, so the first copy can take effect after a deletion, and brings back a version that others hold on to.
    EmptySentOnce,
    /// The version is random. Left out: it counts, and begins again after a deletion.
    RandomVersion,
    /// It is written even if nothing changed.
    WriteOfUnchanged,
    /// Archive items are written in one transaction with the derived item. Left out: before it, one by one.
    Transaction,
    /// The archive is read after the derived item. Left out: before it.
    ArchiveAfterHead,
    /// A writer looks at the tags of archive items.
    TagsOfWriter,
    /// A reader looks at the tags of archive items.
    TagsOfReader,
    /// An archive item that is written anew gets a new tag. Left out: it keeps the one that it had.
    FreshTags,
    /// A recalculation from everything deletes archive items that no longer belong.
    DeletesOfFullRead,
    /// The deletion of the derived item deletes its archive items.
    DeletesOfLast,
    /// An item for which there is no room is marked `incomplete`. Left out: it is passed over.
    Incomplete,
    /// The mark comes with a fresh version.
    VersionOfIncomplete,
    /// Everything is read when the archive does not belong to the derived item and a second look finds the same.
    SecondLook,
}

impl Rule {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::PartsAfterHead,
        Self::HeadByItself,
        Self::ConditionOfPut,
        Self::ConditionOfDelete,
        Self::EmptyFirst,
        Self::PartsAfterEmpty,
        Self::EmptySentOnce,
        Self::RandomVersion,
        Self::WriteOfUnchanged,
        Self::Transaction,
        Self::ArchiveAfterHead,
        Self::TagsOfWriter,
        Self::TagsOfReader,
        Self::FreshTags,
        Self::DeletesOfFullRead,
        Self::DeletesOfLast,
        Self::Incomplete,
        Self::VersionOfIncomplete,
        Self::SecondLook,
    ];

    /// The rule of a name.
    pub fn parse(name: &str) -> Option<Self> {
        let mut rules = Self::ALL.iter().copied();
        rules.find(|rule| format!("{rule:?}") == name)
    }
}

/// The protocol, with all of its rules or without some.
#[derive(Clone, Debug, Default)]
pub struct Design {
    left_out: Vec<Rule>,
}

impl Design {
    /// The same without a rule.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        self.left_out.push(rule);
        self
    }

    /// Whether it has the rule.
    pub fn keeps(&self, rule: Rule) -> bool {
        !self.left_out.contains(&rule)
    }
}
