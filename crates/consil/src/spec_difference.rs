//! The differences of two specs, key by key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use consil_report::number::shortest;
use serde::Serialize;
use serde_json::Value;

use crate::spec::Spec;

/// A key whose value is not the same in two specs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpecDifference {
    /// The key, with dots between tables: `train.epochs`.
    pub key: String,
    /// Its value on the first side; absent where it has none.
    pub a: Option<Value>,
    /// Its value on the second side; absent where it has none.
    pub b: Option<Value>,
}

/// The differences of two specs with every default filled in, by key. Where the rule file lies is no difference: what it says
/// is compared by whoever has it.
pub fn spec_differences(a: &Spec, b: &Spec) -> Vec<SpecDifference> {
    let (a, b) = (leaves_of(a), leaves_of(b));
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    keys.into_iter()
        .filter(|key| key.as_str() != "logic.program" && a.get(*key) != b.get(*key))
        .map(|key| SpecDifference { key: key.clone(), a: a.get(key).cloned(), b: b.get(key).cloned() })
        .collect()
}

impl SpecDifference {
    /// Its value on the first side, as it would be written on the command line.
    pub fn a_text(&self) -> String {
        text_of(self.a.as_ref())
    }

    /// Its value on the second side.
    pub fn b_text(&self) -> String {
        text_of(self.b.as_ref())
    }
}

/// As in `train.epochs: 3 there, 9 here`.
impl fmt::Display for SpecDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} there, {} here", self.key, self.a_text(), self.b_text())
    }
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        None => "—".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

fn leaves_of(spec: &Spec) -> BTreeMap<String, Value> {
    let value = serde_json::to_value(spec).expect("a spec's keys are strings");
    let mut leaves = BTreeMap::new();
    collect_leaves("", value, &mut leaves);
    leaves
}

/// Tables are opened, lists are values: a layer's place in its list is no name.
fn collect_leaves(path: &str, value: Value, leaves: &mut BTreeMap<String, Value>) {
    match value {
        Value::Null => {}
        Value::Object(table) => {
            for (key, value) in table {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                collect_leaves(&path, value, leaves);
            }
        }
        value => {
            leaves.insert(path.to_owned(), as_written(value));
        }
    }
}

/// A value with its numbers as they were written: 0.1, and not the 0.10000000149011612 that JSON makes of a number of single precision. A
/// number that is none of single precision stays as it is.
fn as_written(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(as_written).collect(),
        Value::Object(table) => table.into_iter().map(|(key, value)| (key, as_written(value))).collect(),
        value => match value.as_f64() {
            Some(wide) if value.is_f64() && f64::from(wide as f32) == wide => shortest(wide as f32).into(),
            _ => value,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_listed() {
        let text = crate::example::find("demo").unwrap().spec();
        let set = |change: &str| change.parse().unwrap();
        let a = Spec::parse("a", text, &[set("train.epochs=20")]).unwrap();
        let b = Spec::parse(
            "b",
            text,
            &[
                set("train.epochs=3"),
                set("logic.program=other.pl"),
                set("train.clip-norm=2.5"),
                set("train.optimizer={adam={lr=0.1}}"),
                set("modality.speech.noise.snr-db=[-0.3, 0.7]"),
            ],
        )
        .unwrap();
        assert_eq!(spec_differences(&a, &a), []);
        let found = spec_differences(&a, &b);
        let keys: Vec<&str> = found.iter().map(|difference| difference.key.as_str()).collect();
        assert_eq!(
            keys,
            ["modality.speech.noise.snr-db", "train.clip-norm", "train.epochs", "train.optimizer.adam.lr"]
        );
        assert_eq!(found[2].to_string(), "train.epochs: 20 there, 3 here");
        assert_eq!(found[0].b_text(), "[-0.3,0.7]", "also in a list");
        assert_eq!(found[3].b_text(), "0.1", "single precision shows as it was written");
    }
}
