//! What a flat vector of parameters holds, and which part of it travels.
//!
//! Optimisers, federation and privacy work on one flat `f32` vector for a whole system of networks. Three types say what is in it:
//!
//! - a [`Layout`]: entries in order, each an [`Entry`] with a name, a shape, a [`Dtype`] and a [`Role`];
//! - a [`Role`]: who may change a parameter, and whether it leaves its site;
//! - a [`Selection`]: the values that travel, in *sent order*, and those that a site keeps for itself between rounds.
//!
//! ```
//! use consil_layout::{Buffers, Entry, Layout, Role};
//!
//! let layout = Layout::new(vec![
//!     Entry::f32("body.weight", [2], Role::Shared),
//!     Entry::f32("norm.mean", [1], Role::Buffer),
//!     Entry::f32("head.weight", [2], Role::Local),
//! ])?;
//! let selection = layout.select(Buffers::Average);
//! assert_eq!(selection.gather(&[1.0, 2.0, 30.0, 4.0, 5.0]), [1.0, 2.0, 30.0]);
//! assert_eq!(selection.gather_kept(&[1.0, 2.0, 30.0, 4.0, 5.0]), [4.0, 5.0]);
//! # Ok::<(), consil_layout::LayoutError>(())
//! ```
//!
//! What is deliberately absent: the values themselves, how they begin, and what is done with them.

mod layout;
mod role;
mod selection;

pub use layout::{Dtype, Entry, Layout, LayoutError};
pub use role::{Buffers, Role};
pub use selection::Selection;
