//! A promised feature without its command and its test.
//!
//! `docs/features.md` is a table of what the program does. Each row says which command does it and which test shows it, as
//! `` `path/of/file.rs::name_of_test` `` in the row's last cell. The test must exist.

use crate::{File, Repository, Violation};

/// Where the table is.
pub const PATH: &str = "docs/features.md";

/// Checks the table.
pub fn check(repository: &Repository) -> Vec<Violation> {
    let Some(file) = repository.file(PATH) else {
        return vec![Violation::of_file(PATH, "is missing: it lists what the program does")];
    };
    let rows = rows(file);
    if rows.is_empty() {
        return vec![Violation::of_file(PATH, "has no rows")];
    }
    rows.into_iter().flat_map(|(number, cells)| check_row(number, &cells, repository)).collect()
}

/// The rows of all tables, without heads and rules.
fn rows(file: &File) -> Vec<(usize, Vec<&str>)> {
    let lines: Vec<(usize, &str)> = file.lines().collect();
    let is_rule = |line: &str| line.starts_with('|') && line.chars().all(|c| "|-: ".contains(c));
    let is_head = |i: usize| lines.get(i + 1).is_some_and(|(_, next)| is_rule(next));
    let is_row = |i: &usize| lines[*i].1.starts_with('|') && !is_rule(lines[*i].1) && !is_head(*i);
    (0..lines.len())
        .filter(is_row)
        .map(|i| (lines[i].0, lines[i].1.trim().trim_matches('|').split('|').map(str::trim).collect()))
        .collect()
}

fn check_row(number: usize, cells: &[&str], repository: &Repository) -> Vec<Violation> {
    let refuse = |message: String| Violation::at(PATH, number, message);
    let mut found = Vec::new();
    let [_, others @ .., tests] = cells else {
        return vec![refuse("a row has at least three cells: the feature, its command, its tests".into())];
    };
    let is_command =
        |code: &&str| code.split_whitespace().next().is_some_and(|word| ["consil", "cargo"].contains(&word));
    if !others.iter().flat_map(|cell| codes(cell)).any(|code| is_command(&code)) {
        found.push(refuse("the row names no command, such as `consil train my.toml`".into()));
    }
    let tests = codes(tests);
    if tests.is_empty() {
        found.push(refuse("the row's last cell names no test, as `path/of/file.rs::name_of_test`".into()));
    }
    found.extend(
        tests
            .into_iter()
            .filter(|test| !exists(test, repository))
            .map(|test| refuse(format!("there is no test {test}"))),
    );
    found
}

/// What stands between backticks.
fn codes(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Whether the file holds a test function of that name.
fn exists(test: &str, repository: &Repository) -> bool {
    let Some((path, name)) = test.split_once("::") else { return false };
    let head = format!("fn {name}(");
    repository.file(path).is_some_and(|file| {
        let lines: Vec<&str> = file.text.lines().map(str::trim_start).collect();
        lines.iter().enumerate().any(|(i, line)| {
            let attributes = lines[..i].iter().rev().take_while(|line| line.starts_with('#') || line.starts_with("//"));
            line.starts_with(&head) && attributes.into_iter().any(|line| line.starts_with("#[test]"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_row(row: &str) -> Vec<Violation> {
        let table = format!("# Features\n\n| feature | command | test |\n|---|---|---|\n{row}\n");
        let source = "fn shared() {}\n#[test]\n// A word.\nfn it_works() {}\n";
        let files = vec![File::new(PATH, table), File::new("crates/a/tests/b.rs", source)];
        check(&Repository { paths: files.iter().map(|file| file.path.clone()).collect(), files })
    }

    #[test]
    fn a_row_with_a_command_and_a_test_is_fine() {
        assert_eq!(check_row("| learns | `consil train a.toml` | `crates/a/tests/b.rs::it_works` |"), []);
    }

    #[test]
    fn a_row_without_a_command_or_without_a_test_that_exists_is_refused() {
        for row in [
            "| learns | by itself | `crates/a/tests/b.rs::it_works` |",
            "| learns | `python train.py` | `crates/a/tests/b.rs::it_works` |",
            "| learns | `consil train` | trust us |",
            "| learns | `consil train` | `crates/a/tests/b.rs::it_work` |",
            "| learns | `consil train` | `crates/a/tests/b.rs::shared` |",
            "| learns | `consil train` | `crates/a/tests/c.rs::it_works` |",
            "| learns | `consil train` | `it_works` |",
            "| learns |",
        ] {
            assert_eq!(check_row(row).len(), 1, "{row}");
        }
    }

    #[test]
    fn no_table_is_refused() {
        assert_eq!(check_row("").len(), 1, "a head without rows");
        assert_eq!(check(&Repository { files: Vec::new(), paths: Vec::new() }).len(), 1);
    }
}
