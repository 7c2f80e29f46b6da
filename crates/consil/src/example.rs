//! The example projects that ship with the program: files to read, to run and to start from.

use std::path::{Path, PathBuf};

use consil_diagnostic::{FileError, file};

/// An example project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its name.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub about: &'static str,
    /// Its files: name and text; the first is the spec.
    files: &'static [(&'static str, &'static str)],
}

macro_rules! file {
    ($folder:literal, $name:literal) => {
        ($name, include_str!(concat!("../../../examples/", $folder, "/", $name)))
    };
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "demo",
        about: "an image, a spoken digit and a gesture, taught only the result of `image ± speech` (embedded data)",
        files: &[file!("demo", "consil.toml"), file!("demo", "result.pl")],
    },
    Example {
        name: "mnist-sum",
        about: "two MNIST images, labelled only with their sum (needs `consil data fetch mnist`)",
        files: &[file!("mnist-sum", "consil.toml"), file!("mnist-sum", "sum.pl")],
    },
    Example {
        name: "see-and-hear",
        about: "an MNIST image and a spoken digit, labelled only with their sum (needs the data sets mnist and fsdd: `consil data list`)",
        files: &[file!("see-and-hear", "consil.toml"), file!("see-and-hear", "sum.pl")],
    },
];

/// All examples.
pub fn list() -> &'static [Example] {
    EXAMPLES
}

/// The example of a name.
pub fn find(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}

impl Example {
    /// The spec's text.
    pub fn spec(&self) -> &'static str {
        self.files[0].1
    }

    /// Writes the example's files into `folder`, which is made if need be, and returns the path of its spec.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, FileError> {
        file::create_folder(folder)?;
        for (name, text) in self.files {
            file::write(&folder.join(name), text.as_bytes())?;
        }
        Ok(folder.join(self.files[0].0))
    }
}
