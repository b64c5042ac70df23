//! What the document is wrapped in.

use std::str::FromStr;

/// What the document is wrapped in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Envelope {
    /// The bare document.
    #[default]
    None,
    /// `{"data": <document>}`.
    Data,
}

/// A text that names no envelope.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("expected `none` or `data`")]
pub struct UnknownEnvelope;

impl FromStr for Envelope {
    type Err = UnknownEnvelope;

    fn from_str(name: &str) -> Result<Self, UnknownEnvelope> {
        match name {
            "none" => Ok(Self::None),
            "data" => Ok(Self::Data),
            _ => Err(UnknownEnvelope),
        }
    }
}
