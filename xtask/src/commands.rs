//! A command in the README that the documentation does not know.

use std::collections::BTreeSet;

use crate::{File, Repository, Violation};

/// Checks that each `consil COMMAND` of the README stands in a file of `docs/` too: the README invites, the book explains.
pub fn check(repository: &Repository) -> Vec<Violation> {
    let Some(readme) = repository.file("README.md") else {
        return vec![Violation::of_file("README.md", "is missing")];
    };
    let book = repository.files.iter().filter(|file| file.path.starts_with("docs/") && file.path.ends_with(".md"));
    let known: BTreeSet<String> =
        book.flat_map(|file| commands(file).into_iter().map(|(_, command)| command)).collect();
    let unknown = commands(readme).into_iter().filter(|(_, command)| !known.contains(command));
    unknown
        .map(|(number, command)| {
            Violation::at("README.md", number, format!("`consil {command}` stands nowhere in docs/"))
        })
        .collect()
}

/// The first words after `consil` in code: between backticks, or in a fenced block.
fn commands(file: &File) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let pieces: Vec<&str> = match fenced || line.starts_with("    ") {
            true => vec![line.split(" #").next().unwrap_or(line)],
            false => line.split('`').skip(1).step_by(2).collect(),
        };
        for piece in pieces {
            let words: Vec<&str> = piece.split_whitespace().collect();
            let after = words.windows(2).filter(|pair| pair[0] == "consil" || pair[0].ends_with("/consil"));
            let is_command = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
            found.extend(after.map(|pair| pair[1]).filter(is_command).map(|word| (number, word.to_owned())));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_readme(readme: &str) -> Vec<Violation> {
        let book = File::new("docs/train.md", "Say `consil train my.toml`, or\n\n    consil check my.toml\n");
        check(&Repository { files: vec![File::new("README.md", readme), book], paths: Vec::new() })
    }

    #[test]
    fn commands_of_the_book_are_fine() {
        let readme = "Say `consil train a.toml`.\n```\n./target/release/consil check a.toml  # consil magic is only a comment\n```\nconsil is a word.";
        assert_eq!(check_readme(readme), []);
    }

    #[test]
    fn a_command_that_the_book_does_not_know_is_refused() {
        for readme in ["`consil fly`", "```\n$ consil fly\n```", "    consil fly a.toml\n"] {
            let found = check_readme(readme);
            assert_eq!(found.len(), 1, "{readme}");
            assert!(found[0].message.contains("consil fly"), "{}", found[0]);
        }
        assert_eq!(check(&Repository { files: Vec::new(), paths: Vec::new() }).len(), 1, "no README");
    }
}
