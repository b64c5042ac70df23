//! What a merge has to write.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::Instant;

use super::{Items, is_key, is_true};
use crate::keys::SortKey;
use crate::source::Attributes;

const JOINED_AT: &str = "joined_at";
const JOINED_LOCATION: &str = "joined_location_id";
const IS_DEFAULT: &str = "is_default";

/// What is to be put under the new id.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) puts: Vec<Put>,
    /// Of the items that are there already, the sort keys under both ids.
    pub(super) alike: BTreeMap<String, String>,
}

/// An item to put, without its keys.
#[derive(Debug, PartialEq)]
pub(super) struct Put {
    pub(super) sk: String,
    pub(super) attributes: Attributes,
    /// What it replaces.
    pub(super) replaced: Option<Attributes>,
}

impl Plan {
    /// Plans how everything of `from` goes to `into`.
    ///
    /// # Errors
    ///
    /// The sort keys of items that both have and that differ.
    pub(super) fn new(from: &Items, into: &Items) -> Result<Self, Vec<String>> {
        let mut plan = Self::default();
        let mut conflicts = Vec::new();
        let mut addresses = Addresses::new(into);
        for (sk, item) in from {
            let attributes = without_keys(item);
            match SortKey::parse(sk) {
                Some(SortKey::Profile) => plan.add_profile(sk, attributes, into.get(sk)),
                Some(SortKey::Address(id)) => {
                    plan.add_address(sk, id, attributes, &mut addresses);
                }
                _ => match into.get(sk) {
                    None => plan.put(sk.clone(), attributes, None),
                    Some(stored) if without_keys(stored) == attributes => plan.keep(sk, sk),
                    Some(_) => conflicts.push(sk.clone()),
                },
            }
        }
        if conflicts.is_empty() {
            Ok(plan)
        } else {
            Err(conflicts)
        }
    }

    fn put(&mut self, sk: String, attributes: Attributes, replaced: Option<&Attributes>) {
        let replaced = replaced.cloned();
        self.puts.push(Put {
            sk,
            attributes,
            replaced,
        });
    }

    /// That an item is there already.
    fn keep(&mut self, from: &str, into: &str) {
        self.alike.insert(from.to_owned(), into.to_owned());
    }

    /// The attributes of both records, of those that both have the stored ones; the join is the earlier one.
    fn add_profile(&mut self, sk: &str, moved: Attributes, stored: Option<&Attributes>) {
        let Some(replaced) = stored else {
            return self.put(sk.to_owned(), moved, None);
        };
        let stored = without_keys(replaced);
        let mut merged = moved.clone();
        merged.extend(stored.clone());
        let join = match (joined(&moved), joined(&stored)) {
            (Some(moved_at), Some(stored_at)) if moved_at < stored_at => Some(&moved),
            (Some(_), None) if !stored.contains_key(JOINED_AT) => {
                let location = moved.get(JOINED_LOCATION).cloned();
                merged.extend(location.map(|location| (JOINED_LOCATION.to_owned(), location)));
                None
            }
            (moved_at, stored_at) if moved_at != stored_at => Some(&stored),
            // The same join, or none.
            _ => None,
        };
        if let Some(join) = join {
            for name in [JOINED_AT, JOINED_LOCATION] {
                match join.get(name) {
                    Some(value) => drop(merged.insert(name.to_owned(), value.clone())),
                    None => drop(merged.remove(name)),
                }
            }
        }
        if merged == stored {
            self.keep(sk, sk);
        } else {
            self.put(sk.to_owned(), merged, Some(replaced));
        }
    }

    /// An address under its own id, or under that with the first suffix that is free, unless it is there already.
    fn add_address(
        &mut self,
        from: &str,
        id: &str,
        mut moved: Attributes,
        addresses: &mut Addresses,
    ) {
        let is_default = moved.get(IS_DEFAULT).is_some_and(is_true);
        let stays_default = is_default && !addresses.have_default;
        addresses.have_default |= stays_default;
        if is_default && !stays_default {
            moved.insert(IS_DEFAULT.to_owned(), AttributeValue::Bool(false));
        }
        for number in 1_u32.. {
            let id = match number {
                1 => id.to_owned(),
                number => format!("{id}-{number}"),
            };
            let sk = SortKey::Address(&id).to_string();
            match addresses.items.get(&sk).cloned() {
                None => {
                    addresses.items.insert(sk.clone(), moved.clone());
                    return self.put(sk, moved, None);
                }
                Some(stored) if is_same_place(&stored, &moved) => {
                    if stays_default {
                        self.put(sk, moved, Some(&stored));
                    } else {
                        self.keep(from, &sk);
                    }
                    return;
                }
                Some(_) => {}
            }
        }
    }
}

/// The addresses under the new id, those to be put included.
struct Addresses {
    items: Items,
    have_default: bool,
}

impl Addresses {
    fn new(into: &Items) -> Self {
        let is_address = |sk: &str| matches!(SortKey::parse(sk), Some(SortKey::Address(_)));
        let items = into.iter().filter(|(sk, _)| is_address(sk));
        let items: Items = items.map(|(sk, item)| (sk.clone(), item.clone())).collect();
        let mut defaults = items.values().filter_map(|item| item.get(IS_DEFAULT));
        let have_default = defaults.any(is_true);
        Self {
            items,
            have_default,
        }
    }
}

/// Whether two addresses are the same but for which is the default.
fn is_same_place(left: &Attributes, right: &Attributes) -> bool {
    let place = |item: &Attributes| {
        let mut place = without_keys(item);
        place.remove(IS_DEFAULT);
        place
    };
    place(left) == place(right)
}

fn without_keys(item: &Attributes) -> Attributes {
    let own = item.iter().filter(|(name, _)| !is_key(name));
    own.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// When a profile joined, if its record says so.
fn joined(record: &Attributes) -> Option<Instant> {
    Instant::parse_spaced(record.get(JOINED_AT)?.as_s().ok()?)
}
