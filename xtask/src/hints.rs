//! Help within an error's text, and hints that nobody would ask for.
//!
//! An error says what is wrong; what would help is data beside it (`consil_diagnostic::Hint`), and shown once, at the edge. An error reaches the edge
//! without its type, so each type with a hint stands in its crate's list, as `row::<Type>`; and one that passes another on unchanged
//! (`#[error(transparent)]`) passes on its hint too.

use crate::circles::source::without_tests;
use crate::homes::is_source;
use crate::{File, Violation};

/// The crates whose errors still say what would help.
pub const TO_COME: &[&str] = &["consil-logic"];

/// Checks the sources of all crates but those to come.
pub fn check(files: &[File], to_come: &[&str]) -> Vec<Violation> {
    let is_done = |file: &&File| is_source(file) && file.crate_name().is_some_and(|name| !to_come.contains(&name));
    let codes: Vec<(&File, String)> =
        files.iter().filter(is_done).map(|file| (file, without_tests(&file.text))).collect();
    let hinted: Vec<(&File, &str)> =
        codes.iter().flat_map(|(file, code)| hinted(code).into_iter().map(|name| (*file, name))).collect();
    let listed: Vec<&str> = codes.iter().flat_map(|(_, code)| listed(code)).collect();
    let mut found: Vec<Violation> = codes.iter().flat_map(|(file, _)| texts(file)).collect();
    // The report knows those of consil-diagnostic.
    let of_edge = hinted.iter().filter(|(file, _)| file.crate_name() != Some("consil-diagnostic"));
    found.extend(of_edge.filter(|(_, name)| !listed.contains(name)).map(|(file, name)| {
        let message = format!("the hint of `{name}` is in no list: add `row::<{name}>` to its crate's");
        Violation::of_file(&file.path, message)
    }));
    for (file, code) in &codes {
        let is_kept = |variant: &str| {
            let arm = format!("Self::{variant}(");
            let arms = code.split(&arm).skip(1);
            let mut helps =
                arms.filter_map(|rest| rest.split_once(')')).map(|(name, rest)| (rest, format!("{name}.help()")));
            helps.any(|(rest, help)| rest.lines().take(2).any(|line| line.contains(&help)))
        };
        let is_hinted = |path: &str| {
            let (of, name) = (crate_of(path, file, code), last(path));
            hinted.iter().any(|(file, hinted)| *hinted == name && file.crate_name() == Some(&of))
        };
        let lost = passed_on(code).into_iter().filter(|(variant, path)| is_hinted(path) && !is_kept(variant));
        found.extend(lost.map(|(variant, path)| {
            let message = format!(
                "`{variant}` passes `{path}` on and loses its hint: give it in `help`, or let the error be a cause by #[error(\"{{0}}\")]"
            );
            Violation::of_file(&file.path, message)
        }));
    }
    found
}

/// The crate of a type that a file names by a path.
fn crate_of(path: &str, file: &File, code: &str) -> String {
    let crate_in = |path: &str| {
        let first = path.split("::").next().unwrap_or_default().trim();
        first.starts_with("consil_").then(|| first.replace('_', "-"))
    };
    let is_word = |text: &str| text.split(|c: char| !is_part_of_name(c)).any(|word| word == last(path));
    let mut uses = code.split("\nuse ").skip(1).filter_map(|rest| rest.split(';').next());
    let imported = || uses.find(|path| is_word(path)).and_then(crate_in);
    crate_in(path).or_else(imported).unwrap_or_else(|| file.crate_name().unwrap_or_default().to_owned())
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The attributes `#[error(…)]` that say what would help, tests' own aside.
fn texts(file: &File) -> Vec<Violation> {
    let text = file.text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    for (at, _) in text.match_indices("#[error(") {
        let rest = &text[at..];
        let attribute = rest.find(")]").map_or(rest, |end| &rest[..end]);
        if attribute.contains("help:") {
            let line = text[..at].lines().count();
            found.push(Violation::at(&file.path, line, "what would help is a `Hint`, not a part of the error's text"));
        }
    }
    found
}

/// The types that a text implements `Hint` for.
fn hinted(code: &str) -> Vec<&str> {
    let name = |rest: &'_ str| rest.find(|c| !is_part_of_name(c)).unwrap_or(rest.len());
    code.split("impl Hint for ").skip(1).map(|rest| &rest[..name(rest)]).collect()
}

/// The types that a text has rows of.
fn listed(code: &str) -> Vec<&str> {
    code.split("row::<").skip(1).filter_map(|rest| rest.split('>').next()).map(last).collect()
}

/// The variants that pass another error on unchanged, and the path of its type: `Name(#[from] path::Type)` or `Name(Box<Type>)`.
fn passed_on(code: &str) -> Vec<(&str, &str)> {
    let variant = |rest: &'_ str| -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
        let open = rest.find('(')?;
        let close = open + rest[open..].find(')')?;
        let begin = rest[..open].rfind(|c| !is_part_of_name(c)).map_or(0, |at| at + 1);
        let end = open + 1 + rest[open + 1..close].trim_end_matches('>').len();
        let inner = rest[open + 1..end].rfind(|c| !is_part_of_name(c) && c != ':').map_or(open + 1, |at| open + 2 + at);
        Some((begin..open, inner..end))
    };
    let after = code.split("#[error(transparent)]").skip(1);
    after.filter_map(|rest| variant(rest).map(|(name, inner)| (&rest[name], &rest[inner]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> =
            files.iter().map(|(name, text)| File::new(format!("crates/{name}/src/error.rs"), *text)).collect();
        check(&files, TO_COME).into_iter().map(|violation| violation.message).collect()
    }

    #[test]
    fn help_within_a_text_is_refused_in_crates_that_are_done() {
        let text = "#[error(\n    \"bad {0}\\n  help: mend it\"\n)]\nstruct Bad(u8);";
        assert_eq!(messages(&[("consil-fed", text)]).len(), 1);
        assert_eq!(messages(&[("consil-logic", text)]), [""; 0]);
        assert_eq!(messages(&[("consil-fed", "#[error(\"it needs help\")]\nstruct Bad;")]), [""; 0]);
    }

    const BAD: &str = "struct Bad;\nimpl Hint for Bad {}\n";

    #[test]
    fn a_hint_in_no_list_is_refused() {
        assert_eq!(messages(&[("consil-fed", BAD)]).len(), 1);
        for list in ["const HINTS: &[Row] = &[row::<Bad>];", "const HINTS: &[Row] = &[row::<error::Bad>];"] {
            assert_eq!(messages(&[("consil-fed", BAD), ("consil", list)]), [""; 0]);
        }
        assert_eq!(messages(&[("consil-fed", BAD), ("consil", "const HINTS: &[Row] = &[row::<NotBad>];")]).len(), 1);
    }

    #[test]
    fn a_variant_that_passes_an_error_on_passes_its_hint_on() {
        for inner in ["#[from] consil_fed::Bad", "#[from] Bad", "Box<Bad>"] {
            let text = format!(
                "\nuse consil_fed::{{Bad}};\nconst L: &[Row] = &[row::<Bad>];\nenum E {{\n    #[error(transparent)]\n    Inner({inner}),\n}}"
            );
            let found = messages(&[("consil-fed", BAD), ("consil", &text)]);
            assert_eq!(found.len(), 1, "{inner}: {found:?}");
            let kept = format!("{text}\nfn help() {{ match self {{ Self::Inner(error) => error.help() }} }}");
            assert_eq!(messages(&[("consil-fed", BAD), ("consil", &kept)]), [""; 0]);
        }
        let of_another = "const L: &[Row] = &[row::<Bad>];\nenum E {\n    #[error(transparent)]\n    Inner(#[from] consil_nn::Bad),\n}";
        assert_eq!(messages(&[("consil-fed", BAD), ("consil", of_another)]), [""; 0]);
    }
}
