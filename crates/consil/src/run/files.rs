//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::RunError;

/// Writes `bytes` to a temporary file beside `path`, syncs it, and renames it over: whoever reads, or is killed, sees the
/// old file or the new one.
///
/// # Errors
/// When the folder is missing or not writable.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let unwritable = |source| RunError::Unwritable { path: path.to_owned(), source };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut file = File::create(&partial).map_err(unwritable)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(unwritable)?;
    drop(file);
    fs::rename(&partial, path).map_err(unwritable)
}

/// Creates `ROOT/NAME-001`, or the first number that is free.
pub(super) fn create_numbered(root: &Path, name: &str) -> Result<PathBuf, RunError> {
    fs::create_dir_all(root).map_err(|source| RunError::Unwritable { path: root.to_owned(), source })?;
    for number in 1.. {
        let folder = root.join(format!("{name}-{number:03}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(RunError::Unwritable { path: folder, source }),
        }
    }
    unreachable!("numbers do not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_take_the_next_free_number() {
        let root = tempfile::tempdir().unwrap();
        assert!(create_numbered(root.path(), "demo").unwrap().ends_with("demo-001"));
        assert!(create_numbered(root.path(), "demo").unwrap().ends_with("demo-002"));
        assert!(create_numbered(root.path(), "other").unwrap().ends_with("other-001"));
    }

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("result.json");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
