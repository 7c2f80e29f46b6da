//! Terms as tables spell them: how a cell names a class, and how a class reads in a table.
//!
//! A rule program writes the class *New York* as `'New York'`, a manifest as `New York`. Both mean one term, and two classes are the same if
//! their terms are.

use std::cmp::Ordering;

use consil_logic::{Term, parse_term};

/// A term without the quotation marks that a program needs: `New York`. Terms inside others keep theirs.
pub fn spell(term: &Term) -> String {
    match term {
        Term::Atom(text) => text.to_string(),
        Term::Str(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// The term among `terms` that a cell of a table names.
///
/// A term is named by its own spelling; a number by any decimal of the same value (`7`, `07`, `7.0`), compared digit by digit, so that no two integers
/// are one; a quoted atom, a string and a compound term also by what a program would write for them (`'New York'`). Where several could be meant, the
/// first of these rules decides. What a program reads as a number in any other way (`0x10`, `0b11`, `0'c`, `1_000`, `1e1`, `+7`) names no number: such a
/// cell is its spelling.
pub fn find(terms: &[Term], cell: &str) -> Option<usize> {
    let cell = cell.trim();
    if let Some(found) = terms.iter().position(|term| spell(term) == cell) {
        return Some(found);
    }
    if let Some(number) = Decimal::read(cell) {
        return terms.iter().position(|term| digits(term).as_deref().and_then(Decimal::read) == Some(number));
    }
    let written = parse_term(cell).ok()?;
    let is_its_own = match &written {
        Term::Int(_) | Term::Float(_) => false,
        // `paris % a city` and `(paris)` are read as `paris` too, and are other cells.
        Term::Atom(_) => cell.starts_with('\'') && cell.ends_with('\''),
        _ => true,
    };
    terms.iter().position(|term| is_its_own && *term == written)
}

/// The term that a label stands for where no program declares it: an integer where it is written as one (`7`, `-3`) and fits 64 bits, else an atom of that text.
pub fn read(label: &str) -> Term {
    if let Ok(integer) = label.parse::<i64>()
        && integer.to_string() == label
    {
        return Term::Int(integer);
    }
    Term::atom(label)
}

/// The order of classes: numbers by value, then words by letter. Only equal spellings are equal: `01067` stands before `1067`, and is another class.
pub fn label_order(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

/// A decimal as it is written, without the zeros that change nothing. `-0` is not `0`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Decimal<'a> {
    is_negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Digits with at most a minus before them and a point among them.
    fn read(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        (is_digits(whole) && is_digits(fraction)).then(|| Self {
            is_negative: unsigned.len() < text.len(),
            whole: whole.trim_start_matches('0'),
            fraction: fraction.trim_end_matches('0'),
        })
    }
}

/// All digits of a number, without an exponent: of a float, of the shortest decimal that it is nearest to.
fn digits(term: &Term) -> Option<String> {
    match term {
        Term::Int(value) => Some(value.to_string()),
        Term::Float(value) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(texts: &[&str]) -> Vec<Term> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_cell_names_the_term_that_it_spells() {
        let terms = terms(&["'New York'", "paris", "7", "2.5", "f('A b', 1)", "\"text\"", "-3"]);
        let found: Vec<Option<usize>> =
            ["New York", " paris ", "7", "07", "7.0", "2.50", "f('A b',1)", "text", "'New York'", "-3", "new york"]
                .map(|cell| find(&terms, cell))
                .to_vec();
        let expected = [0, 1, 2, 2, 2, 3, 4, 5, 0, 6].map(Some).into_iter().chain([None]).collect::<Vec<_>>();
        assert_eq!(found, expected);
        assert_eq!(spell(&terms[0]), "New York");
        assert_eq!(spell(&terms[4]), "f('A b', 1)");
    }

    #[test]
    fn an_atom_of_digits_is_not_taken_for_the_number_of_its_spelling() {
        let terms = terms(&["'7'", "7"]);
        assert_eq!((find(&terms, "7"), find(&terms, "7.0")), (Some(0), Some(1)));
    }

    #[test]
    fn every_read_label_is_found_again() {
        for label in ["7", "07", "-3", "New York", "x", "f(1)", "", "1e3", "'q'"] {
            assert_eq!(find(&[read("other"), read(label)], label), Some(1), "{label}");
        }
    }

    #[test]
    fn cells_are_one_class_only_where_they_are_one_decimal_or_quoted() {
        let is_one = |class: &str, cell: &str| find(&[read(class)], cell).is_some();
        for (class, cell) in [
            ("7", "7"),
            ("7", "7.0"),
            ("7", " 7 "),
            ("7", "007"),
            ("-3", "-3.00"),
            ("0", "0.0"),
            ("10", "10.0"),
            ("9007199254740993", "9007199254740993.0"),
            ("0x10", "0x10"),
            ("1_000", "1_000"),
            ("18446744073709551617", "18446744073709551617"),
            ("New York", "'New York'"),
        ] {
            assert!(is_one(class, cell), "{class} and {cell}");
        }
        for (class, cell) in [
            ("9007199254740992", "9007199254740993"),
            ("9007199254740992", "9007199254740993.0"),
            ("9223372036854775807", "9223372036854775808"),
            ("18446744073709551617", "18446744073709551616"),
            ("16", "0x10"),
            ("3", "0b11"),
            ("8", "0o10"),
            ("99", "0'c"),
            ("1000", "1_000"),
            ("10", "1e1"),
            ("10", "1.0e1"),
            ("7", "+7"),
            ("7", "7."),
            ("7", "(7)"),
            ("7", "'7'"),
            ("0", "-0"),
            ("0.1", "0.10"),
            ("007", "7"),
            ("paris", "paris % x"),
            ("paris", "(paris)"),
            ("paris", "Paris"),
        ] {
            assert!(!is_one(class, cell), "{class} and {cell}");
        }
    }

    #[test]
    fn floats_that_rules_derive_are_named_by_their_decimal() {
        let terms = [Term::Float(0.1), Term::Float(1e23), Term::Float(9_007_199_254_740_992.0)];
        let found = ["0.10", "0.1000000000000000055", "100000000000000000000000", "9007199254740993"];
        assert_eq!(found.map(|cell| find(&terms, cell)), [Some(0), None, Some(1), None]);
    }
}
