//! Forecasts as models: uncertain inputs, requirements, Monte Carlo, sensitivities.
//!
//! A model is a TOML file of quantities, each a number or an expression over distributions and other quantities, and of dates, which may require all
//! or any of other dates. [`Model::parse`] reads it, [`Model::run`] samples it, [`Model::sensitivity`] says which input the spread comes from.
//! What lies beyond the horizon stays as probability mass; a date is named only where evidence reaches far enough.

mod copula;
mod distribution;
mod expression;
mod model;
mod order;
mod program;
mod read;
mod run;
mod sensitivity;
pub mod special;
mod summary;
#[cfg(test)]
mod tests;
mod timeline;
mod token;

pub use copula::{Copula, NotPositiveDefinite};
pub use distribution::{Distribution, DistributionError};
pub use expression::{Expression, Family, Function, Kind, Operator, SyntaxError};
pub use model::{Claim, Correlation, ForecastError, Input, Missing, Model, Place, Quantity, Requirement, Series};
pub use program::EvaluationError;
pub use run::{Extrapolation, Fan, Forecast, Outcome};
pub use sensitivity::{Factor, Index, SpreadScale, sobol};
pub use summary::{PROBABILITIES, Summary, quantile};
pub use timeline::{Binding, POINT_DATE_LIMIT, PointDate, Timeline, When};
