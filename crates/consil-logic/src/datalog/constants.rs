//! Constants as 32-bit codes.

use crate::hash::FastMap;
use crate::number::Number;
use crate::term::Term;

/// Codes from here on stand for terms of the table; those below are the integers themselves.
pub(super) const FIRST_TERM: u32 = 1 << 31;

/// The terms behind the codes. Integers in `0..2^31` are their own codes, so that columns of ids load as they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Constants {
    terms: Vec<Term>,
    codes: FastMap<Term, u32>,
}

impl Constants {
    /// The code of a ground term.
    pub(super) fn code(&mut self, term: &Term) -> u32 {
        if let Some(code) = self.find(term) {
            return code;
        }
        let code = FIRST_TERM + self.terms.len() as u32;
        self.terms.push(term.clone());
        self.codes.insert(term.clone(), code);
        code
    }

    /// The code of a ground term that some fact or rule has named.
    pub(super) fn find(&self, term: &Term) -> Option<u32> {
        match term {
            &Term::Int(value) if (0..i64::from(FIRST_TERM)).contains(&value) => Some(value as u32),
            _ => self.codes.get(term).copied(),
        }
    }

    pub(super) fn term(&self, code: u32) -> Term {
        match code.checked_sub(FIRST_TERM) {
            None => Term::Int(i64::from(code)),
            Some(index) => self.terms[index as usize].clone(),
        }
    }

    pub(super) fn number(&self, code: u32) -> Option<Number> {
        match code.checked_sub(FIRST_TERM) {
            None => Some(Number::Int(i64::from(code))),
            Some(index) => match self.terms[index as usize] {
                Term::Int(value) => Some(Number::Int(value)),
                Term::Float(value) => Some(Number::Float(value)),
                _ => None,
            },
        }
    }

    /// The code of a computed number.
    pub(super) fn of_number(&mut self, number: Number) -> u32 {
        self.code(&match number {
            Number::Int(value) => Term::Int(value),
            Number::Float(value) => Term::Float(value),
        })
    }
}
