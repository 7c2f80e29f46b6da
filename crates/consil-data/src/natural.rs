//! The natural order of names: numbers within them by value, `frame2` before `frame10`.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// Compares names with runs of digits by their value; names that only differ in leading zeros in the order of text.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        match (left.chars().next(), right.chars().next()) {
            (None, None) => return a.cmp(b),
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (m, n) = (number(&mut left), number(&mut right));
                // Without leading zeros the longer number is the larger, however many digits it has.
                let order = m.len().cmp(&n.len()).then_with(|| m.cmp(n));
                if order != Ordering::Equal {
                    return order;
                }
            }
            (Some(x), Some(y)) if x == y => {
                left = &left[x.len_utf8()..];
                right = &right[y.len_utf8()..];
            }
            (Some(x), Some(y)) => return x.cmp(&y),
        }
    }
}

/// Takes a run of digits off the front, without its leading zeros.
fn number<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, tail) = rest.split_at(end);
    *rest = tail;
    digits.trim_start_matches('0')
}

/// Sorts paths by the natural order of their names.
pub(crate) fn sort(paths: &mut [PathBuf]) {
    paths.sort_by(|a, b| compare(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b)));
}

/// The files directly in a folder with one of the extensions, in natural order.
pub(crate) fn files_in(folder: &Path, extensions: &[&str]) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let has = |extension: &&&str| name.strip_suffix(**extension).is_some_and(|stem| stem.ends_with('.'));
        if extensions.iter().any(|extension| has(&extension)) {
            files.push(path);
        }
    }
    sort(&mut files);
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_by_value() {
        let mut names = ["f10", "f2", "f02b", "f1", "g", "f", "f2b", "f99999999999999999999999", "f100"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["f", "f1", "f2", "f02b", "f2b", "f10", "f100", "f99999999999999999999999", "g"]);
        assert_eq!(compare("a01", "a1"), Ordering::Less);
        assert_eq!(compare("é2", "é10"), Ordering::Less);
    }
}
