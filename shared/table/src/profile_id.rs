//! The ids of profiles.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::keys::PartitionKey;
use crate::printable::printable;

/// Characters that a profile id may have at most; they are ASCII.
const MAX_PROFILE_ID: usize = 128;

/// The id of a profile: 1 to 128 characters out of `A-Z a-z 0-9 - _ . : @ +`, not dots alone.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String")]
pub struct ProfileId(String);

/// Why a text is not a profile id.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidProfileId {
    /// It is empty.
    #[error("invalid profile id: it is empty")]
    Empty,
    /// It is longer than 128 characters.
    #[error("invalid profile id: it is longer than {MAX_PROFILE_ID} characters")]
    TooLong,
    /// It consists of dots only.
    #[error("invalid profile id: it consists of dots only")]
    Dots,
    /// It has a character that is not allowed.
    #[error(
        "invalid profile id: the character `{}` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        printable(&.0.to_string())
    )]
    Character(char),
}

impl ProfileId {
    /// Checks an id.
    ///
    /// # Errors
    ///
    /// The text is not a profile id; the error says why.
    ///
    /// # Examples
    ///
    /// ```
    /// use table::{InvalidProfileId, ProfileId};
    ///
    /// assert_eq!(ProfileId::parse("ada@example.com").unwrap().as_str(), "ada@example.com");
    /// assert_eq!(ProfileId::parse("a#b"), Err(InvalidProfileId::Character('#')));
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use table::ProfileId;
    ///
    /// assert_eq!(ProfileId::parse("ada").unwrap().as_str(), "ada");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition key of all items of the profile.
    ///
    /// # Examples
    ///
    /// ```
    /// use table::ProfileId;
    ///
    /// assert_eq!(ProfileId::parse("ada").unwrap().partition().to_string(), "PROFILE#ada");
    /// ```
    pub fn partition(&self) -> PartitionKey {
        PartitionKey::Profile(self.clone())
    }
}

impl TryFrom<String> for ProfileId {
    type Error = InvalidProfileId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
