//! What is made of archive items that were read.

use std::collections::BTreeMap;

use calculation::{ArchiveItem, Ledger, Tag};
use xxhash_rust::xxh3::xxh3_64;

use crate::source::PROFILE;
use crate::stored::Archived;

/// Archive items as they are handed to the calculation. One that looks at tags hands them on as they are; for one that does
/// not, whatever has a year that is named belongs.
pub(crate) fn items(
    found: &BTreeMap<u16, Option<Archived>>,
    named: &BTreeMap<u16, Tag>,
    looks_at_tags: bool,
) -> Vec<ArchiveItem> {
    let found = found
        .iter()
        .filter_map(|(year, item)| Some((*year, item.as_ref()?)));
    let items = found.map(|(year, item)| item.item(year));
    if looks_at_tags {
        return items.collect();
    }
    items
        .filter_map(|item| Some(rebound(*named.get(&item.year)?, item)))
        .collect()
}

/// An archive item as if it had another tag.
fn rebound(tag: Tag, item: ArchiveItem) -> ArchiveItem {
    let Some((content, _)) = item.days.split_last_chunk::<4>() else {
        return item;
    };
    let bound_to = format!("{PROFILE}\0{:04}\0{tag}\0", item.year);
    let check = xxh3_64(&[bound_to.as_bytes(), content].concat()).to_le_bytes();
    let check: Vec<u8> = check.into_iter().take(4).collect();
    let days = [content, &check].concat();
    ArchiveItem { tag, days, ..item }
}

/// Takes archive items in. Tells whether they belong to the ledger.
pub(crate) fn take_in(
    ledger: &mut Ledger,
    found: &BTreeMap<u16, Option<Archived>>,
    looks_at_tags: bool,
) -> bool {
    let named = ledger.archive().collect();
    ledger
        .take_in(PROFILE, items(found, &named, looks_at_tags))
        .is_ok()
}
