//! Sentences.

use std::collections::HashMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Prepared, Values, prefix_mask};
use crate::error::DataError;
use crate::{ModalityConfig, Value};

/// The number of the padding word.
const PAD: usize = 0;
/// The number of a word that the vocabulary lacks.
const UNKNOWN: usize = 1;

/// Sentences become word numbers `[T]`, trimmed or padded with 0 to T words. Words are lower-cased runs of letters and
/// digits; any other visible character is a word of its own. Number 0 is `<pad>`, 1 is `<unk>`, then the training
/// words, the most frequent first.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TextPreparation {
    length: usize,
    vocabulary: Vec<String>,
    #[serde(skip)]
    index: OnceLock<HashMap<String, usize>>,
}

impl TextPreparation {
    pub(super) fn fit(config: &ModalityConfig, values: &Values<'_>) -> Result<Self, DataError> {
        values.first()?;
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut longest = 1;
        values.visit(true, |value| {
            if let Value::Text(text) = value {
                let words = words(&text);
                longest = longest.max(words.len());
                words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
            }
        })?;
        let mut counted: Vec<(String, usize)> = counts.into_iter().collect();
        counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counted.truncate(config.vocabulary.saturating_sub(2));
        let special = ["<pad>", "<unk>"].map(str::to_owned);
        let vocabulary = special.into_iter().chain(counted.into_iter().map(|(word, _)| word)).collect();
        Ok(Self { length: config.length.unwrap_or(longest), vocabulary, index: OnceLock::new() })
    }

    /// The number of words T.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The words by number.
    pub fn vocabulary(&self) -> &[String] {
        &self.vocabulary
    }

    pub(super) fn apply(&self, text: &str) -> Prepared {
        let index = self.index.get_or_init(|| {
            self.vocabulary.iter().enumerate().skip(UNKNOWN + 1).map(|(number, word)| (word.clone(), number)).collect()
        });
        let words = words(text);
        let n_words = words.len().min(self.length);
        let mut values = vec![PAD as f32; self.length];
        for (out, word) in values.iter_mut().zip(&words) {
            *out = index.get(word).copied().unwrap_or(UNKNOWN) as f32;
        }
        Prepared { values, mask: Some(prefix_mask(n_words, self.length)) }
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut inside = false;
    for character in text.chars() {
        if character.is_alphanumeric() {
            if !inside {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(character.to_lowercase());
            }
        } else if !character.is_whitespace() && !character.is_control() {
            words.push(character.to_string());
        }
        inside = character.is_alphanumeric();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_runs_of_letters_and_single_marks() {
        assert_eq!(words("Who's  CZAR, in 1917?"), ["who", "'", "s", "czar", ",", "in", "1917", "?"]);
        assert_eq!(words("Straße ÉTÉ\t東京"), ["straße", "été", "東京"]);
        assert!(words(" \n").is_empty());
    }
}
