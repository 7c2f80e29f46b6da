//! Class folders: one subfolder for each label, whose files (or, where a folder holds a value, whose folders) are the samples.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_diagnostic::FileError;
use consil_diagnostic::file::Action;

use crate::ModalityKind;
use crate::categories::Categories;
use crate::error::{BadRow, DataError, Fault};
use crate::natural::{self, files_in};

/// The samples of a class folder, in order of labels and names.
pub(crate) struct ClassFolder {
    pub paths: Vec<Option<Arc<Path>>>,
    pub labels: Categories,
}

/// Lists the samples below a folder.
pub(crate) fn read(folder: &Path, kind: ModalityKind) -> Result<ClassFolder, DataError> {
    let mut paths = Vec::new();
    let mut labels = Vec::new();
    for class in subfolders(folder)? {
        let label = class.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let samples = if kind.is_folder() {
            subfolders(&class)?
        } else {
            files_in(&class, kind.extensions()).map_err(|source| FileError::new(Action::Read, &class, source))?
        };
        labels.extend(std::iter::repeat_n(Some(label), samples.len()));
        paths.extend(samples.into_iter().map(|path| Some(Arc::from(path))));
    }
    if paths.is_empty() {
        let fault = Fault::NoContent { path: folder.to_owned(), what: "subfolder with samples" };
        return Err(DataError::Rows(vec![BadRow { file: folder.to_owned(), row: None, column: None, fault }]));
    }
    Ok(ClassFolder { paths, labels: labels.into_iter().collect() })
}

fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let read = |source: std::io::Error| FileError::new(Action::Read, folder, source);
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            folders.push(path);
        }
    }
    natural::sort(&mut folders);
    Ok(folders)
}
