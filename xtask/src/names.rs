//! Names that say nothing about what is inside.

use crate::{File, Violation};

const BANNED: &[&str] = &["util", "utils", "common", "core", "helper", "helpers", "misc", "shared", "base", "stuff"];

/// Checks the names of Rust files, of the folders and crates that hold them, and of modules within a file.
pub fn check(files: &[File]) -> Vec<Violation> {
    files.iter().filter(|file| file.is_rust() && file.crate_name().is_some()).flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Violation> {
    let refuse = |name: &str| format!("`{name}` says nothing about what is inside: name the idea");
    let mut found = Vec::new();
    if file.name() == "mod.rs" {
        found.push(Violation::of_file(
            &file.path,
            "`mod.rs` is not used: the module `x` is `x.rs` beside its folder `x`",
        ));
    }
    let parts = file.path.trim_end_matches(".rs").split('/').map(|part| part.trim_start_matches("consil-"));
    found.extend(parts.filter(|part| BANNED.contains(part)).map(|part| Violation::of_file(&file.path, refuse(part))));
    for (number, line) in file.lines() {
        let words: Vec<&str> =
            line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
        let declared = match words.as_slice() {
            ["mod", name] | ["pub", "mod", name] | ["pub", "crate" | "super", "mod", name] => *name,
            _ => continue,
        };
        if BANNED.contains(&declared) && (line.trim_end().ends_with('{') || line.trim_end().ends_with(';')) {
            found.push(Violation::at(&file.path, number, refuse(declared)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ideas_are_fine() {
        let files = ["crates/consil-fed/src/aggregate/fed_avg.rs", "crates/consil/src/lib.rs", "xtask/src/names.rs"];
        assert_eq!(check(&files.map(|path| File::new(path, "mod fed_avg;\nuse core::mem;\n"))), []);
    }

    #[test]
    fn empty_names_are_refused_as_file_folder_crate_and_module() {
        for path in [
            "crates/consil-fed/src/utils.rs",
            "crates/consil-fed/src/common/codec.rs",
            "crates/consil-core/src/lib.rs",
            "crates/consil-fed/src/codec/mod.rs",
            "crates/consil-fed/tests/helpers.rs",
        ] {
            assert_eq!(check(&[File::new(path, "")]).len(), 1, "{path}");
        }
        for line in ["mod utils {", "pub mod misc;", "pub(crate) mod helpers {", "    mod common;"] {
            let found = check(&[File::new("crates/consil/src/lib.rs", format!("//! Docs.\n{line}\n"))]);
            assert_eq!(found.first().and_then(|violation| violation.line), Some(2), "{line}");
        }
    }
}
