//! Text as Unicode means it: one form for equal letters.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The composed form (NFC) of a text (Unicode Standard Annex 15): `e` with a combining accent becomes `é`.
pub(crate) fn nfc(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        _ => text.nfc().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_letters_are_equal() {
        assert_eq!(nfc("cafe\u{301}"), "caf\u{e9}");
    }
}
