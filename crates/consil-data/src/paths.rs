//! Paths of a spec: relative to it, with a leading environment variable, with a wildcard in the file name.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use consil_diagnostic::FileError;
use consil_diagnostic::file::Action;

use crate::error::DataError;
use crate::file::FileFault;

/// The variable that names the folder of public data sets.
const DATA: &str = "CONSIL_DATA";

/// The folder of public data sets: what `CONSIL_DATA` names, or else `consil/data` in the user's cache (XDG Base Directory Specification), where `consil data fetch`
/// puts them. `None` where there is neither that variable nor a home.
pub fn data_folder() -> Option<PathBuf> {
    data_folder_with(|name| std::env::var_os(name))
}

fn data_folder_with(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set(DATA) {
        return Some(folder);
    }
    // The specification has relative paths ignored.
    let cache = set("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(|| Some(set("HOME")?.join(".cache")));
    Some(cache?.join("consil").join("data"))
}

/// The path meant by `path` in a spec whose folder is `base`: `$NAME/rest` begins with the variable's value, and `$CONSIL_DATA/rest` with the [`data_folder`], whether or
/// not the variable is set.
///
/// # Errors
/// When there is no such variable, and no folder of data either.
pub fn resolve(base: &Path, path: &Path) -> Result<PathBuf, DataError> {
    resolve_with(base, path, |name| std::env::var_os(name))
}

fn resolve_with(base: &Path, path: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, DataError> {
    let text = path.to_string_lossy();
    let Some(rest) = text.strip_prefix('$') else { return Ok(base.join(path)) };
    let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let name = name.trim_start_matches('{').trim_end_matches('}');
    let folder = || (name == DATA).then(|| data_folder_with(&variable)).flatten().filter(|folder| folder.is_dir());
    match variable(name).map(PathBuf::from).or_else(folder) {
        Some(value) => Ok(base.join(value).join(rest)),
        None => Err(DataError::Variable { variable: name.to_owned(), path: text.into_owned() }),
    }
}

/// The folder that files must lie in; any where there is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Root(Option<PathBuf>);

impl Root {
    /// The folder `root` of a spec whose folder is `base`.
    pub fn new(base: &Path, root: Option<&Path>) -> Result<Self, DataError> {
        let Some(root) = root else { return Ok(Self(None)) };
        let root = resolve(base, root)?;
        let real = root.canonicalize().map_err(|source| FileError::new(Action::Read, &root, source))?;
        Ok(Self(Some(real)))
    }

    /// Refuses a file that lies elsewhere, once links are followed. What does not exist is not refused here.
    pub fn check(&self, path: &Path) -> Result<(), FileFault> {
        let (Some(root), Ok(real)) = (&self.0, path.canonicalize()) else { return Ok(()) };
        match real.starts_with(root) {
            true => Ok(()),
            false => Err(FileFault::Outside { root: root.clone() }),
        }
    }

    /// As [`Root::check`], for a file that the spec itself names.
    pub fn resolve(&self, base: &Path, path: &Path) -> Result<PathBuf, DataError> {
        let path = resolve(base, path)?;
        match self.check(&path) {
            Ok(()) => Ok(path),
            Err(fault) => Err(DataError::File { path, fault }),
        }
    }
}

/// The files of a folder whose names match a wildcard, sorted; `*` stands for any run of characters.
pub(crate) fn matching(wildcard: &Path) -> Result<Vec<PathBuf>, DataError> {
    let folder = wildcard.parent().unwrap_or(Path::new("."));
    let name = wildcard.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let read = |source: std::io::Error| FileError::new(Action::Read, folder, source);
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
    fn the_folder_of_data_is_named_or_lies_in_the_cache() {
        let folder = |of: &'static [(&str, &str)]| {
            data_folder_with(|name| of.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)))
        };
        let all = &[("CONSIL_DATA", "/d"), ("XDG_CACHE_HOME", "/c"), ("HOME", "/h")];
        assert_eq!(folder(all), Some("/d".into()));
        assert_eq!(
            folder(&[("CONSIL_DATA", ""), ("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]),
            Some("/c/consil/data".into())
        );
        assert_eq!(folder(&[("XDG_CACHE_HOME", "c"), ("HOME", "/h")]), Some("/h/.cache/consil/data".into()));
        assert_eq!(folder(&[]), None);
    }

    #[test]
    fn a_spec_finds_what_was_fetched_without_the_variable() {
        let cache = tempfile::tempdir().expect("a folder");
        let variable = |name: &str| (name == "XDG_CACHE_HOME").then(|| cache.path().as_os_str().to_owned());
        let resolve = || resolve_with(Path::new("/spec"), Path::new("$CONSIL_DATA/m/x.gz"), variable);
        let error = resolve().expect_err("nothing was fetched").to_string();
        assert!(error.contains("CONSIL_DATA, which is not set") && error.contains("consil data fetch"), "{error}");
        let data = cache.path().join("consil/data");
        std::fs::create_dir_all(&data).expect("a folder");
        assert_eq!(resolve().expect("the cache"), data.join("m/x.gz"));
    }

    #[test]
    fn a_star_stands_for_any_run() {
        assert!(matches("*.wav", "0_george_1.wav") && matches("0_*_*.wav", "0_george_1.wav") && matches("a", "a"));
        assert!(matches("é*", "éa") && matches("*", ""));
        assert!(!matches("*.wav", "a.wave") && !matches("1_*", "0_x") && !matches("a", "ab"));
    }
}
