//! Text as Unicode means it: one form for equal letters, and words by the segmentation rules.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

/// The composed form (NFC) of a text (Unicode Standard Annex 15): `e` with a combining accent becomes `é`.
pub(crate) fn nfc(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        _ => text.nfc().collect(),
    }
}

/// The words of a text, composed and lower-cased: what lies between the word boundaries of Unicode Standard Annex 29,
/// without white space and control characters. Letters of scripts that put no space between words, such as Chinese and
/// Thai, are words of one letter each; a mark is a word of its own.
pub(crate) fn words(text: &str) -> Vec<String> {
    let composed = nfc(text);
    let visible = |piece: &&str| piece.chars().any(|c| !c.is_whitespace() && !c.is_control());
    // Lower-casing may decompose a letter (İ), so that it is composed once more.
    composed.split_word_bounds().filter(visible).map(|word| nfc(&word.to_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_rules_of_segmentation() {
        assert_eq!(words("Who's  CZAR, in 1917?"), ["who's", "czar", ",", "in", "1917", "?"]);
        assert_eq!(words("Straße ÉTÉ 3.14"), ["straße", "été", "3.14"]);
        // Chinese is not one word a sentence: each ideograph stands alone.
        assert_eq!(words("我喜欢猫。"), ["我", "喜", "欢", "猫", "。"]);
        assert_eq!(words("カタカナ"), ["カタカナ"]);
        assert!(words("ภาษาไทย").len() > 1);
        assert!(words(" \n\u{200b}\t").len() <= 1 && words(" \n\t").is_empty());
    }

    #[test]
    fn composed_and_decomposed_letters_are_equal() {
        assert_eq!(nfc("cafe\u{301}"), "caf\u{e9}");
        assert_eq!(words("CAFE\u{301} E\u{301}TE\u{301}"), words("CAF\u{c9} \u{c9}T\u{c9}"));
        assert_eq!(words("\u{130}stanbul"), words("I\u{307}stanbul"));
    }
}
