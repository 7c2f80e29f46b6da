//! The report: one HTML file with everything in it, for a browser in light or dark.
//!
//! A [`Report`] is filled with whatever there is; sections without content are left out. The page makes no request: its policy forbids them, and style and
//! drawings are inside. Every number carries what it rests on.

mod fits;
mod forecast;
mod page;
mod pathways;
#[cfg(test)]
mod tests;

use crate::architectural::ArchitecturalAssessment;
use crate::compare::Comparison;
use crate::evolutionary::EvolutionaryAssessment;
use crate::fit::Fit;
use crate::forecast::{Forecast, Index};
use crate::hybrid::HybridAssessment;
use crate::profile::CognitiveAssessment;
use crate::scaling::ScalingAssessment;
use crate::search::Contest;

/// What a report shows.
#[derive(Clone, Default)]
pub struct Report<'a> {
    /// The heading.
    pub title: &'a str,
    /// The pathways compared.
    pub comparison: Option<&'a Comparison>,
    /// The forecast behind them.
    pub forecast: Option<&'a Forecast>,
    /// Sobol's indices of quantities of the forecast, by name.
    pub sensitivities: &'a [(String, Vec<Index>)],
    /// Combinations of pathways.
    pub hybrid: Option<&'a HybridAssessment>,
    /// A profile's faculties.
    pub cognitive: Option<&'a CognitiveAssessment>,
    /// A profile's scale.
    pub scaling: Option<&'a ScalingAssessment>,
    /// A profile's architecture.
    pub architectural: Option<&'a ArchitecturalAssessment>,
    /// A search and its cost.
    pub evolutionary: Option<&'a EvolutionaryAssessment>,
    /// The search against random search, with the names of its objectives.
    pub contest: Option<(&'a Contest, &'a [String])>,
    /// Fitted laws, by name.
    pub fits: &'a [(String, &'a Fit)],
}

/// Why a report cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There is nothing to show.
    #[error("the report has no content: give it a comparison, a forecast, an assessment, a search or a fit")]
    Empty,
}

impl Report<'_> {
    /// The page.
    ///
    /// # Errors
    /// When there is nothing to show.
    pub fn html(&self) -> Result<String, ReportError> {
        page::html(self)
    }
}
