//! The errors of the library that have hints, for whoever shows an error whose type it does not know.

use consil_diagnostic::hint::{Row, find, row};

use crate::ablate::AblateError;
use crate::context::WorkersError;
use crate::evolve::{EvolveError, JournalError};
use crate::explain::ExplainError;
use crate::federate::FederateError;
use crate::fine_tune::FineTuneError;
use crate::learner::DeriveError;
use crate::model::{ModelError, QueryError};
use crate::project::OpenError;
use crate::reason::ReasonFileError;
use crate::report::ReportError;
use crate::run::RunError;
use crate::site_statistics::StatisticsError;
use crate::spec::SpecError;
use crate::spec_fault::SpecFault;
use crate::starting_spec::StartingSpecError;
use crate::train::TrainError;
use crate::trained_model::{RewriteError, TrainedModelError};
use crate::training_record::TrainingRecordError;

/// The errors of the library that have hints, crate by crate.
pub const HINTS: &[&[Row]] = &[OURS, consil_neurosym::HINTS, consil_pathways::HINTS];

const OURS: &[Row] = &[
    row::<AblateError>,
    row::<DeriveError>,
    row::<EvolveError>,
    row::<ExplainError>,
    row::<FederateError>,
    row::<FineTuneError>,
    row::<JournalError>,
    row::<ModelError>,
    row::<OpenError>,
    row::<QueryError>,
    row::<ReasonFileError>,
    row::<ReportError>,
    row::<RewriteError>,
    row::<RunError>,
    row::<SpecError>,
    row::<SpecFault>,
    row::<StartingSpecError>,
    row::<StatisticsError>,
    row::<TrainError>,
    row::<TrainedModelError>,
    row::<TrainingRecordError>,
    row::<WorkersError>,
];

/// What would help with an error of the library: no error says it in its text.
///
/// ```
/// let error = consil::Spec::parse("mine.toml", "nam = \"x\"", &[]).unwrap_err();
/// assert_eq!(consil::help_of(&error).as_deref(), Some("did you mean `name`?"));
/// ```
pub fn help_of(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    find(error, HINTS)
}
