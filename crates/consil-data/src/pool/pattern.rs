//! File-name patterns such as `{label}_{speaker}_{index}.wav`, and the lists of words that choose among their fields.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// Literals and fields in turn: `literals[0] field[0] literals[1] field[1] … literals[n]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    literals: Vec<String>,
    fields: Vec<String>,
}

impl Pattern {
    /// Parses a pattern; none if a brace is open, two fields touch, a field repeats, or `{label}` is missing.
    pub fn parse(pattern: &str) -> Option<Self> {
        let mut literals = Vec::new();
        let mut fields: Vec<String> = Vec::new();
        let mut rest = pattern;
        while let Some((literal, tail)) = rest.split_once('{') {
            let (field, tail) = tail.split_once('}')?;
            if (literal.is_empty() && !fields.is_empty()) || field.is_empty() || fields.iter().any(|f| f == field) {
                return None;
            }
            literals.push(literal.to_owned());
            fields.push(field.to_owned());
            rest = tail;
        }
        literals.push(rest.to_owned());
        fields.iter().any(|field| field == "label").then_some(Self { literals, fields })
    }

    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(String::as_str)
    }

    /// The fields of a name, in order; each but the last ends where the literal after it first occurs.
    pub fn captures<'a>(&self, name: &'a str) -> Option<Vec<&'a str>> {
        let mut rest = name.strip_prefix(self.literals[0].as_str())?;
        let mut captured = Vec::with_capacity(self.fields.len());
        for (i, literal) in self.literals[1..].iter().enumerate() {
            let last = i + 1 == self.fields.len();
            let (field, tail) =
                if last { (rest.strip_suffix(literal.as_str())?, "") } else { rest.split_once(literal.as_str())? };
            if field.is_empty() {
                return None;
            }
            captured.push(field);
            rest = tail;
        }
        Some(captured)
    }
}

/// One word or several; numbers are taken as they are written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Words(pub Vec<String>);

impl Words {
    /// Whether a word is among these.
    pub fn contains(&self, word: &str) -> bool {
        self.0.iter().any(|w| w == word)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a word, a whole number, or a list of them")]
        enum Form {
            Text(String),
            Number(i64),
            List(Vec<Form>),
        }
        fn flatten(form: Form, words: &mut Vec<String>) {
            match form {
                Form::Text(word) => words.push(word),
                Form::Number(number) => words.push(number.to_string()),
                Form::List(list) => list.into_iter().for_each(|form| flatten(form, words)),
            }
        }
        let mut words = Vec::new();
        flatten(Form::deserialize(deserializer)?, &mut words);
        Ok(Self(words))
    }
}

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One word or several.",
            "anyOf": [
                { "type": ["string", "integer"] },
                { "type": "array", "items": { "type": ["string", "integer"] } },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_where_the_literals_stand() {
        let pattern = Pattern::parse("{label}_{speaker}_{index}.wav").unwrap();
        assert_eq!(pattern.captures("7_theo_12.wav").unwrap(), ["7", "theo", "12"]);
        assert_eq!(pattern.captures("7_theo_1_2.wav").unwrap(), ["7", "theo", "1_2"]);
        for other in ["7_theo.wav", "7__3.wav", "7_theo_12.mp3", "_theo_12.wav"] {
            assert_eq!(pattern.captures(other), None, "{other}");
        }
    }

    #[test]
    fn a_pattern_needs_a_label_and_separated_fields() {
        assert!(Pattern::parse("s{speaker}-{label}.png").is_some());
        for bad in ["{speaker}.wav", "{label}{speaker}.wav", "{label", "{label}_{label}.wav", "*.wav"] {
            assert_eq!(Pattern::parse(bad), None, "{bad}");
        }
    }
}
