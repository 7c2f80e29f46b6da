//! Scaling laws, trends and capabilities.
pub mod allocate;
pub mod audit;
pub mod backtest;
pub mod capability;
pub mod date;
pub mod ensemble;
pub mod fit;
pub mod interval;
pub mod law;
mod line;
mod matrix;
mod minimise;
mod misfit;
pub mod run;
pub mod source;
mod starts;
pub mod table;
pub mod trend;

pub use date::Date;
pub use fit::{Bootstrap, Fit, FitConfig, Objective};
pub use interval::Interval;
pub use law::{Axis, Law};
pub use run::{Design, Run, RunColumns};
pub use source::{Basis, Source};
pub use table::Table;
pub use trend::{Observation, Trend};
