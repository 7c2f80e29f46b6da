//! Marks of unfinished work.

use crate::{File, Violation};

/// Each mark in two halves, so that this file does not hold it.
const MARKS: &[(&str, &str)] = &[
    ("todo", "!("),
    ("unimplemented", "!("),
    ("dbg", "!("),
    ("FIX", "ME"),
    ("TO", "DO"),
    ("XX", "X"),
    ("#[ign", "ore"),
];

/// Checks source, scripts, manifests and documentation.
pub fn check(files: &[File]) -> Vec<Violation> {
    let is_checked =
        |file: &&File| [".rs", ".toml", ".md", ".pl", ".sh", ".yml"].iter().any(|end| file.path.ends_with(end));
    let marks: Vec<String> = MARKS.iter().map(|(a, b)| format!("{a}{b}")).collect();
    files.iter().filter(is_checked).flat_map(|file| check_file(file, &marks)).collect()
}

fn check_file(file: &File, marks: &[String]) -> Vec<Violation> {
    let found = file.lines().filter_map(|(number, line)| {
        let mark = marks.iter().find(|mark| holds(line, mark))?;
        Some(Violation::at(&file.path, number, format!("`{mark}` marks unfinished work: finish it, or leave it out")))
    });
    found.collect()
}

/// Whether the line holds the mark as a word of its own.
fn holds(line: &str, mark: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(mark).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + mark.len()..].chars().next();
        let ends_in_word = mark.ends_with(is_word);
        let goes_on = before.is_some_and(is_word) || (ends_in_word && after.is_some_and(is_word));
        !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_is_refused() {
        for (a, b) in MARKS {
            let file = File::new("crates/consil/src/lib.rs", format!("fn f() {{}}\nlet x = 1; // {a}{b} later\n"));
            assert_eq!(check(&[file]).first().and_then(|found| found.line), Some(2), "{a}{b}");
        }
    }

    #[test]
    fn a_longer_word_is_no_mark() {
        let words = format!("MAS{0}S, my_{1}x), {0}_LIST", concat!("TO", "DO"), concat!("dbg", "!("));
        assert_eq!(check(&[File::new("crates/consil/src/lib.rs", words)]), []);
    }
}
