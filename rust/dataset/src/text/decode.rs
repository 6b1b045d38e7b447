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
            return match self.first() {
                Repertoire::Utf8 => decode_utf8(bytes),
                first => owned(|text| decode_run(first, false, bytes, text)),
            };
        }
        owned(|text| {
            let fidelity = Fragments::new(self, vr).decode(bytes, text);
            // Escape sequences are none of a set without code extensions (PS3.3 Table C.12-5).
            if self.first().stands_alone() {
                fidelity.and(Fidelity::Assumed)
            } else {
                fidelity
            }
        })
    }
}

fn owned<'a>(decode: impl FnOnce(&mut String) -> Fidelity) -> Decoded<'a> {
    let mut text = String::new();
    let fidelity = decode(&mut text);
    Decoded::new(Cow::Owned(text), fidelity)
}

fn decode_utf8(bytes: &[u8]) -> Decoded<'_> {
    let text = String::from_utf8_lossy(bytes);
    let fidelity = match text {
        Cow::Borrowed(_) => Fidelity::Exact,
        Cow::Owned(_) => Fidelity::Replaced,
    };
    Decoded::new(text, fidelity)
}

/// Appends the text of bytes that are in one repertoire: it is exact, assumed, or replaced.
fn decode_run(
    repertoire: Repertoire,
    designated: bool,
    bytes: &[u8],
    text: &mut String,
) -> Fidelity {
    if repertoire == Repertoire::Utf8 {
        let decoded = decode_utf8(bytes);
        text.push_str(&decoded.text);
        return decoded.fidelity;
    }
    let mut fidelity = match repertoire {
        Repertoire::Default if !bytes.is_ascii() => Fidelity::Assumed,
        Repertoire::Latin9 if !bytes.is_ascii() => Fidelity::Corrected,
        _ => Fidelity::Exact,
    };
    text.reserve(bytes.len());
    let mut rest = bytes;
    while let Some(unit) = repertoire.next_unit(rest, designated) {
        text.push(unit.character.unwrap_or(char::REPLACEMENT_CHARACTER));
        if unit.character.is_none() {
            fidelity = Fidelity::Replaced;
        } else if repertoire == Repertoire::Katakana && unit.length > 1 {
            fidelity = fidelity.and(Fidelity::Assumed);
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
            fidelity = fidelity.and(self.decode_fragment(fragment, text));
            rest = next;
        }
        fidelity
    }

    /// Decodes a fragment; one that has bytes out of its repertoire, or begins with an escape
    /// sequence of none in force, is read in the first one, escape sequence and all.
    fn decode_fragment(&mut self, fragment: &[u8], text: &mut String) -> Fidelity {
        let start = text.len();
        let invoked = Repertoire::escaped(fragment)
            .filter(|(set, _)| *set == Repertoire::Default || self.sets.contains(*set))
            .and_then(|(set, escape)| Some((set, fragment.strip_prefix(escape)?)))
            .and_then(|(set, bytes)| self.invoke(set, bytes, text));
        invoked.unwrap_or_else(|| {
            text.truncate(start);
            decode_run(self.sets.first(), false, fragment, text);
            Fidelity::Replaced
        })
    }

    /// Decodes what comes after an escape sequence; `None` if it is no text.
    fn invoke(&mut self, set: Repertoire, bytes: &[u8], text: &mut String) -> Option<Fidelity> {
        if set.replaces_ascii() {
            return valid(decode_run(set, true, bytes, text));
        }
        if set != Repertoire::Default {
            self.upper = set;
        }
        let line = first_delimiter(bytes, is_control_delimiter);
        let (end, mut fidelity) = self.end_within_line(bytes.get(..line).unwrap_or_default());
        let (invoked, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        let upper = self.upper_after(set, invoked);
        let is_latin = matches!(upper, Repertoire::Default | Repertoire::Latin1);
        let is_upper_kept = set != upper && !is_latin && !invoked.is_ascii();
        if is_upper_kept || set == Repertoire::Chinese {
            fidelity = fidelity.and(Fidelity::Corrected);
        }
        let first = self.sets.first();
        fidelity = fidelity.and(valid(decode_run(upper, false, invoked, text))?);
        fidelity = fidelity.and(valid(decode_run(first, false, rest, text))?);
        if bytes.iter().any(|byte| is_delimiter(*byte, self.vr)) {
            self.upper = first;
        }
        Some(fidelity)
    }

    /// The repertoire of bytes after the escape sequence of a set. That of ASCII leaves the upper
    /// half as it is; what is no text there is read as pydicom does, in ISO 8859-1.
    fn upper_after(&self, set: Repertoire, bytes: &[u8]) -> Repertoire {
        let is_text = |repertoire| {
            decode_run(repertoire, false, bytes, &mut String::new()) != Fidelity::Replaced
        };
        if set == Repertoire::Default && !bytes.is_ascii() && !is_text(self.upper) {
            return Repertoire::Default;
        }
        self.upper
    }

    /// Where the delimiters of the VR end what was invoked, in bytes that have no other
    /// delimiters. pydicom goes on when it reads a data set; so it is here, but told, if what
    /// follows is no text in the repertoire that should be back.
    fn end_within_line(&self, bytes: &[u8]) -> (usize, Fidelity) {
        let first = self.sets.first();
        let end = first_delimiter(bytes, |byte| is_delimiter(byte, self.vr));
        let after = bytes.get(end..).unwrap_or_default();
        if after.is_ascii() || self.upper == first {
            return (bytes.len(), Fidelity::Exact);
        }
        match decode_run(first, false, after, &mut String::new()) {
            Fidelity::Exact => (end, Fidelity::Corrected),
            _ => (bytes.len(), Fidelity::Assumed),
        }
    }
}

fn valid(fidelity: Fidelity) -> Option<Fidelity> {
    Some(fidelity).filter(|fidelity| *fidelity != Fidelity::Replaced)
}
