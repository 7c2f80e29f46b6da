//! The example projects that ship with the program: files to read, to run and to start from.

pub(crate) mod maze;

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
    /// Draws its data, where that neither ships with the program nor is fetched.
    draw: Option<Draw>,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Draw {
    Mazes,
}

impl Draw {
    fn files(self) -> Vec<File> {
        match self {
            Self::Mazes => maze::files(SEED),
        }
    }
}

/// A drawn file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Its path in the example's folder.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What drawn data derives from: the same wherever an example is made.
const SEED: u64 = 1;

macro_rules! file {
    ($folder:literal, $name:literal) => {
        ($name, include_str!(concat!("../../../examples/", $folder, "/", $name)))
    };
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "demo",
        about: "an image, a spoken digit and a gesture, trained only on the result of `image ± speech` (embedded data)",
        files: &[file!("demo", "consil.toml"), file!("demo", "result.pl")],
        draw: None,
    },
    Example {
        name: "spreadsheet",
        about: "a CSV of readings and notes, whose rows have a class and a number to learn (made-up data)",
        files: &[file!("spreadsheet", "consil.toml"), file!("spreadsheet", "pumps.csv")],
        draw: None,
    },
    Example {
        name: "series",
        about: "series of numbers from a JSONL file, each with a class (made-up data)",
        files: &[file!("series", "consil.toml"), file!("series", "motion.jsonl")],
        draw: None,
    },
    Example {
        name: "mnist-sum",
        about: "two MNIST images, labelled only with their sum (needs `consil data fetch mnist`)",
        files: &[file!("mnist-sum", "consil.toml"), file!("mnist-sum", "sum.pl")],
        draw: None,
    },
    Example {
        name: "see-and-hear",
        about: "an MNIST image and a spoken digit, labelled only with their sum (needs the data sets mnist and fsdd: `consil data list`)",
        files: &[file!("see-and-hear", "consil.toml"), file!("see-and-hear", "sum.pl")],
        draw: None,
    },
    Example {
        name: "mnist-addition",
        about: "numbers of four MNIST digits and more, labelled only with the digits of their sum (needs `consil data fetch mnist`)",
        files: &[file!("mnist-addition", "consil.toml"), file!("mnist-addition", "addition.pl")],
        draw: None,
    },
    Example {
        name: "maze",
        about: "mazes with walls and doors of their own, and pictures of the doors, labelled only with whether one gets out (drawn)",
        files: &[file!("maze", "consil.toml"), file!("maze", "maze.pl")],
        draw: Some(Draw::Mazes),
    },
    Example {
        name: "rules-and-head",
        about: "rules that do arithmetic and a head that sees the sign, each half right alone (embedded data)",
        files: &[file!("rules-and-head", "consil.toml"), file!("rules-and-head", "half.pl")],
        draw: None,
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

    /// Whether its data is drawn when it is written.
    pub fn is_drawn(&self) -> bool {
        self.draw.is_some()
    }

    /// Writes the example's files into `folder`, which is made if need be, draws its data, and returns the path of its spec.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, FileError> {
        file::create_folder(folder)?;
        for (name, text) in self.files {
            file::write(&folder.join(name), text.as_bytes())?;
        }
        for File { name, bytes } in self.draw.map(Draw::files).unwrap_or_default() {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                file::create_folder(parent)?;
            }
            file::write(&path, &bytes)?;
        }
        Ok(folder.join(self.files[0].0))
    }
}
