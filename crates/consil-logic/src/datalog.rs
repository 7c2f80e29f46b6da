//! Bottom-up evaluation of Datalog: relations in, relations out.

mod batch;
mod closure;
mod constants;
mod cover;
mod database;
mod dense;
mod error;
mod execute;
mod fixpoint;
mod intersect;
mod lower;
mod magic;
mod plan;
mod query;
mod relation;
mod rule;
mod run;
mod seen;
mod sort;
mod strata;
mod update;

pub use database::{Database, Relation};
pub use error::{Construct, DatalogError};
pub use update::Difference;

pub(crate) use lower::is_datalog;
