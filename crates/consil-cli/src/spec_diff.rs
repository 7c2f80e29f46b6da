//! Where two specs differ, key by key.

use std::collections::{BTreeMap, BTreeSet};

use consil::Spec;
use consil::number::shortest;
use serde::Serialize;
use serde_json::Value;

/// A key whose value is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The key, with dots between tables: `train.epochs`.
    pub key: String,
    /// Its value on the first side; absent where it has none.
    pub a: Option<Value>,
    /// Its value on the second side; absent where it has none.
    pub b: Option<Value>,
}

/// The differences of two specs with every default filled in, by key. Where the rule file lies is no difference: what it says
/// is compared by whoever has it.
pub fn differences(a: &Spec, b: &Spec) -> Vec<Difference> {
    let (a, b) = (leaves_of(a), leaves_of(b));
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    keys.into_iter()
        .filter(|key| key.as_str() != "logic.program" && a.get(*key) != b.get(*key))
        .map(|key| Difference { key: key.clone(), a: a.get(key).cloned(), b: b.get(key).cloned() })
        .collect()
}

/// A value as it would be written on the command line.
pub fn shown(value: Option<&Value>) -> String {
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

/// A value with its numbers as a spec writes them: a setting is a binary32, which as a binary64 would read 0.10000000149011612 where 0.1 was
/// written. A number that is no binary32 stays as it is.
fn as_written(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(as_written).collect(),
        Value::Object(table) => table.into_iter().map(|(key, value)| (key, as_written(value))).collect(),
        Value::Number(number) if number.is_f64() => match number.as_f64() {
            Some(wide) if f64::from(wide as f32) == wide => shortest(wide as f32).into(),
            _ => Value::Number(number),
        },
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_they_were_written() {
        let text = consil::example::find("demo").unwrap().spec();
        let set = |change: &str| change.parse().unwrap();
        let a = Spec::parse("a", text, &[set("train.clip-norm=0.1"), set("modality.speech.noise.snr-db=[-0.3, 0.7]")])
            .unwrap();
        let b = Spec::parse("b", text, &[set("train.clip-norm=2.5")]).unwrap();
        let found = differences(&a, &b);
        let of = |key: &str| found.iter().find(|difference| difference.key == key).unwrap();
        assert_eq!(shown(of("train.clip-norm").a.as_ref()), "0.1");
        assert_eq!(shown(of("train.clip-norm").b.as_ref()), "2.5");
        assert_eq!(shown(of("modality.speech.noise.snr-db").a.as_ref()), "[-0.3,0.7]");
    }

    #[test]
    fn only_what_differs_is_listed() {
        let text = consil::example::find("demo").unwrap().spec();
        let set = |change: &str| change.parse().unwrap();
        let a = Spec::parse("a", text, &[set("train.epochs=20")]).unwrap();
        let b =
            Spec::parse("b", text, &[set("train.epochs=3"), set("logic.program=other.pl"), set("train.clip-norm=2.5")])
                .unwrap();
        assert_eq!(differences(&a, &a), []);
        let found = differences(&a, &b);
        let keys: Vec<&str> = found.iter().map(|difference| difference.key.as_str()).collect();
        assert_eq!(keys, ["train.clip-norm", "train.epochs"]);
        assert_eq!((shown(found[1].a.as_ref()), shown(found[1].b.as_ref())), ("20".into(), "3".into()));
    }
}
