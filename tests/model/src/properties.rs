//! What is to hold.

use std::collections::BTreeMap;

use chrono::Months;
use stateright::Property;

use crate::archive::take_in;
use crate::protocol::Protocol;
use crate::reader::Reader;
use crate::source::{Date, document, from_nothing};
use crate::state::State;
use crate::stored::Stored;

/// Once everything is quiet, what is stored says what a calculation from nothing says, or says that it is incomplete where there
/// is no room.
pub const EXACT: &str = "exact once quiet";
/// Once everything is quiet, no archive item is left that the derived item does not name.
pub const NO_LEFTOVERS: &str = "no archive item is left over";
/// At every moment the archive items that the derived item names are there, and are those that it means.
pub const WHOLE: &str = "the archive belongs to the derived item";
/// What a reader is told of a date was stored on that date at some moment before.
pub const TRUE_ONCE: &str = "a reader is told what was stored once";
/// From every state everything becomes quiet, if nothing else goes wrong.
pub const ENDS: &str = "everything can become quiet";
/// Everything is quiet somewhere, so that the properties of quiet states say something.
pub const QUIET: &str = "everything is quiet somewhere";

/// Declares properties that hold in every state.
macro_rules! always {
    ($($name:ident: $holds:expr;)*) => {
        vec![$(Property::always($name, |protocol: &Protocol, state: &State| {
            let holds: fn(&Protocol, &State) -> bool = $holds;
            protocol.first_of($name, holds(protocol, state))
        })),*]
    };
}

pub(crate) fn properties() -> Vec<Property<Protocol>> {
    let mut properties = always! {
        EXACT: |protocol, state| !state.is_quiet(&protocol.scenario) || is_exact(protocol, state);
        NO_LEFTOVERS: |protocol, state| !state.is_quiet(&protocol.scenario) || has_no_leftovers(&state.stored);
        WHOLE: |protocol, state| protocol.scenario.is_torn || is_whole(&state.stored);
        TRUE_ONCE: was_true_once;
        ENDS: |protocol, state| protocol.ends(state);
    };
    properties.push(Property::sometimes(
        QUIET,
        |protocol: &Protocol, state: &State| state.is_quiet(&protocol.scenario),
    ));
    properties
}

fn is_exact(protocol: &Protocol, state: &State) -> bool {
    let truth = from_nothing(&state.source);
    let Some(head) = &state.stored.head else {
        return truth.is_empty();
    };
    if head.is_incomplete {
        return protocol.scenario.is_too_large(&truth);
    }
    // An empty item of nothing is nothing; a late writer can leave one.
    let Some(book) = &head.book else {
        return truth.is_empty();
    };
    let Some(stored) = book.ledger() else {
        return false;
    };
    let mut whole = stored.clone();
    let archive = state.stored.archive.iter();
    let archive = archive.map(|(year, item)| (*year, Some(item.clone())));
    // All closed days lie before its windows.
    let today = Date::Newest.day() + Months::new(48);
    take_in(&mut whole, &archive.collect(), true)
        && !whole.is_empty()
        && whole.differences(&truth).is_empty()
        && stored.sums_up(&whole)
        && document(&stored, today) == document(&truth, today)
}

fn has_no_leftovers(stored: &Stored) -> bool {
    let named = stored
        .head
        .as_ref()
        .map(|head| head.named())
        .unwrap_or_default();
    stored.archive.keys().all(|year| named.contains_key(year))
}

fn is_whole(stored: &Stored) -> bool {
    let named = stored
        .head
        .as_ref()
        .map(|head| head.named())
        .unwrap_or_default();
    let found: BTreeMap<_, _> = stored
        .archive
        .iter()
        .map(|(year, item)| (*year, item.tag))
        .collect();
    named == found
}

fn was_true_once(protocol: &Protocol, state: &State) -> bool {
    let Reader::Told(told) = &state.reader else {
        return true;
    };
    let scenario = &protocol.scenario;
    let stored = scenario.totals();
    let edits = || scenario.edits.iter().take(state.edits);
    Date::ALL.iter().all(|date| {
        let said = told.get(date).copied();
        said == stored.get(date).copied() || edits().any(|edit| *edit == (*date, said))
    })
}
