//! What every crate says and checks in the same way: excerpts, suggestions, hints, file errors, limits, integrity.
//!
//! - [`span`]: where something stands in a text, and an [`Excerpt`] that shows it.
//! - [`suggest`]: one "did you mean".
//! - [`hint`]: errors carry what would help as data ([`Hint`]); [`mod@report`]: the edge shows every error in one look ([`Report`]).
//! - [`terminal`]: text that came from a user or a file, made safe for a terminal.
//! - [`limit`]: a size is estimated before anything is allocated, and refused with the figure and the limit.
//! - [`mod@file`]: reading regular files within a limit, writing them whole or not at all, [`FileError`] with path and cause.
//! - [`lock`]: one writer for a folder.
//! - [`checksum`] and [`frame`]: a checksum over all bytes of a file, and the frame that carries it.
//!
//! ```
//! use consil_diagnostic::{Excerpt, Span, did_you_mean};
//!
//! let text = "kind = \"vision\"\nencodr = []\n";
//! let excerpt = Excerpt::new("spec.toml", text, Span::new(16, 22));
//! assert_eq!((excerpt.line(), excerpt.column()), (2, 1));
//! assert_eq!(did_you_mean("encodr", ["input", "encoder"]).as_deref(), Some("did you mean `encoder`?"));
//! ```
//!
//! What is deliberately absent: colours and the width of a terminal, which belong to the command line.

pub mod checksum;
pub mod file;
pub mod frame;
pub mod hint;
pub mod limit;
pub mod lock;
pub mod report;
pub mod span;
pub mod suggest;
pub mod terminal;

pub use file::FileError;
pub use hint::Hint;
pub use report::Report;
pub use span::{Excerpt, Position, Span};
pub use suggest::{did_you_mean, nearest};
pub use terminal::Printable;
