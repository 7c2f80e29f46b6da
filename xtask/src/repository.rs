//! The files of the repository: those that git tracks or would track.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path from the root, with `/`.
    pub path: String,
    /// The content.
    pub text: String,
}

impl File {
    /// A file of a path and a content; also how a test makes a bad example.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The name without folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether it is Rust source.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The crate whose folder holds the file.
    pub fn crate_name(&self) -> Option<&str> {
        match self.path.split_once('/')? {
            ("crates", rest) => rest.split('/').next(),
            ("xtask", _) => Some("xtask"),
            _ => None,
        }
    }

    /// The lines, numbered from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line))
    }
}

/// All text files of the repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The files, by path.
    pub files: Vec<File>,
    /// Every path, of text and other files.
    pub paths: Vec<String>,
}

impl Repository {
    /// The repository that this crate is part of.
    ///
    /// # Panics
    /// If git cannot list it: the checks are about what is in the repository, so they cannot run without.
    pub fn open() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).expect("xtask lies in the root");
        let listing = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&root)
            .output()
            .expect("git is installed");
        assert!(listing.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listing.stderr));
        let mut paths: Vec<String> = listing
            .stdout
            .split(|byte| *byte == 0)
            .filter(|path| !path.is_empty())
            .map(|path| String::from_utf8_lossy(path).into_owned())
            // A file deleted but not yet staged is still listed.
            .filter(|path| root.join(path).is_file())
            .collect();
        paths.sort();
        paths.dedup();
        let text = |path: &String| Some(File::new(path.clone(), std::fs::read_to_string(root.join(path)).ok()?));
        Self { files: paths.iter().filter_map(text).collect(), paths }
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}
