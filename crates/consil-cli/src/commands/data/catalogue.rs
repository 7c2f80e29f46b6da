//! Which data sets there are.

use std::path::{Component, Path, PathBuf};

use clap::{Args, ValueHint};
use consil_diagnostic::{FileError, Hint, file};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::fetch::{Hashed, sha256_of};

const BUILT_IN: &str = include_str!("catalogue.toml");

/// A list of data sets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    pub set: Vec<Set>,
}

/// A data set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Set {
    /// Its name, which is also its folder.
    pub name: String,
    /// What it holds.
    pub about: String,
    /// The licence as its source states it.
    pub licence: String,
    /// Where it is described.
    pub source: String,
    /// How it is placed by hand, where it cannot be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
    /// Its files; none where there are too many to name.
    #[serde(default)]
    pub file: Vec<SetFile>,
}

/// A file of a data set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SetFile {
    /// Where it belongs, below the folder of data.
    pub path: PathBuf,
    /// Where it comes from; none where it is placed by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How many bytes are hashed.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: String,
    /// Which bytes.
    #[serde(default)]
    pub hashed: Hashed,
}

/// What is there of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// All files, each with its hash.
    Verified,
    /// Its folder; its files have no hashes here.
    Unverified,
    /// Some files, or files of other hashes.
    Incomplete,
    /// Nothing.
    Absent,
}

impl Presence {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "there, verified",
            Self::Unverified => "there, not verified",
            Self::Incomplete => "incomplete or changed",
            Self::Absent => "not there",
        }
    }
}

/// Why a list of sets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The file cannot be read.
    #[error("{0}")]
    Unreadable(#[from] FileError),
    /// It is no list.
    #[error("{file}: {source}")]
    Invalid {
        /// The file.
        file: String,
        /// Why.
        source: toml::de::Error,
    },
    /// A path that leads out of the folder of data.
    #[error("{file}: the path {} of the set `{set}` leads out of the folder of data", path.display())]
    Outside {
        /// The file.
        file: String,
        /// The set.
        set: String,
        /// The path.
        path: PathBuf,
    },
    /// There is no such set.
    #[error("there is no data set `{name}`")]
    NoSet {
        /// The name.
        name: String,
        /// All names.
        known: String,
    },
    /// There is neither CONSIL_DATA nor a home.
    #[error("there is no folder for data: neither CONSIL_DATA, XDG_CACHE_HOME nor HOME is set")]
    NoFolder,
    /// A set that has to be placed by hand is not there.
    #[error(transparent)]
    ByHand(Box<ByHand>),
}

/// A set that has to be placed by hand, and is not there.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` cannot be fetched, and is {there} in {}", folder.display())]
pub struct ByHand {
    /// The set.
    pub name: String,
    /// What is there.
    pub there: &'static str,
    /// Where it belongs.
    pub folder: PathBuf,
    /// How it is placed.
    pub how: String,
    /// Where it is described.
    pub source_page: String,
    /// Its licence.
    pub licence: String,
}

impl Hint for CatalogueError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Outside { .. } => "write it as SET/FILE".to_owned(),
            Self::NoSet { known, .. } => format!("there are {known}"),
            Self::NoFolder => "set CONSIL_DATA".to_owned(),
            Self::ByHand(set) => return set.help(),
            Self::Unreadable(_) | Self::Invalid { .. } => return None,
        })
    }
}

impl Hint for ByHand {
    fn help(&self) -> Option<String> {
        let Self { how, source_page, licence, .. } = self;
        Some(format!("{how}\n  source: {source_page} ({licence})"))
    }
}

/// Which list of sets.
#[derive(Debug, Args)]
pub struct CatalogueArgs {
    /// Another list of data sets: a TOML file in the form of the built-in one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    catalogue: Option<PathBuf>,
}

impl CatalogueArgs {
    pub fn read(&self) -> Result<Catalogue, Failure> {
        let (file, text) = match &self.catalogue {
            None => ("the built-in list".to_owned(), BUILT_IN.to_owned()),
            Some(path) => {
                let text = file::read_text(path, file::TEXT_LIMIT).map_err(CatalogueError::Unreadable)?;
                (path.display().to_string(), text)
            }
        };
        Ok(Catalogue::parse(&file, &text)?)
    }
}

impl Catalogue {
    fn parse(file: &str, text: &str) -> Result<Self, CatalogueError> {
        let read: Self =
            toml::from_str(text).map_err(|source| CatalogueError::Invalid { file: file.to_owned(), source })?;
        for set in &read.set {
            let paths = set.file.iter().map(|file| file.path.as_path()).chain([Path::new(&set.name)]);
            let is_outside = |path: &Path| !path.components().all(|part| matches!(part, Component::Normal(_)));
            if let Some(path) = paths.into_iter().find(|path| is_outside(path)) {
                let (file, set, path) = (file.to_owned(), set.name.clone(), path.to_owned());
                return Err(CatalogueError::Outside { file, set, path });
            }
        }
        Ok(read)
    }

    pub fn find(&self, name: &str) -> Result<&Set, CatalogueError> {
        self.set.iter().find(|set| set.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.set.iter().map(|set| set.name.as_str()).collect();
            CatalogueError::NoSet { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

impl Set {
    /// What is there of it below `folder`; every hash is worked out.
    pub fn presence(&self, folder: &Path) -> Presence {
        if self.file.is_empty() {
            return if folder.join(&self.name).is_dir() { Presence::Unverified } else { Presence::Absent };
        }
        let n_there = self.file.iter().filter(|file| folder.join(&file.path).exists()).count();
        match n_there {
            0 => Presence::Absent,
            _ if self.file.iter().all(|file| file.is_verified(folder)) => Presence::Verified,
            _ => Presence::Incomplete,
        }
    }

    pub fn bytes(&self) -> u64 {
        self.file.iter().map(|file| file.bytes).sum()
    }

    pub fn can_be_fetched(&self) -> bool {
        !self.file.is_empty() && self.file.iter().all(|file| file.url.is_some())
    }
}

impl SetFile {
    pub fn is_verified(&self, folder: &Path) -> bool {
        sha256_of(&folder.join(&self.path), self.hashed).is_ok_and(|found| found == self.sha256)
    }
}

/// The folder of data: CONSIL_DATA, or else `consil/data` in the cache of the user (XDG Base Directory Specification).
pub fn folder() -> Result<PathBuf, CatalogueError> {
    consil::data_folder().ok_or(CatalogueError::NoFolder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_is_one() {
        let catalogue = Catalogue::parse("built in", BUILT_IN).unwrap_or_else(|error| panic!("{error}"));
        for set in &catalogue.set {
            assert!(set.can_be_fetched() || set.by_hand.is_some(), "{} has no way to get it", set.name);
            assert!(!set.licence.is_empty() && set.source.starts_with("https://"), "{}", set.name);
            for file in &set.file {
                assert!(file.sha256.len() == 64 && file.sha256.bytes().all(|b| b.is_ascii_hexdigit()), "{file:?}");
                assert!(file.url.as_ref().is_none_or(|url| url.starts_with("https://")), "{file:?}");
            }
        }
    }

    #[test]
    fn a_list_cannot_write_elsewhere() {
        for path in ["../x", "/etc/x", "a/../../x"] {
            let text = format!(
                "[[set]]\nname = \"a\"\nabout = \"\"\nlicence = \"\"\nsource = \"\"\n[[set.file]]\npath = \"{path}\"\nbytes = 1\nsha256 = \"\"\n"
            );
            assert!(matches!(Catalogue::parse("x", &text), Err(CatalogueError::Outside { .. })), "{path}");
        }
    }
}
