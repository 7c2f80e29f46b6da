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
    if text.is_ascii() {
        return ascii_words(text);
    }
    // Lower-casing may decompose a letter (İ), so that it is composed once more.
    let composed = nfc(text);
    visible_pieces(&composed).map(|word| nfc(&word.to_lowercase())).collect()
}

/// The same for ASCII, where white space always parts words and a run of letters and digits is one: the table of the rules is asked for the rest alone.
fn ascii_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for run in text.split_ascii_whitespace() {
        match run.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            true => words.push(run.to_ascii_lowercase()),
            false => words.extend(visible_pieces(run).map(str::to_ascii_lowercase)),
        }
    }
    words
}

/// What lies between word boundaries and is to be seen.
fn visible_pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_word_bounds().filter(|piece| piece.chars().any(|c| !c.is_whitespace() && !c.is_control()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        /// The short way for ASCII is that of the rules.
        #[test]
        fn ascii_is_segmented_as_all_text(text in "[ -~\\t\\n\\r\\x0b\\x0c]{0,24}") {
            let by_rules: Vec<String> = visible_pieces(&text).map(str::to_lowercase).collect();
            prop_assert_eq!(words(&text), by_rules);
        }
    }

    #[test]
    fn composed_and_decomposed_letters_are_equal() {
        assert_eq!(nfc("cafe\u{301}"), "caf\u{e9}");
        assert_eq!(words("CAFE\u{301} E\u{301}TE\u{301}"), words("CAF\u{c9} \u{c9}T\u{c9}"));
        assert_eq!(words("\u{130}stanbul"), words("I\u{307}stanbul"));
    }
}
