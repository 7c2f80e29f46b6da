//! How long a file may be: one idea a file.

use crate::{File, Violation};

/// The most lines of a Rust file.
pub const MAX_LINES: usize = 500;

/// The most lines of a file of tests: `tests.rs`, or a file below a folder `tests`.
pub const MAX_TEST_LINES: usize = 900;

/// A file that may be longer, and why.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// The file.
    pub path: &'static str,
    /// The most lines that it may have.
    pub max_lines: usize,
    /// Why it cannot be parted.
    pub reason: &'static str,
}

/// The exceptions of this repository: at best none. One that is no longer needed is refused.
pub const EXCEPTIONS: &[Exception] = &[];

/// Checks the Rust files.
pub fn check(files: &[File], exceptions: &[Exception]) -> Vec<Violation> {
    let long = files.iter().filter(|file| file.is_rust()).filter_map(|file| {
        let n_lines = file.text.lines().count();
        let exception = exceptions.iter().find(|exception| exception.path == file.path);
        let most = exception.map_or(limit(file), |exception| exception.max_lines);
        let message = format!("{n_lines} lines, and {most} are allowed: part it by its ideas");
        (n_lines > most).then(|| Violation::of_file(&file.path, message))
    });
    let stale = exceptions.iter().filter_map(|exception| {
        let needed = files.iter().any(|file| file.path == exception.path && file.text.lines().count() > limit(file));
        (!needed).then(|| Violation::of_file(exception.path, "needs no exception from the length any more"))
    });
    long.chain(stale).collect()
}

fn limit(file: &File) -> usize {
    let is_test = file.name() == "tests.rs" || file.path.split('/').any(|folder| folder == "tests");
    if is_test { MAX_TEST_LINES } else { MAX_LINES }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, n_lines: usize) -> File {
        File::new(path, "// a line\n".repeat(n_lines))
    }

    #[test]
    fn a_file_may_be_as_long_as_its_limit_and_no_longer() {
        let fits =
            [file("crates/a/src/x.rs", 500), file("crates/a/src/x/tests.rs", 900), file("crates/a/tests/y.rs", 900)];
        assert_eq!(check(&fits, &[]), []);
        for path in ["crates/a/src/x.rs", "crates/a/examples/x.rs"] {
            assert_eq!(check(&[file(path, 501)], &[]).len(), 1, "{path}");
        }
        for path in ["crates/a/src/x/tests.rs", "crates/a/tests/y.rs"] {
            assert_eq!(check(&[file(path, 901)], &[]).len(), 1, "{path}");
        }
        assert_eq!(check(&[file("docs/book.md", 5000)], &[]), []);
    }

    #[test]
    fn an_exception_allows_so_much_and_is_refused_when_not_needed() {
        let exceptions = [Exception { path: "crates/a/src/x.rs", max_lines: 600, reason: "a table" }];
        assert_eq!(check(&[file("crates/a/src/x.rs", 600)], &exceptions), []);
        assert_eq!(check(&[file("crates/a/src/x.rs", 601)], &exceptions).len(), 1);
        assert_eq!(check(&[file("crates/a/src/x.rs", 499)], &exceptions).len(), 1);
        assert_eq!(check(&[], &exceptions).len(), 1);
    }
}
