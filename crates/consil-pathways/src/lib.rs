//! What scale buys, from data: scaling laws, trends and capabilities, with the source of each number and the record of each kind of forecast.
//!
//! A [`Fit`] is a scaling law fitted to [`Run`]s, which come from a [`Table`] or from the records of one's own trainings. A [`Trend`] is a value that
//! grows over time. Forecasts from either are made by an [`ensemble`] and widened by what its [`backtest`]s teach, so that each is printed beside what its intervals
//! have covered. What the data do not support is refused with what would be needed, and never answered by a number.
//!
//! | module | one idea |
//! |---|---|
//! | [`table`], [`run`], [`source`], [`date`] | numbers out of files, with their place and their provenance |
//! | [`law`], [`fit`] | the forms of scaling laws, and fitting them: robust objectives, bootstrap, profiles |
//! | [`allocate`] | parameters, tokens and epochs for a budget of compute or money |
//! | [`trend`] | growth over time, a change of pace, the day on which a value is reached |
//! | [`capability`] | principal components of benchmarks, and the sigmoid from a capability to a task |
//! | [`interval`], [`ensemble`], [`backtest`] | intervals, several models at once, and what such forecasts have been worth |
//! | [`audit`] | published numbers, worked out again |
//! | [`forecast`] | uncertain quantities, dates and requirements as a model: Monte Carlo, sensitivities |
//! | [`profile`] | what is known of a system: scores, gaps, a plan; the cognitive pathway |
//! | [`scaling`], [`architectural`], [`evolutionary`], [`hybrid`] | the other four pathways |
//! | [`compare`] | the five pathways and four stages on common axes, each cell with what it stands on |
//! | [`search`] | NSGA-II, CMA-ES and random search over a callback; hypervolume |
//! | [`report`] | one self-contained HTML page |
//!
//! ```
//! use consil_pathways::allocate::{Budget, Demand, allocate};
//! use consil_pathways::Law;
//!
//! # fn main() -> Result<(), consil_pathways::allocate::AllocateError> {
//! // The constants of Besiroglu et al. (2024), and the compute of Chinchilla.
//! let constants = [482.01, 2085.43, 1.8169, 0.3478, 0.3658];
//! let best = allocate(Law::Hoffmann, &constants, Budget::Compute(5.88e23), Demand::default())?;
//! assert!((15.0..25.0).contains(&best.tokens_per_parameter));
//! # Ok(())
//! # }
//! ```
//!
//! What is deliberately absent: files and clocks (readers and today's date are arguments), printing, and generators of randomness (a key is an argument).

pub mod allocate;
pub mod architectural;
pub mod audit;
pub mod backtest;
pub mod capability;
pub mod compare;
pub mod date;
mod document;
pub mod ensemble;
mod evidence;
pub mod evolutionary;
mod fault;
pub mod fit;
pub mod forecast;
pub mod hybrid;
pub mod interval;
pub mod law;
mod line;
mod matrix;
mod minimise;
mod pathway;
pub mod profile;
pub mod report;
mod residuals;
pub mod run;
pub mod scaling;
pub mod search;
pub mod source;
pub mod table;
pub mod trend;
mod variable_projection;

use consil_diagnostic::hint::{Row, row};

pub use date::Date;
pub use evidence::{Evidence, Finding, Sourced};
pub use fault::Fault;
pub use fit::{Bootstrap, Fit, FitConfig, Objective};
pub use interval::Interval;
pub use law::{Axis, Law};
pub use pathway::{Aspect, Pathway, Stage};
pub use run::{Datum, Design, Run, RunColumns};
pub use source::{Basis, Source};
pub use table::Table;
pub use trend::{Observation, Trend};

/// The errors of this crate that have hints.
pub const HINTS: &[Row] =
    &[row::<Fault>, row::<compare::SearchError>, row::<forecast::ForecastError>, row::<profile::ProfileError>];
