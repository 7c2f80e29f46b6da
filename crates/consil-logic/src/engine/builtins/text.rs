//! Built-in predicates about text: ProbLog's library `string`.

use super::{BuiltinError, Done, Frame, Outcome};
use crate::budget::Limit;
use crate::error::ReasonError;
use crate::store::{Shape, TermId};

impl Frame<'_> {
    /// The text of a constant; none if it is a variable.
    fn text(&mut self, term: TermId) -> Result<Option<String>, BuiltinError> {
        Ok(Some(match self.shape(term) {
            Shape::Var(_) => return Ok(None),
            Shape::Atom(name) | Shape::Str(name) => self.store.name(name).to_owned(),
            _ => {
                let term = self.resolve(term)?;
                self.store.export(term, &|index| format!("_{index}").into()).to_string()
            }
        }))
    }

    fn texts(&mut self, list: TermId) -> Result<Option<Vec<String>>, BuiltinError> {
        let Some(items) = self.items(list) else {
            return if self.is_unbound(list) { Ok(None) } else { Err(BuiltinError::Type("a list")) };
        };
        items.into_iter().map(|item| self.text(item)).collect()
    }

    fn equal_text(&mut self, term: TermId, text: &str) -> Done {
        let text = self.store.atom(text);
        self.equal(term, text)
    }

    pub(super) fn concat(&mut self, list: TermId, whole: TermId) -> Done {
        match self.texts(list)? {
            Some(texts) => self.equal_text(whole, &texts.concat()),
            None => Ok(Outcome::Lacks),
        }
    }

    pub(super) fn join(&mut self, separator: TermId, list: TermId, whole: TermId) -> Done {
        match (self.text(separator)?, self.texts(list)?) {
            (Some(separator), Some(texts)) => self.equal_text(whole, &texts.join(&separator)),
            _ => Ok(Outcome::Lacks),
        }
    }

    /// `sub_atom(Text, Before, Length, After, Part)`: each part of a text with the number of characters before it, within it and
    /// behind it (ISO 8.16.3). A part that is given is looked for instead.
    pub(super) fn parts_of_text(&mut self, text: TermId, parts: [TermId; 4]) -> Done {
        let Some(text) = self.text(text)? else { return Ok(Outcome::Lacks) };
        let [before, length, after, part] = parts;
        let fixed = [before, length, after].map(|term| self.integer(term).map(|n| n.max(-1)));
        for (term, value) in [before, length, after].into_iter().zip(fixed) {
            if value.is_none() && !self.is_unbound(term) {
                return Err(BuiltinError::Type("a number of characters"));
            }
        }
        let wanted = self.text(part)?;
        // The borders of characters, the end among them.
        let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let n = borders.len() as i64 - 1;
        let lengths = |start: i64| match (&wanted, fixed[1], fixed[2]) {
            (Some(wanted), ..) => {
                let length = wanted.chars().count() as i64;
                length..=length
            }
            (None, Some(length), _) => length..=length,
            (None, None, Some(after)) => n - start - after..=n - start - after,
            (None, None, None) => 0..=n - start,
        };
        let starts = match (fixed[0], fixed[1], fixed[2]) {
            (Some(before), ..) => before..=before,
            (None, Some(length), Some(after)) => n - length - after..=n - length - after,
            _ => 0..=n,
        };
        let mut values = Vec::new();
        for start in starts.filter(|start| (0..=n).contains(start)) {
            for length in lengths(start).filter(|length| (0..=n - start).contains(length)) {
                let found = &text[borders[start as usize]..borders[(start + length) as usize]];
                if wanted.as_ref().is_some_and(|wanted| wanted != found) {
                    continue;
                }
                if values.len() >= self.budget.max_answers {
                    return Err(ReasonError::Budget { limit: Limit::Answers(self.budget.max_answers) }.into());
                }
                let numbers = [start, length, n - start - length].map(|number| self.store.int(number));
                // A part that is given stays what it is, atom or string.
                let found = if wanted.is_some() { self.walk(part) } else { self.store.atom(found) };
                values.push(self.tuple(&[numbers[0], numbers[1], numbers[2], found])?);
            }
        }
        Ok(Outcome::Each(self.tuple(&[before, length, after, part])?, values))
    }

    pub(super) fn characters(&mut self, text: TermId, list: TermId) -> Done {
        let Some(text) = self.text(text)? else { return Ok(Outcome::Lacks) };
        let characters: Vec<TermId> = text.chars().map(|c| self.store.atom(c.encode_utf8(&mut [0; 4]))).collect();
        let characters = self.store.list(&characters)?;
        self.equal(list, characters)
    }

    pub(super) fn string_integer(&mut self, text: TermId, integer: TermId) -> Done {
        let Some(text) = self.text(text)? else { return Ok(Outcome::Lacks) };
        let Ok(value) = text.trim().parse() else { return Err(BuiltinError::Type("the digits of an integer")) };
        let value = self.store.int(value);
        self.equal(integer, value)
    }

    pub(super) fn atom_number(&mut self, atom: TermId, number: TermId) -> Done {
        if self.is_unbound(atom) {
            return match self.text(number)? {
                Some(text) => self.equal_text(atom, &text),
                None => Ok(Outcome::Lacks),
            };
        }
        let Some(text) = self.text(atom)? else { return Ok(Outcome::Lacks) };
        let value = match (text.trim().parse::<i64>(), text.trim().parse::<f64>()) {
            (Ok(value), _) => self.store.int(value),
            (_, Ok(value)) if value.is_finite() => self.store.float(value),
            _ => return Ok(Outcome::Fails),
        };
        self.equal(number, value)
    }

    pub(super) fn atom_length(&mut self, atom: TermId, length: TermId) -> Done {
        let Some(text) = self.text(atom)? else { return Ok(Outcome::Lacks) };
        let n = self.store.int(text.chars().count() as i64);
        self.equal(length, n)
    }

    pub(super) fn raise(&mut self, parts: &[TermId]) -> Done {
        let mut message = String::new();
        for &part in parts {
            message.push_str(&self.text(part)?.unwrap_or_else(|| "_".to_owned()));
        }
        Err(BuiltinError::Raised(message))
    }
}
