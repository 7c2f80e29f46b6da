//! TOML files read by hand, so that every refusal names the line, the column and the nearest known key.
//!
//! Deriving a reader would lose the places of values inside untagged alternatives (a score is a number *or* a table), and the places of
//! expressions inside strings. A [`Section`] hands out its values one by one; [`Section::finish`] refuses what nobody asked for.

use std::cell::RefCell;
use std::ops::Range;

use serde_json::Number;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, did_you_mean};

/// A file that parsed as TOML.
pub(crate) struct Document<'t> {
    /// What errors call the file.
    pub name: &'t str,
    /// Its text.
    pub text: &'t str,
    root: Spanned<DeTable<'t>>,
}

impl<'t> Document<'t> {
    /// Parses a text.
    pub fn parse(name: &'t str, text: &'t str) -> Result<Self, Fault> {
        let root = DeTable::parse(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            Fault::new(name, text, span, error.message().trim().to_owned(), String::new())
        })?;
        Ok(Self { name, text, root })
    }

    /// The whole file as a section.
    pub fn root(&self) -> Section<'_> {
        Section {
            name: self.name,
            text: self.text,
            path: String::new(),
            span: 0..0,
            table: self.root.get_ref(),
            taken: RefCell::default(),
        }
    }
}

/// A table of a file, with the keys that were read so far.
pub(crate) struct Section<'d> {
    name: &'d str,
    text: &'d str,
    /// The dotted path of the table; empty for the file itself.
    pub path: String,
    /// Where the table stands.
    pub span: Range<usize>,
    table: &'d DeTable<'d>,
    /// The keys that the reader asked for: both those that were there and those that could have been.
    taken: RefCell<Vec<String>>,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct At<T> {
    /// The value.
    pub value: T,
    /// Bytes of the file.
    pub span: Range<usize>,
}

impl<'d> Section<'d> {
    /// A refusal of this file at a place.
    pub fn fault(&self, span: Range<usize>, problem: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault::new(self.name, self.text, span, problem.into(), help.into())
    }

    /// A key's value, if the key is there; the key is known from now on.
    pub fn value(&self, key: &str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.taken.borrow_mut().push(key.to_owned());
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, value)| value)
    }

    /// Whether a key is there, without taking it.
    pub fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(k, _)| k.get_ref() == key)
    }

    /// All keys in the order of the file, with their places; all are known from now on.
    pub fn keys(&self) -> Vec<At<String>> {
        let mut keys: Vec<At<String>> =
            self.table.iter().map(|(k, _)| At { value: k.get_ref().to_string(), span: k.span() }).collect();
        keys.sort_by_key(|key| key.span.start);
        self.taken.borrow_mut().extend(keys.iter().map(|key| key.value.clone()));
        keys
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) -> Fault {
        let is = value.get_ref().type_str();
        self.fault(value.span(), format!("`{}` must be {wanted}, and it is of type {is}", self.path_of(key)), "")
    }

    /// A table below this one.
    pub fn section(&self, key: &str) -> Result<Option<Section<'d>>, Fault> {
        self.value(key).map(|value| self.open(key, value)).transpose()
    }

    fn open(&self, key: &str, value: &'d Spanned<DeValue<'d>>) -> Result<Section<'d>, Fault> {
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(key, value, "a table"))?;
        let path = self.path_of(key);
        Ok(Section { name: self.name, text: self.text, path, span: value.span(), table, taken: RefCell::default() })
    }

    /// The tables of an array of tables; none where the key is absent.
    pub fn sections(&self, key: &str) -> Result<Vec<Section<'d>>, Fault> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let array = value.get_ref().as_array().ok_or_else(|| self.wrong(key, value, "an array of tables"))?;
        array.iter().map(|item| self.open(key, item)).collect()
    }

    /// A string.
    pub fn string(&self, key: &str) -> Result<Option<At<String>>, Fault> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let text = value.get_ref().as_str().ok_or_else(|| self.wrong(key, value, "a string"))?;
        Ok(Some(At { value: text.to_owned(), span: value.span() }))
    }

    /// A string that must be there.
    pub fn required_string(&self, key: &str, wanted: &str) -> Result<At<String>, Fault> {
        self.string(key)?.ok_or_else(|| self.missing(key, wanted))
    }

    /// A finite number.
    pub fn number(&self, key: &str) -> Result<Option<At<f64>>, Fault> {
        self.value(key).map(|value| self.read_number(key, value)).transpose()
    }

    /// A number that must be there.
    pub fn required_number(&self, key: &str, wanted: &str) -> Result<At<f64>, Fault> {
        self.number(key)?.ok_or_else(|| self.missing(key, wanted))
    }

    /// A number within bounds, both included.
    pub fn number_within(&self, key: &str, low: f64, high: f64) -> Result<Option<At<f64>>, Fault> {
        let Some(number) = self.number(key)? else { return Ok(None) };
        if (low..=high).contains(&number.value) {
            return Ok(Some(number));
        }
        let problem = format!("`{}` is {}, and it must lie in {low} to {high}", self.path_of(key), number.value);
        Err(self.fault(number.span, problem, ""))
    }

    /// A whole number that is not negative.
    pub fn count(&self, key: &str) -> Result<Option<At<u64>>, Fault> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let read = value.get_ref().as_integer().and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        let count = read.ok_or_else(|| self.wrong(key, value, "a whole number that is not negative"))?;
        Ok(Some(At { value: count, span: value.span() }))
    }

    /// Two finite numbers, the first below the second.
    pub fn range(&self, key: &str) -> Result<Option<At<(f64, f64)>>, Fault> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let wanted = "an array of two numbers, the lower first";
        let array = value.get_ref().as_array().ok_or_else(|| self.wrong(key, value, wanted))?;
        let numbers: Vec<f64> =
            array.iter().map(|n| self.read_number(key, n).map(|n| n.value)).collect::<Result<_, _>>()?;
        match numbers.as_slice() {
            [low, high] if low < high => Ok(Some(At { value: (*low, *high), span: value.span() })),
            _ => Err(self.fault(value.span(), format!("`{}` must be {wanted}", self.path_of(key)), "")),
        }
    }

    /// Strings; none where the key is absent.
    pub fn strings(&self, key: &str) -> Result<Vec<At<String>>, Fault> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let array = value.get_ref().as_array().ok_or_else(|| self.wrong(key, value, "an array of strings"))?;
        let read = |item: &Spanned<DeValue<'_>>| {
            let text = item.get_ref().as_str().ok_or_else(|| self.wrong(key, item, "an array of strings"))?;
            Ok(At { value: text.to_owned(), span: item.span() })
        };
        array.iter().map(read).collect()
    }

    /// One of a few names.
    pub fn choice<T: Copy>(&self, key: &str, known: &[(&str, T)]) -> Result<Option<At<T>>, Fault> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        match known.iter().find(|(name, _)| *name == text.value) {
            Some((_, choice)) => Ok(Some(At { value: *choice, span: text.span })),
            None => {
                let help = did_you_mean(&text.value, known.iter().map(|(name, _)| *name));
                Err(self.fault(
                    text.span,
                    format!("`{}` has the unknown value `{}`", self.path_of(key), text.value),
                    help,
                ))
            }
        }
    }

    pub fn read_number(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<At<f64>, Fault> {
        let read = match value.get_ref() {
            DeValue::Integer(n) => {
                i64::from_str_radix(n.as_str(), n.radix()).ok().and_then(|n| Number::from(n).as_f64())
            }
            DeValue::Float(n) => n.as_str().parse::<f64>().ok().filter(|n| n.is_finite()),
            _ => None,
        };
        let number = read.ok_or_else(|| self.wrong(key, value, "a finite number"))?;
        Ok(At { value: number, span: value.span() })
    }

    /// The refusal where a key must be there and is not.
    pub fn missing(&self, key: &str, wanted: &str) -> Fault {
        let place = if self.path.is_empty() { "the file".to_owned() } else { format!("[{}]", self.path) };
        self.fault(self.span.clone(), format!("{place} lacks the key `{key}`"), format!("add `{key} = …`: {wanted}"))
    }

    /// Refuses keys that nobody asked for, with the nearest known name.
    pub fn finish(&self) -> Result<(), Fault> {
        let taken = self.taken.borrow();
        let mut unknown: Vec<_> =
            self.table.iter().filter(|(key, _)| !taken.iter().any(|known| known == key.get_ref())).collect();
        unknown.sort_by_key(|(key, _)| key.span().start);
        match unknown.first() {
            None => Ok(()),
            Some((key, _)) => {
                let help = did_you_mean(key.get_ref(), taken.iter().map(String::as_str));
                Err(self.fault(key.span(), format!("unknown key `{}`", self.path_of(key.get_ref())), help))
            }
        }
    }
}
