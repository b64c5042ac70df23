//! Bytes as a ledger and its archive items.

use calculation::{ArchiveItem, Ledger, Tag, parse_date};

use crate::PROFILE;
use crate::figures::told;
use crate::input::parts;
use crate::seal::sealed;

/// Reads the first part as a ledger, and those after it as the archive items that it names. What is taken in can be told on every
/// date and written again, and comes back as it was; what cannot be taken in leaves the ledger as it was.
pub fn archive(input: &[u8]) {
    let parts = parts(input);
    let Some((content, archive)) = parts.split_first() else {
        return;
    };
    let bytes = sealed(&[PROFILE], content);
    let Ok(mut ledger) = Ledger::decode(PROFILE, &bytes) else {
        return;
    };
    let stored = ledger.clone();
    let items: Vec<_> = ledger.archive().zip(archive).map(item).collect();
    if ledger.take_in(PROFILE, items.clone()).is_err() {
        assert_eq!(ledger, stored);
        return;
    }
    assert!(!ledger.has_unread_archive());
    let first = parse_date("0001-01-01");
    assert!(!first.is_some_and(|first| ledger.needs_archive(first)));
    told(&ledger);
    let written = ledger.encode(PROFILE, Tag::new(*b"anew"));
    // Days as a ledger never writes them, such as in the item of another year, are written anew.
    let is_ours = written.archive.is_empty();
    let mut again = match Ledger::decode(PROFILE, &written.ledger) {
        Ok(again) => again,
        Err(error) => return assert!(!is_ours || written.ledger != bytes, "{error}"),
    };
    let years = again.archive().map(|(year, _)| year);
    assert!(years.eq(written.years));
    let items = items.into_iter().chain(written.archive);
    let taken = again.take_in(PROFILE, items);
    if taken.is_ok() {
        assert_eq!(again.content(), ledger.content());
        told(&again);
    }
    assert!(taken.is_ok() || !is_ours);
}

/// The archive item that a ledger names, with this content.
fn item(((year, tag), content): ((u16, Tag), &&[u8])) -> ArchiveItem {
    let bound_to = [PROFILE, &format!("{year:04}"), &tag.to_string()];
    let days = sealed(&bound_to, content);
    ArchiveItem { year, tag, days }
}
