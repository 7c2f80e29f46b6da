//! One thing, one file: in how many files of the crates' sources a thing is named.
//!
//! What is added often (an op, a strategy, a modality) should be one file and a row in a list. This counts the files whose code names a
//! representative of each; tests, comments and strings do not count. A limit only ever falls.

use crate::circles::source::without_tests;
use crate::{File, Violation};

/// A thing, and in how many files it may be named.
#[derive(Clone, Copy, Debug)]
pub struct Home {
    /// The identifier.
    pub name: &'static str,
    /// The most files.
    pub most: usize,
    /// Which ones these are.
    pub files: &'static str,
}

/// The representatives of this repository.
pub const HOMES: &[Home] = &[
    Home {
        name: "RmsNorm",
        most: 4,
        files: "its op in consil-graph and in consil-nn, the list of operations, the networks whose modalities it normalises",
    },
    Home { name: "GroupNorm", most: 3, files: "its op in consil-graph and in consil-nn, the list of operations" },
    Home { name: "FedDyn", most: 2, files: "its strategy, the list of strategies" },
    Home { name: "TrimmedMean", most: 2, files: "its aggregation, the list of aggregations" },
    Home { name: "TextEmbedding", most: 1, files: "the presets of encoders" },
    Home { name: "Dirichlet", most: 2, files: "the partitions, what a federation asks of targets" },
    Home { name: "Kaplan", most: 2, files: "its law, the list of laws" },
    Home { name: "Video", most: 2, files: "its modality, the list of kinds" },
];

/// Counts the files of each.
pub fn check(files: &[File], homes: &[Home]) -> Vec<Violation> {
    let sources: Vec<(&str, String)> = files
        .iter()
        .filter(|file| is_source(file))
        .map(|file| (file.path.as_str(), without_tests(&file.text)))
        .collect();
    let mut found = Vec::new();
    for home in homes {
        let named: Vec<&str> =
            sources.iter().filter(|(_, code)| names(code, home.name)).map(|(path, _)| *path).collect();
        if named.len() > home.most {
            let message = format!(
                "{} files name `{}`, and {} may: {}. They are\n    {}",
                named.len(),
                home.name,
                home.most,
                home.files,
                named.join("\n    ")
            );
            found.push(Violation::of_file("xtask/src/homes.rs", message));
        }
        if named.is_empty() {
            found.push(Violation::of_file(
                "xtask/src/homes.rs",
                format!("nothing names `{}`: choose another", home.name),
            ));
        }
    }
    found
}

/// Whether it is compiled into a crate, and not for tests alone.
pub(crate) fn is_source(file: &File) -> bool {
    let parts: Vec<&str> = file.path.split('/').collect();
    let is_test = file.name() == "tests.rs" || parts.contains(&"tests");
    file.is_rust() && !is_test && matches!(parts[..], ["crates", name, "src", ..] if name != "consil-bench")
}

/// Whether code has an identifier.
fn names(code: &str, identifier: &str) -> bool {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[Home] = &[Home { name: "Thing", most: 1, files: "its own" }];

    fn file(path: &str, text: &str) -> File {
        File::new(path, text)
    }

    #[test]
    fn only_code_that_is_no_test_counts() {
        let files = [
            file("crates/a/src/thing.rs", "pub struct Thing;"),
            file(
                "crates/a/src/lib.rs",
                "/// A `Thing`.\nmod thing; const S: &str = \"Thing\"; struct Things;\n#[cfg(test)]\nmod t { use Thing; }",
            ),
            file("crates/a/src/thing/tests.rs", "Thing"),
            file("crates/a/tests/it/thing.rs", "Thing"),
        ];
        assert_eq!(check(&files, LIST), []);
    }

    #[test]
    fn one_file_too_many_is_refused_and_so_is_a_name_of_nothing() {
        let two = [file("crates/a/src/thing.rs", "struct Thing;"), file("crates/b/src/list.rs", "use a::Thing;")];
        let found = check(&two, LIST);
        assert!(found[0].message.contains("2 files name `Thing`") && found[0].message.contains("crates/b/src/list.rs"));
        assert!(check(&[], LIST)[0].message.contains("choose another"));
    }
}
