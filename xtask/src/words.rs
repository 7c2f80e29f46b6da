//! Words of our own where the field has one: what `docs/glossary.md` replaces must not come back into a crate that is clean.

use crate::homes::is_source;
use crate::{File, Violation};

/// The crates that say what the field says.
pub const CLEAN: &[&str] = &[
    "consil",
    "consil-bench",
    "consil-cli",
    "consil-data",
    "consil-diagnostic",
    "consil-fed",
    "consil-graph",
    "consil-layout",
    "consil-logic",
    "consil-multimodal",
    "consil-neurosym",
    "consil-nn",
    "consil-pathways",
    "consil-random",
    "consil-report",
    "consil-signal",
    "xtask",
];

/// The words that are gone, with the field's. Only whole words count, also as parts of an identifier: `split_senses`, `SplitSenses`.
const BANNED: &[(&str, &str)] = &[
    ("sense", "modality"),
    ("senses", "modalities"),
    ("sensed", "input batch"),
    ("road", "pathway"),
    ("roads", "pathways"),
    ("misfit", "residuals, shape mismatch or unsupported input"),
    ("remnant", "pending work"),
    ("ration", "limits"),
    ("island", "connected component"),
    ("taught", "calibrated"),
    ("teacher", "calibration set"),
    ("dealt", "partitioned"),
    ("dealing", "partition"),
];

/// Checks the sources of clean crates, comparisons with peers among them; what their tests draw up may well be a map of roads.
pub fn check(files: &[File], clean: &[&str]) -> Vec<Violation> {
    let is_checked = |file: &File| is_source(file) || (file.is_rust() && file.crate_name() == Some("consil-bench"));
    let of_clean = |file: &&File| is_checked(file) && file.crate_name().is_some_and(|name| clean.contains(&name));
    // This file has to name them.
    let files = files.iter().filter(of_clean).filter(|file| file.path != "xtask/src/words.rs");
    files.flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Violation> {
    let refuse = |(number, line): (usize, &str)| -> Vec<Violation> {
        let words = words_of(line);
        let gone = BANNED.iter().filter(|(word, _)| words.iter().any(|known| known == word));
        let message = |(word, field): &(&str, &str)| format!("`{word}` is a word of our own: the field says {field}");
        gone.map(|pair| Violation::at(&file.path, number, message(pair))).collect()
    };
    file.lines().flat_map(refuse).collect()
}

/// The words of a line in small letters; `SplitSenses` and `split_senses` are two words each.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in line.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if c.is_alphabetic() {
            words.last_mut().expect("it begins with one").extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_prose_and_in_identifiers_of_clean_crates() {
        for line in ["/// The senses of a sample.", "struct SplitSenses;", "let n_senses = 3;", "fn of(road: &str) {}"]
        {
            let file = [File::new("crates/consil-random/src/lib.rs", line)];
            assert_eq!(check(&file, CLEAN).len(), 1, "{line}");
            assert_eq!(check(&file, &["consil-fed"]), [], "{line}");
        }
    }

    #[test]
    fn comparisons_with_peers_are_checked_too() {
        let file = [File::new("crates/consil-bench/benches/inference.rs", "let roads = 3;")];
        assert_eq!(check(&file, CLEAN).len(), 1);
    }

    #[test]
    fn parts_of_other_words_are_fine() {
        let line = "let duration = inroads(broad, sensed_not); // a sensor, insensible, generation";
        let file = [File::new("crates/consil-random/src/lib.rs", line.replace("sensed_not", "sensor"))];
        assert_eq!(check(&file, CLEAN), []);
    }
}
