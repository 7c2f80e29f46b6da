//! Paths of a spec: relative to it, with a leading environment variable, with a wildcard in the file name.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::DataError;

/// The path meant by `path` in a spec whose folder is `base`: `$NAME/rest` begins with the variable's value.
///
/// # Errors
/// When there is no such variable.
pub fn resolve(base: &Path, path: &Path) -> Result<PathBuf, DataError> {
    resolve_with(base, path, |name| std::env::var_os(name))
}

fn resolve_with(base: &Path, path: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, DataError> {
    let text = path.to_string_lossy();
    let Some(rest) = text.strip_prefix('$') else { return Ok(base.join(path)) };
    let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let name = name.trim_start_matches('{').trim_end_matches('}');
    match variable(name) {
        Some(value) => Ok(base.join(value).join(rest)),
        None => Err(DataError::Variable { variable: name.to_owned(), path: text.into_owned() }),
    }
}

/// The files of a folder whose names match a wildcard, sorted; `*` stands for any run of characters.
pub(crate) fn matching(wildcard: &Path) -> Result<Vec<PathBuf>, DataError> {
    let folder = wildcard.parent().unwrap_or(Path::new("."));
    let name = wildcard.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let read = |source| DataError::Read { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        if matches(&name, &entry.file_name().to_string_lossy()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a name matches a pattern in which `*` stands for any run of characters.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(i, _)| i).chain([rest.len()]).any(|i| matches(tail, &rest[i..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_spec_and_variables_are_replaced() {
        let variable = |name: &str| (name == "DATA").then(|| OsString::from("/d"));
        let resolve = |path: &str| resolve_with(Path::new("/spec"), Path::new(path), variable);
        assert_eq!(resolve("a/b.csv").unwrap(), Path::new("/spec/a/b.csv"));
        assert_eq!(resolve("/a.csv").unwrap(), Path::new("/a.csv"));
        assert_eq!(resolve("$DATA/m/x.gz").unwrap(), Path::new("/d/m/x.gz"));
        assert_eq!(resolve("${DATA}/x").unwrap(), Path::new("/d/x"));
        let error = resolve("$NOWHERE/x").unwrap_err().to_string();
        assert!(error.contains("NOWHERE") && error.contains("not set"), "{error}");
    }

    #[test]
    fn a_star_stands_for_any_run() {
        assert!(matches("*.wav", "0_george_1.wav") && matches("0_*_*.wav", "0_george_1.wav") && matches("a", "a"));
        assert!(matches("é*", "éa") && matches("*", ""));
        assert!(!matches("*.wav", "a.wave") && !matches("1_*", "0_x") && !matches("a", "ab"));
    }
}
