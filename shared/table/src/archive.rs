//! A profile's archive items.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{ArchiveItem, Tag};

use crate::error::TableError;
use crate::keys::{SortKey, archive_prefix};
use crate::profile_id::ProfileId;
use crate::source::{Attributes, hand_on};
use crate::store::{Consistency, Table};

/// The archive items of a profile, as they were found.
#[derive(Debug, Default)]
pub struct Archive {
    /// Those that can be read.
    pub items: Vec<ArchiveItem>,
    /// The years of all of them.
    pub(crate) years: BTreeSet<u16>,
}

impl Archive {
    pub(crate) fn add(&mut self, year: u16, mut item: Attributes) {
        self.years.insert(year);
        let tag = match item.remove("tag") {
            Some(AttributeValue::S(tag)) => Tag::parse(&tag),
            _ => None,
        };
        // One that cannot be read belongs to no ledger.
        if let (Some(tag), Some(AttributeValue::B(days))) = (tag, item.remove("days")) {
            let days = days.into_inner();
            self.items.push(ArchiveItem { year, tag, days });
        }
    }
}

impl Table {
    /// Reads a profile's archive items.
    ///
    /// # Errors
    ///
    /// A request failed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use table::{Consistency, ProfileId};
    ///
    /// let ada = ProfileId::parse("ada").expect("a valid id");
    /// let archive = table.archive(&ada, Consistency::Eventual).await?;
    /// println!("{} archive items", archive.items.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn archive(
        &self,
        profile: &ProfileId,
        consistency: Consistency,
    ) -> Result<Archive, TableError> {
        let mut archive = Archive::default();
        let each = |items| {
            hand_on(items, |key, item| {
                if let SortKey::Archive(year) = key {
                    archive.add(year, item);
                }
            });
            Ok(())
        };
        let prefix = Some(archive_prefix());
        self.pages(profile, prefix, consistency, each).await?;
        Ok(archive)
    }
}
