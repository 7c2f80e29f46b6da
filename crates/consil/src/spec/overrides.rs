//! `--set a.b=c`: one value of the spec, given on the command line.

use std::str::FromStr;

use toml::{Table, Value};

use super::SpecError;

/// One override: a dotted path and the value to put there.
///
/// The value is read as TOML (`3`, `0.5`, `true`, `[1, 2]`, `{ adam = { lr = 1e-3 } }`) and taken as a plain string where it
/// is not (`fed-prox`).
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    text: String,
    path: Vec<String>,
    value: Value,
}

impl FromStr for Override {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let refuse = |problem: &str| SpecError::BadOverride {
            text: text.to_owned(),
            problem: problem.to_owned(),
            help: "write --set KEY=VALUE with dots between tables, such as --set train.epochs=5".to_owned(),
        };
        let (path, value) = text.split_once('=').ok_or_else(|| refuse("there is no `=`"))?;
        let path: Vec<String> = path.trim().split('.').map(|part| part.trim().to_owned()).collect();
        if path.iter().any(String::is_empty) {
            return Err(refuse("a part of the path is empty"));
        }
        let value = value.trim();
        let read =
            toml::from_str::<Table>(&format!("value = {value}")).ok().and_then(|mut table| table.remove("value"));
        Ok(Self { text: text.to_owned(), path, value: read.unwrap_or_else(|| Value::String(value.to_owned())) })
    }
}

impl Override {
    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it sets a key, with dots between tables, or a table that the key belongs to.
    pub fn sets(&self, key: &str) -> bool {
        let parts: Vec<&str> = key.split('.').collect();
        parts.len() >= self.path.len() && self.path.iter().zip(parts).all(|(own, part)| own == part)
    }

    /// Writes the value at its path, making tables on the way.
    ///
    /// # Errors
    /// When a part of the path before the last is there and is not a table.
    pub(super) fn apply(&self, table: &mut Table) -> Result<(), SpecError> {
        let (last, parents) = self.path.split_last().expect("a path has at least one part");
        let mut at = table;
        for (depth, part) in parents.iter().enumerate() {
            let next = at.entry(part).or_insert_with(|| Value::Table(Table::new()));
            at = next.as_table_mut().ok_or_else(|| SpecError::BadOverride {
                text: self.text.clone(),
                problem: format!("`{}` is a value, not a table", self.path[..=depth].join(".")),
                help: "set that key itself".to_owned(),
            })?;
        }
        at.insert(last.clone(), self.value.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, change: &str) -> Table {
        let mut table: Table = toml::from_str(text).unwrap();
        change.parse::<Override>().unwrap().apply(&mut table).unwrap();
        table
    }

    #[test]
    fn a_value_is_read_as_toml_and_else_as_a_string() {
        assert_eq!(set("", "train.epochs=5")["train"]["epochs"], Value::Integer(5));
        assert_eq!(
            set("", "train.optimizer={ adam = { lr = 0.5 } }")["train"]["optimizer"]["adam"]["lr"],
            Value::Float(0.5)
        );
        assert_eq!(set("[f]\ns = 1", "f.s=fed-prox")["f"]["s"], Value::String("fed-prox".into()));
    }

    #[test]
    fn what_does_not_fit_says_why() {
        let mut table: Table = toml::from_str("seed = 7").unwrap();
        let error = "seed.x=1".parse::<Override>().unwrap().apply(&mut table).unwrap_err().to_string();
        assert!(error.contains("`seed` is a value, not a table"), "{error}");
        assert!("epochs".parse::<Override>().unwrap_err().to_string().contains("no `=`"));
        assert!("a..b=1".parse::<Override>().unwrap_err().to_string().contains("empty"));
    }
}
