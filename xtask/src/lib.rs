//! Tidy tests: what the architecture and the style forbid, checked over the files of the repository.
//!
//! Each module is one check: a function from files to [`Violation`]s, with a test that feeds it a bad example and sees it
//! refused. `tests/tidy.rs` runs them all over the repository itself, so `cargo test` is the only command. There is no binary:
//! `cargo run` finds only `consil`.
//!
//! | module | what it refuses |
//! |---|---|
//! | [`arrows`] | a dependency between crates that ARCHITECTURE.md does not draw |
//! | [`circles`] | modules of a crate that need one another |
//! | [`owners`] | a crate that names a library which belongs to another crate |
//! | [`homes`] | a thing in more files than its own |
//! | [`hints`] | help within an error's text, or a hint that is lost on the way |
//! | [`words`] | a word of our own where the field has one |
//! | [`length`] | a long file |
//! | [`names`] | a module named after no idea |
//! | [`unfinished`] | marks of unfinished work |
//! | [`safety`] | unsafe code without its reason |
//! | [`paths`] | a path of somebody's machine |
//! | [`links`] | a link in the documentation that leads nowhere |
//! | [`features`] | a promised feature without its command and its test |
//! | [`commands`] | a command in the README that the documentation does not know |
//! | [`changelog`] | a version without its entry |

pub mod arrows;
pub mod changelog;
pub mod circles;
pub mod commands;
pub mod features;
pub mod hints;
pub mod homes;
pub mod length;
pub mod links;
pub mod names;
pub mod owners;
pub mod paths;
pub mod repository;
pub mod safety;
pub mod unfinished;
pub mod violation;
pub mod words;

pub use repository::{File, Repository};
pub use violation::Violation;
