//! Keys, and the ids that may stand in them.

use std::fmt;

use calculation::Part;

/// The sort key of the derived item.
pub const DERIVED_SORT_KEY: &str = "AGG";
/// Characters that a profile id may have at most; they are ASCII.
const MAX_PROFILE_ID: usize = 128;
const PROFILE_PREFIX: &str = "PROFILE#";

/// The id of a profile: 1 to 128 characters out of `A-Z a-z 0-9 - _ . : @ +`, not dots alone.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ProfileId(String);

/// Why a text is no profile id.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidProfileId {
    /// There is nothing.
    #[error("profile id is empty")]
    Empty,
    /// More than 128 characters.
    #[error("profile id is longer than {MAX_PROFILE_ID} characters")]
    TooLong,
    /// Only dots.
    #[error("profile id is dots alone")]
    Dots,
    /// A character that may not stand in an id.
    #[error("profile id has the character `{}`; it may have A-Z a-z 0-9 - _ . : @ +", .0.escape_default())]
    Character(char),
}

impl ProfileId {
    /// Checks an id.
    ///
    /// # Errors
    ///
    /// The text is none; the error says why.
    pub fn parse(text: &str) -> Result<Self, InvalidProfileId> {
        if text.is_empty() {
            return Err(InvalidProfileId::Empty);
        }
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "-_.:@+".contains(character);
        if let Some(character) = text.chars().find(|character| !allowed(*character)) {
            return Err(InvalidProfileId::Character(character));
        }
        if text.len() > MAX_PROFILE_ID {
            return Err(InvalidProfileId::TooLong);
        }
        if text.bytes().all(|byte| byte == b'.') {
            return Err(InvalidProfileId::Dots);
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition key of all items of the profile.
    pub fn partition_key(&self) -> String {
        format!("{PROFILE_PREFIX}{}", self.0)
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The profile and the part of it that a changed key belongs to; `None` for a key that is no source item of a profile:
/// derived items above all, locations, and partitions under an id that is none.
pub fn changed_part(pk: &str, sk: &str) -> Option<(ProfileId, Part)> {
    let profile = ProfileId::parse(pk.strip_prefix(PROFILE_PREFIX)?).ok()?;
    Some((profile, Part::of_key(sk)?))
}

/// The partition key of a location.
pub(crate) fn location_partition_key(id: &str) -> String {
    format!("LOCATION#{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_ids_of_shops_systems() {
        let longest = "a".repeat(128);
        for id in [
            "922fafaf-1115-2221-a33-fed3333397",
            "shopify:123+x@example.com_A-z.9",
            "a",
            ".a",
            longest.as_str(),
        ] {
            assert_eq!(
                ProfileId::parse(id).map(|id| id.to_string()).as_deref(),
                Ok(id)
            );
        }
    }

    #[test]
    fn refuses_every_other_id_and_says_why() {
        let too_long = "a".repeat(129);
        for (id, reason) in [
            ("", "profile id is empty"),
            (
                too_long.as_str(),
                "profile id is longer than 128 characters",
            ),
            ("..", "profile id is dots alone"),
            (
                "a#b",
                "profile id has the character `#`; it may have A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "a%23b",
                "profile id has the character `%`; it may have A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "a/b",
                "profile id has the character `/`; it may have A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "a b",
                "profile id has the character ` `; it may have A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "é",
                "profile id has the character `\\u{e9}`; it may have A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "a\0",
                "profile id has the character `\\u{0}`; it may have A-Z a-z 0-9 - _ . : @ +",
            ),
        ] {
            assert_eq!(
                ProfileId::parse(id).map_err(|error| error.to_string()),
                Err(reason.to_owned())
            );
        }
    }

    #[test]
    fn only_source_items_of_profiles_are_changes() {
        assert!(changed_part("PROFILE#a", "PROFILE").is_some());
        assert!(changed_part("PROFILE#a", "TXN#2026-01-01T10:00:00Z#1").is_some());
        for (pk, sk) in [
            ("PROFILE#a", DERIVED_SORT_KEY),
            ("PROFILE#a", "NOTE"),
            ("PROFILE#a b", "PROFILE"),
            ("PROFILE#", "PROFILE"),
            ("LOCATION#1", "LOCATION"),
            ("LOCATION#1", "PROFILE"),
            ("", ""),
        ] {
            assert_eq!(changed_part(pk, sk), None, "{pk} {sk}");
        }
    }
}
