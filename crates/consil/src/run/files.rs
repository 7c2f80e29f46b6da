//! The folders of runs and what they are called.

use std::fs;
use std::path::{Path, PathBuf};

use consil_diagnostic::FileError;
use consil_diagnostic::file::{self, Action};

use super::RunError;
use crate::run_name::bad_name;

/// Creates `ROOT/NAME-001`, or the first number that is free.
pub(super) fn create_numbered(root: &Path, name: &str) -> Result<PathBuf, RunError> {
    if let Some(reason) = bad_name(name) {
        return Err(RunError::Name { name: name.to_owned(), reason });
    }
    file::create_folder(root).map_err(RunError::NotMade)?;
    for number in 1.. {
        let folder = root.join(format!("{name}-{number:03}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(RunError::NotMade(FileError::new(Action::Create, &folder, source))),
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
    fn a_name_leads_nowhere_else_and_is_safe_to_print() {
        let root = tempfile::tempdir().unwrap();
        let long = "x".repeat(201);
        for name in
            ["", "../../x", "/abs/x", "a/b", "a\\b", "..", ".hidden", "a\nb", "a\u{1b}[2Jb", "a\u{202e}b", &long]
        {
            let error = create_numbered(root.path(), name).unwrap_err();
            assert!(matches!(error, RunError::Name { .. }), "{name}: {error}");
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        for name in ["demo", "Ergebnis für März", "a.b-c_d", "数字"] {
            create_numbered(root.path(), name).unwrap();
        }
    }
}
