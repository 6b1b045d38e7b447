//! The repertoires that Specific Character Set can name, and how they are named (PS3.3
//! §C.12.1.1.2, Tables C.12-2 to C.12-5).

/// One character repertoire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repertoire {
    /// ISO-IR 6: ASCII, the default repertoire.
    Default,
    /// ISO-IR 100, ISO 8859-1.
    Latin1,
    /// ISO-IR 101, ISO 8859-2.
    Latin2,
    /// ISO-IR 109, ISO 8859-3.
    Latin3,
    /// ISO-IR 110, ISO 8859-4.
    Latin4,
    /// ISO-IR 144, ISO 8859-5.
    Cyrillic,
    /// ISO-IR 127, ISO 8859-6.
    Arabic,
    /// ISO-IR 126, ISO 8859-7.
    Greek,
    /// ISO-IR 138, ISO 8859-8.
    Hebrew,
    /// ISO-IR 148, ISO 8859-9.
    Latin5,
    /// ISO-IR 203, ISO 8859-15.
    Latin9,
    /// ISO-IR 166, TIS 620.
    Thai,
    /// ISO-IR 13 and 14, JIS X 0201.
    Katakana,
    /// ISO-IR 87, JIS X 0208.
    Kanji,
    /// ISO-IR 159, JIS X 0212.
    SupplementaryKanji,
    /// ISO-IR 149, KS X 1001.
    Korean,
    /// ISO-IR 58, GB 2312.
    Chinese,
    /// GB 2312 under the name `ISO 2022 58`, which has no escape sequence.
    ChineseAlone,
    /// GBK.
    Gbk,
    /// GB 18030.
    Gb18030,
    /// ISO-IR 192, UTF-8.
    Utf8,
}

/// The names of a repertoire.
pub(super) struct Names {
    pub(super) repertoire: Repertoire,
    /// The defined term for it alone; empty if there is none.
    pub(super) alone: &'static str,
    /// The defined term for it with code extensions; empty if there is none.
    pub(super) extended: &'static str,
    /// pydicom's name: that of a Python codec.
    pub(super) python: &'static str,
    /// The escape sequences that invoke it; the first is the one to write for G1 or a G0 set of
    /// several bytes.
    pub(super) escapes: &'static [&'static [u8]],
}

const fn names(
    repertoire: Repertoire,
    [alone, extended, python]: [&'static str; 3],
    escapes: &'static [&'static [u8]],
) -> Names {
    Names {
        repertoire,
        alone,
        extended,
        python,
        escapes,
    }
}

pub(super) const NAMES: [Names; 21] = {
    use Repertoire as R;
    [
        names(
            R::Default,
            ["ISO_IR 6", "ISO 2022 IR 6", "iso8859"],
            &[b"\x1b(B"],
        ),
        names(
            R::Latin1,
            ["ISO_IR 100", "ISO 2022 IR 100", "latin_1"],
            &[b"\x1b-A"],
        ),
        names(
            R::Latin2,
            ["ISO_IR 101", "ISO 2022 IR 101", "iso8859_2"],
            &[b"\x1b-B"],
        ),
        names(
            R::Latin3,
            ["ISO_IR 109", "ISO 2022 IR 109", "iso8859_3"],
            &[b"\x1b-C"],
        ),
        names(
            R::Latin4,
            ["ISO_IR 110", "ISO 2022 IR 110", "iso8859_4"],
            &[b"\x1b-D"],
        ),
        names(
            R::Cyrillic,
            ["ISO_IR 144", "ISO 2022 IR 144", "iso_ir_144"],
            &[b"\x1b-L"],
        ),
        names(
            R::Arabic,
            ["ISO_IR 127", "ISO 2022 IR 127", "iso_ir_127"],
            &[b"\x1b-G"],
        ),
        names(
            R::Greek,
            ["ISO_IR 126", "ISO 2022 IR 126", "iso_ir_126"],
            &[b"\x1b-F"],
        ),
        names(
            R::Hebrew,
            ["ISO_IR 138", "ISO 2022 IR 138", "iso_ir_138"],
            &[b"\x1b-H"],
        ),
        names(
            R::Latin5,
            ["ISO_IR 148", "ISO 2022 IR 148", "iso_ir_148"],
            &[b"\x1b-M"],
        ),
        // pydicom knows it not.
        names(
            R::Latin9,
            ["ISO_IR 203", "ISO 2022 IR 203", "iso8859_15"],
            &[b"\x1b-b"],
        ),
        names(
            R::Thai,
            ["ISO_IR 166", "ISO 2022 IR 166", "iso_ir_166"],
            &[b"\x1b-T"],
        ),
        names(
            R::Katakana,
            ["ISO_IR 13", "ISO 2022 IR 13", "shift_jis"],
            &[b"\x1b)I", b"\x1b(J"],
        ),
        names(R::Kanji, ["", "ISO 2022 IR 87", "iso2022_jp"], &[b"\x1b$B"]),
        names(
            R::SupplementaryKanji,
            ["", "ISO 2022 IR 159", "iso2022_jp_2"],
            &[b"\x1b$(D"],
        ),
        names(R::Korean, ["", "ISO 2022 IR 149", "euc_kr"], &[b"\x1b$)C"]),
        names(
            R::Chinese,
            ["", "ISO 2022 IR 58", "iso_ir_58"],
            &[b"\x1b$)A"],
        ),
        names(R::ChineseAlone, ["", "ISO 2022 58", "GB2312"], &[]),
        names(R::Gbk, ["GBK", "ISO 2022 GBK", "GBK"], &[]),
        names(R::Gb18030, ["GB18030", "", "GB18030"], &[]),
        names(R::Utf8, ["ISO_IR 192", "", "UTF8"], &[]),
    ]
};

impl Repertoire {
    pub(super) fn names(self) -> &'static Names {
        // The table has an entry for every repertoire; a test makes sure.
        NAMES
            .iter()
            .find(|names| names.repertoire == self)
            .unwrap_or(&NAMES[0])
    }

    /// The escape sequence that invokes it, where there is one.
    pub(super) fn escape(self) -> Option<&'static [u8]> {
        self.names().escapes.first().copied()
    }

    /// Whether its escape sequence replaces ASCII (G0) by a set of two bytes for each character.
    pub(super) const fn replaces_ascii(self) -> bool {
        matches!(self, Self::Kanji | Self::SupplementaryKanji)
    }

    /// Whether it forbids code extensions (PS3.3 Table C.12-5).
    pub(super) const fn stands_alone(self) -> bool {
        matches!(self, Self::Utf8 | Self::Gb18030 | Self::Gbk)
    }

    /// The repertoire whose escape sequence `bytes` begins with, and the sequence.
    pub(super) fn escaped(bytes: &[u8]) -> Option<(Self, &'static [u8])> {
        NAMES.iter().find_map(|names| {
            let escape = names
                .escapes
                .iter()
                .find(|escape| bytes.starts_with(escape))?;
            Some((names.repertoire, *escape))
        })
    }
}
