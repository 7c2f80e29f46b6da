//! A task of recall: pairs are said, then one of their keys, and its value is the answer.

use std::path::Path;

use consil_diagnostic::file;
use consil_random::{Key, Stream};
use serde::Deserialize;

use super::AblateError;

/// Texts such as `b 3 e 1 a 4 e`, to be answered with 1: keys and values in turn, and the last word asks for a key again. What a bag of words adds up cannot tell which
/// value was said with it; something that looks back can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RecallConfig {
    /// Different keys.
    pub keys: usize,
    /// Different values.
    pub values: usize,
    /// Pairs in a text, of different keys.
    pub pairs: usize,
    /// Texts to train on.
    pub train: usize,
    /// Texts to test on.
    pub test: usize,
}

impl Default for RecallConfig {
    fn default() -> Self {
        Self { keys: 5, values: 4, pairs: 4, train: 8000, test: 1000 }
    }
}

impl RecallConfig {
    /// Writes `recall-train.csv` and `recall-test.csv` into a folder. They are the same for all seeds of a training.
    pub(super) fn write(&self, folder: &Path) -> Result<(), AblateError> {
        if self.pairs == 0 || self.pairs > self.keys || self.keys > 26 || self.values < 2 {
            let problem = "texts need 1 pair or more, as many keys at least but 26 at most, and 2 values or more";
            return Err(AblateError::Row { row: "recall".to_owned(), problem: problem.to_owned() });
        }
        for (name, n) in [("recall-train.csv", self.train), ("recall-test.csv", self.test)] {
            let mut stream = Key::new(0).child(name).stream();
            let mut text = "text,answer\n".to_owned();
            for _ in 0..n {
                let (said, answer) = self.draw(&mut stream);
                text.push_str(&format!("{said},{answer}\n"));
            }
            let path = folder.join(name);
            file::write(&path, text.as_bytes())?;
        }
        Ok(())
    }

    /// A text and its answer.
    pub(super) fn draw(&self, stream: &mut Stream) -> (String, usize) {
        let mut keys = stream.permutation(self.keys);
        keys.truncate(self.pairs);
        let pairs: Vec<(char, usize)> =
            keys.into_iter().map(|key| (char::from(b'a' + key as u8), stream.below(self.values))).collect();
        let (asked, answer) = pairs[stream.below(self.pairs)];
        let said: String = pairs.iter().map(|(key, value)| format!("{key} {value} ")).collect();
        (format!("{said}{asked}"), answer)
    }
}
