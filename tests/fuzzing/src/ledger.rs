//! Bytes as a ledger.

use calculation::{Ledger, Tag};

use crate::PROFILE;
use crate::figures::{same, told};
use crate::seal::sealed;

/// Reads the bytes as a ledger of a profile, without their check and with it added. What is a ledger can be evaluated and
/// explained, and written again; and what is written is read as the same.
pub fn ledger(input: &[u8]) {
    if let Ok(ledger) = Ledger::decode(PROFILE, input) {
        told(&ledger);
    }
    let bytes = sealed(&[PROFILE], input);
    let Ok(ledger) = Ledger::decode(PROFILE, &bytes) else {
        return;
    };
    let figures = told(&ledger);
    let written = ledger.encode(PROFILE, Tag::default()).ledger;
    match Ledger::decode(PROFILE, &written) {
        Ok(again) => {
            assert_eq!(again.encode(PROFILE, Tag::default()).ledger, written);
            assert_eq!(again.content(), ledger.content());
            same(&told(&again), &figures);
        }
        // What no ledger says, such as a location twice on one day, may be read, but not written.
        Err(error) => assert_ne!(written, bytes, "{error}"),
    }
}
