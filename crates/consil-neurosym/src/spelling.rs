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
/// A term is named by its own spelling; a number by any that reads as the same number (`7`, `07`, `7.0`); any term also by what a program would
/// write for it (`'New York'`). Where several could be meant, the first of these rules decides.
pub fn find(terms: &[Term], cell: &str) -> Option<usize> {
    let cell = cell.trim();
    if let Some(found) = terms.iter().position(|term| spell(term) == cell) {
        return Some(found);
    }
    if let Ok(number) = cell.parse::<f64>()
        && let Some(found) = terms.iter().position(|term| value(term) == Some(number))
    {
        return Some(found);
    }
    let written = parse_term(cell).ok()?;
    terms.iter().position(|term| *term == written)
}

/// The term that a label stands for where no program declares it: an integer, a number, or an atom of that text.
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

fn value(term: &Term) -> Option<f64> {
    match term {
        // Beyond 2⁵³ two integers may be one double, and are then told apart by their spelling alone.
        Term::Int(value) if value.unsigned_abs() <= 1 << 53 => Some(*value as f64),
        Term::Float(value) => Some(*value),
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
}
