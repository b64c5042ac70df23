//! Transactions that are set aside.

use super::LedgerError;
use super::names::{read_count, read_text, to_u64};
use crate::columns::{Reader, Writer};
use crate::day::Day;
use crate::set_aside::{ListedKey, SetAside, SetAsideReason};

pub(crate) fn write_set_aside(writer: &mut Writer, set_aside: &SetAside) {
    writer.varint(to_u64(set_aside.undated.len()));
    for fingerprint in &set_aside.undated {
        writer.bytes(&fingerprint.to_le_bytes());
    }
    writer.varint(to_u64(set_aside.listed.len()));
    for (key, reason) in &set_aside.listed {
        let number = SetAsideReason::ALL
            .iter()
            .position(|known| known == reason)
            .map_or(u64::MAX, to_u64);
        writer.varint(number);
        writer.varint(to_u64(key.text.len()));
        writer.bytes(key.text.as_bytes());
        writer.varint(key.fingerprint);
    }
}

pub(crate) fn read_set_aside(
    reader: &mut Reader<'_>,
    days: &[Day],
    more: bool,
) -> Result<SetAside, LedgerError> {
    let mut set_aside = SetAside {
        more,
        ..SetAside::default()
    };
    for _ in 0..read_count(reader)? {
        let fingerprint = reader
            .bytes(8)?
            .try_into()
            .map_err(|_| LedgerError::Damaged)?;
        set_aside.undated.insert(u64::from_le_bytes(fingerprint));
    }
    for _ in 0..read_count(reader)? {
        let number = usize::try_from(reader.varint()?).map_err(|_| LedgerError::Damaged)?;
        let reason = SetAsideReason::ALL
            .get(number)
            .copied()
            .ok_or(LedgerError::Damaged)?;
        let length = reader.varint()?;
        let key = ListedKey {
            text: read_text(reader, length)?,
            fingerprint: reader.varint()?,
        };
        set_aside.listed.insert(key, reason);
    }
    set_aside.dated = days
        .iter()
        .fold(0, |sum: u64, day| sum.saturating_add(day.set_aside));
    Ok(set_aside)
}
