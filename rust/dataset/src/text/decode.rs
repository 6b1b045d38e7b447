//! Bytes to text (PS3.5 §6.1.2.5): what each escape sequence invokes, and until where.

use std::borrow::Cow;

use super::repertoire::Repertoire;
use super::{CharacterSets, Decoded, ESCAPE, Fidelity, is_control_delimiter, is_delimiter};
use crate::vr::Vr;

impl CharacterSets {
    /// Decodes a whole value, with its backslashes and its padding.
    ///
    /// The text never depends on luck: where bytes are not of the character sets in force,
    /// [`Decoded::fidelity`] says so, and the text is what pydicom shows. VRs that Specific
    /// Character Set does not concern are in the default repertoire.
    #[must_use]
    pub fn decode<'a>(&self, bytes: &'a [u8], vr: Vr) -> Decoded<'a> {
        if bytes.is_ascii() && (!bytes.contains(&ESCAPE) || !vr.uses_character_set()) {
            // ASCII is UTF-8: nothing is replaced.
            return Decoded::new(String::from_utf8_lossy(bytes), Fidelity::Exact);
        }
        if !vr.uses_character_set() {
            return owned(|text| decode_run(Repertoire::Default, false, bytes, text));
        }
        if !bytes.contains(&ESCAPE) {
            let first = self.first();
            if first == Repertoire::Utf8 {
                let text = String::from_utf8_lossy(bytes);
                let fidelity = match text {
                    Cow::Borrowed(_) => Fidelity::Exact,
                    Cow::Owned(_) => Fidelity::Replaced,
                };
                return Decoded::new(text, fidelity);
            }
            return owned(|text| decode_run(first, false, bytes, text));
        }
        owned(|text| Fragments::new(self, vr).decode(bytes, text))
    }
}

fn owned<'a>(decode: impl FnOnce(&mut String) -> Fidelity) -> Decoded<'a> {
    let mut text = String::new();
    let fidelity = decode(&mut text);
    Decoded::new(Cow::Owned(text), fidelity)
}

/// Appends the text of bytes that are in one repertoire.
fn decode_run(
    repertoire: Repertoire,
    designated: bool,
    bytes: &[u8],
    text: &mut String,
) -> Fidelity {
    if repertoire == Repertoire::Utf8 {
        let decoded = String::from_utf8_lossy(bytes);
        text.push_str(&decoded);
        return match decoded {
            Cow::Borrowed(_) => Fidelity::Exact,
            Cow::Owned(_) => Fidelity::Replaced,
        };
    }
    let mut fidelity = Fidelity::Exact;
    if repertoire == Repertoire::Default && !bytes.is_ascii() {
        fidelity = Fidelity::Assumed;
    }
    text.reserve(bytes.len());
    let mut rest = bytes;
    while let Some(unit) = repertoire.next_unit(rest, designated) {
        text.push(unit.character.unwrap_or(char::REPLACEMENT_CHARACTER));
        if unit.character.is_none() {
            fidelity = Fidelity::Replaced;
        }
        rest = rest.get(unit.length..).unwrap_or_default();
    }
    fidelity
}

/// The position of the first delimiter that ends what escape sequences invoked.
fn first_delimiter(bytes: &[u8], is_delimiter: impl Fn(u8) -> bool) -> usize {
    let mut all = bytes.iter();
    all.position(|byte| is_delimiter(*byte))
        .unwrap_or(bytes.len())
}

/// A value with escape sequences. Each of them begins a fragment.
struct Fragments<'a> {
    sets: &'a CharacterSets,
    vr: Vr,
    /// What the bytes from 0x80 on mean while ASCII is in its place: the last set invoked for
    /// them, or the first of the value.
    upper: Repertoire,
}

impl<'a> Fragments<'a> {
    const fn new(sets: &'a CharacterSets, vr: Vr) -> Self {
        let upper = sets.first();
        Self { sets, vr, upper }
    }

    fn decode(&mut self, bytes: &[u8], text: &mut String) -> Fidelity {
        let head = first_delimiter(bytes, |byte| byte == ESCAPE);
        let (head, mut rest) = bytes.split_at_checked(head).unwrap_or((bytes, &[]));
        let mut fidelity = decode_run(self.sets.first(), false, head, text);
        while let Some(after) = rest.get(1..) {
            let end = first_delimiter(after, |byte| byte == ESCAPE).saturating_add(1);
            let (fragment, next) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            fidelity = fidelity.max(self.decode_fragment(fragment, text));
            rest = next;
        }
        fidelity
    }

    /// Decodes a fragment; one that has bytes out of its repertoire, or begins with an escape
    /// sequence of none in force, is read in the first one, escape sequence and all.
    fn decode_fragment(&mut self, fragment: &[u8], text: &mut String) -> Fidelity {
        let start = text.len();
        let fidelity = Repertoire::escaped(fragment)
            .filter(|(set, _)| *set == Repertoire::Default || self.sets.contains(*set))
            .and_then(|(set, escape)| Some((set, fragment.strip_prefix(escape)?)))
            .map_or(Fidelity::Replaced, |(set, bytes)| {
                self.invoke(set, bytes, text)
            });
        if fidelity == Fidelity::Replaced {
            text.truncate(start);
            decode_run(self.sets.first(), false, fragment, text);
        }
        fidelity
    }

    fn invoke(&mut self, set: Repertoire, bytes: &[u8], text: &mut String) -> Fidelity {
        if set.replaces_ascii() {
            return decode_run(set, true, bytes, text);
        }
        // The escape sequence of ASCII leaves the upper half as it is.
        let mut fidelity = Fidelity::Exact;
        if set != Repertoire::Default {
            self.upper = set;
        }
        if set == Repertoire::Chinese {
            fidelity = Fidelity::Corrected;
        }
        let end = first_delimiter(bytes, is_control_delimiter);
        let end = self.end_within_line(bytes.get(..end).unwrap_or_default(), &mut fidelity);
        let (invoked, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        if set != self.upper && !invoked.is_ascii() {
            fidelity = fidelity.max(Fidelity::Corrected);
        }
        fidelity = fidelity.max(decode_run(self.upper, false, invoked, text));
        if bytes.iter().any(|byte| is_delimiter(*byte, self.vr)) {
            self.upper = self.sets.first();
        }
        fidelity.max(decode_run(self.sets.first(), false, rest, text))
    }

    /// Where the delimiters of the VR end what was invoked, in bytes that have no other
    /// delimiters. pydicom goes on when it reads a data set. So it is here if the repertoire that
    /// should be back is ASCII and can have no such bytes, but it is told.
    fn end_within_line(&self, bytes: &[u8], fidelity: &mut Fidelity) -> usize {
        let end = first_delimiter(bytes, |byte| is_delimiter(byte, self.vr));
        let is_ascii = bytes.get(end..).unwrap_or_default().is_ascii();
        if is_ascii || self.upper == self.sets.first() {
            return bytes.len();
        }
        if self.sets.first() == Repertoire::Default {
            *fidelity = (*fidelity).max(Fidelity::Assumed);
            return bytes.len();
        }
        *fidelity = (*fidelity).max(Fidelity::Corrected);
        end
    }
}
