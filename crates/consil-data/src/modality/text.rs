//! Sentences: cells of a manifest, and UTF-8 text files.
//!
//! Words are what lies between the word boundaries of Unicode, composed and lower-cased, so that equal letters are equal
//! however they are stored and a sentence without spaces is not one word. Words that the training rows never showed are
//! one word, `<unk>`, and counted.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lengths::Lengths;
use super::{Content, Encoded, Mergeable, Modality, Nothing, Place, Prepare, PrepareError, Prepared, Time, View};
use crate::error::{DataError, Fault};
use crate::file::Encoding;
use crate::manifest::Cell;
use crate::moments::{Counts, add_counts};
use crate::{ModalityConfig, ModalityKind, Value, unicode};

/// The number of the padding word.
const PAD: usize = 0;
/// The number of a word that the vocabulary lacks.
const UNKNOWN: usize = 1;

impl Content for String {
    fn hash_into(&self, hasher: &mut impl Hasher) {
        self.hash(hasher);
    }

    fn bytes(&self) -> usize {
        self.len()
    }
}

/// The modality of sentences.
pub(crate) struct Text;

impl Modality for Text {
    type Survey = TextSurvey;
    type Moments = Nothing;
    type Preparation = TextPreparation;

    type Content = String;

    const EXTENSIONS: &'static [&'static str] = &["txt"];
    const OPTIONS: &'static [&'static str] = &["length", "max-length", "vocabulary"];

    fn decode(path: &Path) -> Result<Value, Fault> {
        crate::file::text(path, Encoding::Utf8).map(Value::Text).map_err(|fault| Fault::of_file(path, fault))
    }

    fn encode(text: &String) -> io::Result<Encoded> {
        Ok(Encoded::Cell(text.clone()))
    }

    fn place(cell: &Cell) -> Result<Place, Fault> {
        match cell {
            Cell::Text(text) if text.ends_with(".txt") => Ok(Place::File(text.clone())),
            Cell::Text(text) | Cell::Number(_, text) => Ok(Place::Value(Value::Text(text.clone()))),
            other => Err(Fault::JsonType { expected: "a text", found: other.text().unwrap_or_default() }),
        }
    }

    fn see(survey: &mut TextSurvey, value: &Value, times: u32) -> Result<(), Fault> {
        if let Value::Text(text) = value {
            let words = unicode::words(text);
            survey.lengths.add(words.len(), times);
            words.into_iter().for_each(|word| *survey.words.entry(word).or_default() += u64::from(times));
        }
        Ok(())
    }

    fn begin(_: &str, _: &ModalityConfig, _: &TextSurvey) -> Result<Nothing, DataError> {
        Ok(Nothing)
    }

    fn measure(_: &mut Nothing, _: &Value, _: u32) {}

    fn finish(config: &ModalityConfig, survey: &TextSurvey, _: &Nothing) -> TextPreparation {
        let mut counted: Vec<(&String, &u64)> = survey.words.iter().collect();
        counted.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        counted.truncate(config.vocabulary.saturating_sub(2));
        let special = ["<pad>", "<unk>"].map(str::to_owned);
        let vocabulary = special.into_iter().chain(counted.into_iter().map(|(word, _)| word.clone())).collect();
        let bounds = survey.lengths.bounds(config);
        TextPreparation {
            length: bounds.length,
            max_length: bounds.limit,
            words: WordRule::Unicode,
            vocabulary,
            index: OnceLock::new(),
        }
    }

    fn notes(config: &ModalityConfig, survey: &TextSurvey, _: &Nothing) -> Vec<String> {
        let mut notes: Vec<String> = survey.lengths.note(survey.lengths.bounds(config), "words").into_iter().collect();
        let kept = config.vocabulary.saturating_sub(2);
        if survey.words.len() > kept {
            notes.push(format!(
                "the training rows have {} different words, of which the {kept} most frequent are kept; vocabulary decides otherwise",
                survey.words.len()
            ));
        }
        notes
    }
}

/// The words of the training rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TextSurvey {
    words: Counts<String>,
    lengths: Lengths,
}

impl Mergeable for TextSurvey {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        add_counts(&mut self.words, &other.words);
        self.lengths.merge(&other.lengths);
        Ok(())
    }
}

/// What a word is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum WordRule {
    /// A run of letters and digits, or any other visible character: the rule of version 0.1.
    #[default]
    Runs,
    /// What lies between Unicode's word boundaries, after composition.
    Unicode,
}

/// Sentences become word numbers `[T]`, cut at the limit; T is the sentence's own number of words. Number 0 is `<pad>`, 1
/// is `<unk>`, then the training words, the most frequent first.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TextPreparation {
    length: usize,
    /// Words beyond which a sentence is cut; each has `length` of them where this is absent, as in what version 0.1 wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_length: Option<usize>,
    #[serde(default)]
    words: WordRule,
    vocabulary: Vec<String>,
    #[serde(skip)]
    index: OnceLock<HashMap<String, usize>>,
}

impl Prepare for TextPreparation {
    fn shape(&self) -> Vec<usize> {
        vec![self.length]
    }

    fn time(&self) -> Option<Time> {
        Some(Time { length: self.length, limit: self.max_length })
    }

    fn fix_length(&mut self) {
        self.max_length = None;
    }

    fn limit_length(&mut self) {
        self.max_length = self.max_length.map(|_| self.length);
    }

    fn vocabulary(&self) -> Option<usize> {
        Some(self.vocabulary.len())
    }

    fn apply(&self, value: &Value) -> Result<Prepared, PrepareError> {
        let Value::Text(text) = value else { return Err(PrepareError::kind(ModalityKind::Text, value)) };
        let index = self.index.get_or_init(|| {
            self.vocabulary.iter().enumerate().skip(UNKNOWN + 1).map(|(number, word)| (word.clone(), number)).collect()
        });
        let words = match self.words {
            WordRule::Unicode => unicode::words(text),
            WordRule::Runs => runs(text),
        };
        let kept = words.len().min(self.max_length.unwrap_or(self.length));
        let number = |word: &String| index.get(word).copied().unwrap_or(UNKNOWN);
        let values: Vec<f32> = words[..kept].iter().map(|word| number(word) as f32).collect();
        let unknown = values.iter().filter(|number| **number == UNKNOWN as f32).count();
        Ok(Prepared {
            steps: Some(kept),
            cut: words.len() - kept,
            unknown,
            known: kept - unknown,
            ..Prepared::new(values)
        })
    }

    fn view(&self, value: &Value) -> View {
        match value {
            Value::Text(text) => View::Text { text: text.clone() },
            _ => View::Absent,
        }
    }
}

impl TextPreparation {
    /// The words by number.
    pub fn vocabulary(&self) -> &[String] {
        &self.vocabulary
    }
}

const _: () = assert!(PAD == 0, "rows are padded with zeros");

/// The words of version 0.1: lower-cased runs of letters and digits; any other visible character is a word of its own.
fn runs(text: &str) -> Vec<String> {
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
    use super::*;

    fn fit(texts: &[&str], config: &ModalityConfig) -> TextPreparation {
        let mut survey = TextSurvey::default();
        for text in texts {
            Text::see(&mut survey, &Value::Text((*text).to_owned()), 1).unwrap();
        }
        Text::finish(config, &survey, &Nothing)
    }

    fn apply(preparation: &TextPreparation, text: &str) -> Prepared {
        preparation.apply(&Value::Text(text.to_owned())).unwrap()
    }

    #[test]
    fn words_are_numbered_by_frequency_and_unknown_ones_counted() {
        let config = ModalityConfig { length: Some(4), vocabulary: 4, ..ModalityConfig::new(ModalityKind::Text) };
        let preparation = fit(&["the cat The dog", "the cat"], &config);
        assert_eq!(preparation.vocabulary(), ["<pad>", "<unk>", "the", "cat"]);
        let prepared = apply(&preparation, "The DOG cat");
        assert_eq!((prepared.values, prepared.steps), (vec![2.0, 1.0, 3.0], Some(3)));
        assert_eq!((prepared.cut, prepared.unknown, prepared.known), (0, 1, 2));
        let long = apply(&preparation, &"cat ".repeat(9));
        assert_eq!((long.values, long.steps, long.cut), (vec![3.0; 4], Some(4), 5));
    }

    #[test]
    fn a_text_longer_than_the_longest_of_training_is_not_cut_below_the_limit() {
        let preparation = fit(&["a b c", "a b"], &ModalityConfig::new(ModalityKind::Text));
        assert_eq!(apply(&preparation, &"a ".repeat(60)).steps, Some(60));
        let cut = apply(&preparation, &"a ".repeat(70));
        assert_eq!((cut.steps, cut.cut), (Some(64), 6));
    }

    #[test]
    fn a_vocabulary_of_version_0_1_keeps_its_rule() {
        assert_eq!(runs("Who's  CZAR, in 1917?"), ["who", "'", "s", "czar", ",", "in", "1917", "?"]);
        let stored = r#"{"length": 3, "vocabulary": ["<pad>", "<unk>", "who", "'", "s"]}"#;
        let preparation: TextPreparation = serde_json::from_str(stored).unwrap();
        assert_eq!(apply(&preparation, "Who's it?").values, [2.0, 3.0, 4.0]);
    }

    #[test]
    fn chinese_is_not_one_unknown_word_a_sentence() {
        let preparation = fit(&["我喜欢猫", "我不喜欢狗"], &ModalityConfig::new(ModalityKind::Text));
        let prepared = apply(&preparation, "我不喜欢猫");
        assert_eq!((prepared.unknown, prepared.known), (0, 5));
    }
}
