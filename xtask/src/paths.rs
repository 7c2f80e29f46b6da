//! Paths of somebody's machine.

use crate::{File, Violation};

/// Each in two halves, so that this file does not hold it.
const FOLDERS: &[(&str, &str)] = &[
    ("/ho", "me/"),
    ("/ro", "ot/"),
    ("/Us", "ers/"),
    ("/wo", "rk/"),
    ("/t", "mp/"),
    (":\\Us", "ers\\"),
    ("/mn", "t/"),
];

/// Checks every text file.
pub fn check(files: &[File]) -> Vec<Violation> {
    let folders: Vec<String> = FOLDERS.iter().map(|(a, b)| format!("{a}{b}")).collect();
    files.iter().flat_map(|file| check_file(file, &folders)).collect()
}

fn check_file(file: &File, folders: &[String]) -> Vec<Violation> {
    let found = file.lines().filter_map(|(number, line)| {
        let folder = folders.iter().find(|folder| begins_a_path(line, folder))?;
        Some(Violation::at(&file.path, number, format!("`{folder}` is a folder of one machine: use a relative path")))
    });
    found.collect()
}

/// Whether the folder occurs where a path begins, not inside a longer relative path or an address.
fn begins_a_path(line: &str, folder: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "._-~$})/*".contains(c);
    let is_drive = folder.starts_with(':');
    line.match_indices(folder).any(|(at, _)| is_drive || !line[..at].chars().next_back().is_some_and(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_line(line: &str) -> usize {
        check(&[File::new("docs/a.md", line)]).len()
    }

    #[test]
    fn each_folder_is_refused_where_a_path_begins() {
        for (a, b) in FOLDERS {
            for quote in ["\"", "`", " ", "="] {
                assert_eq!(check_line(&format!("see {quote}{a}{b}ada/data.csv")), 1, "{quote}{a}{b}");
            }
        }
    }

    #[test]
    fn relative_paths_and_addresses_are_fine() {
        for (a, b) in FOLDERS.iter().filter(|(a, _)| a.starts_with('/')) {
            assert_eq!(check_line(&format!("runs{a}{b}x https://example.org{a}{b} $DIR{a}{b} ..{a}{b}")), 0, "{a}{b}");
        }
    }
}
