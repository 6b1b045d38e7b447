//! Reading and writing the big endian fields of PDUs.
//!
//! A [`Reader`] lends slices of its own range only. A nested length becomes a nested reader, so it can never reach
//! past its parent.

use crate::error::{Error, LocalError};

/// What is being read, for the error that may come of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    Pdu(&'static str),
    Item(u8),
}

/// A cursor over one PDU or item.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    offset: u64,
    scope: Scope,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8], offset: u64, scope: Scope) -> Self {
        Self {
            rest: bytes,
            offset,
            scope,
        }
    }

    /// Where in the stream the next byte is.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The error of finding something else than `expected` here.
    pub(crate) fn fault(&self, expected: &'static str) -> Error {
        match self.scope {
            Scope::Item(item_type) => Error::InvalidItem {
                item_type,
                offset: self.offset,
                expected,
            },
            Scope::Pdu(pdu) => Error::InvalidPdu {
                pdu,
                offset: self.offset,
                expected,
                found: format!("{} bytes", self.rest.len()),
            },
        }
    }

    pub(crate) fn take(
        &mut self,
        length: usize,
        expected: &'static str,
    ) -> Result<&'a [u8], Error> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.fault(expected))?;
        self.rest = rest;
        self.offset = self.offset.saturating_add(length as u64);
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], Error> {
        let taken = self.take(N, expected)?;
        taken.try_into().map_err(|_| self.fault(expected))
    }

    pub(crate) fn u8(&mut self, expected: &'static str) -> Result<u8, Error> {
        self.array(expected).map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self, expected: &'static str) -> Result<u16, Error> {
        self.array(expected).map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self, expected: &'static str) -> Result<u32, Error> {
        self.array(expected).map(u32::from_be_bytes)
    }

    pub(crate) fn remaining(&mut self) -> &'a [u8] {
        let taken = self.rest;
        self.rest = &[];
        self.offset = self.offset.saturating_add(taken.len() as u64);
        taken
    }

    /// A field with a 16-bit length before it.
    pub(crate) fn counted(&mut self, expected: &'static str) -> Result<&'a [u8], Error> {
        let length = self.u16(expected)?;
        self.take(usize::from(length), expected)
    }

    /// A reader over a field with a 16-bit length before it.
    pub(crate) fn counted_reader(&mut self, expected: &'static str) -> Result<Self, Error> {
        let length = self.u16(expected)?;
        let offset = self.offset;
        let scope = self.scope;
        let bytes = self.take(usize::from(length), expected)?;
        Ok(Self::new(bytes, offset, scope))
    }

    /// The next item (type, a reserved byte, 16-bit length), or `None` at the end.
    pub(crate) fn item(&mut self) -> Result<Option<(u8, Self)>, Error> {
        if self.is_empty() {
            return Ok(None);
        }
        let item_type = self.u8("an item type")?;
        self.u8("a reserved byte")?;
        let length = self.u16("an item length")?;
        let offset = self.offset;
        let Some((taken, rest)) = self.rest.split_at_checked(usize::from(length)) else {
            self.scope = Scope::Item(item_type);
            return Err(self.fault("as many bytes as the item length says"));
        };
        self.rest = rest;
        self.offset = offset.saturating_add(u64::from(length));
        Ok(Some((
            item_type,
            Self::new(taken, offset, Scope::Item(item_type)),
        )))
    }
}

/// A UID, AE title or name as peers write it: padded at either end with spaces or NUL.
pub(crate) fn text(bytes: &[u8]) -> String {
    let is_padding = |byte: &u8| matches!(byte, 0 | b' ');
    let start = bytes.iter().take_while(|byte| is_padding(byte)).count();
    let bytes = bytes.get(start..).unwrap_or_default();
    let padding = bytes
        .iter()
        .rev()
        .take_while(|byte| is_padding(byte))
        .count();
    let bytes = bytes
        .get(..bytes.len().saturating_sub(padding))
        .unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

/// Appends a 16-bit length and what it counts.
pub(crate) fn put_counted(
    out: &mut Vec<u8>,
    field: &'static str,
    bytes: &[u8],
) -> Result<(), LocalError> {
    let length = u16::try_from(bytes.len()).map_err(|_| LocalError::ItemTooLong { item: field })?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends an item whose value is what `fill` appends.
pub(crate) fn put_item(
    out: &mut Vec<u8>,
    item_type: u8,
    name: &'static str,
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), LocalError>,
) -> Result<(), LocalError> {
    out.extend_from_slice(&[item_type, 0, 0, 0]);
    let start = out.len();
    fill(out)?;
    let length = u16::try_from(out.len().saturating_sub(start))
        .map_err(|_| LocalError::ItemTooLong { item: name })?;
    patch(out, start.saturating_sub(2), &length.to_be_bytes());
    Ok(())
}

/// Appends an item whose value is text as it stands; A-ASSOCIATE items are not padded (PS3.8 §9.3.2).
pub(crate) fn put_text_item(
    out: &mut Vec<u8>,
    item_type: u8,
    name: &'static str,
    value: &str,
) -> Result<(), LocalError> {
    put_item(out, item_type, name, |out| {
        out.extend_from_slice(value.as_bytes());
        Ok(())
    })
}

/// Overwrites bytes already appended.
pub(crate) fn patch(out: &mut [u8], at: usize, value: &[u8]) {
    let target = out.iter_mut().skip(at);
    for (slot, byte) in target.zip(value) {
        *slot = *byte;
    }
}
