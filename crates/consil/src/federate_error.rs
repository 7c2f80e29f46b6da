//! Errors of a federation that cannot begin.

use consil_diagnostic::Hint;

use crate::spec_fault::SpecFault;

/// Why a federation cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FederateError {
    /// There is no table.
    #[error(
        "the spec has no [federate] table, so that what was learned of its rows before training did not come from sites"
    )]
    NoTable,
    /// The table is refused.
    #[error(transparent)]
    Config(#[from] consil_fed::ConfigError),
    /// The strategy needs to know what local steps weigh.
    #[error(
        "the strategy {strategy} reckons with the weight of each local gradient, which only gradient descent gives"
    )]
    Optimizer {
        /// The strategy.
        strategy: &'static str,
    },
    /// Clipping changes what a gradient weighs.
    #[error(
        "the strategy {strategy} reckons with the weight of each local gradient, and train.clip-norm gives each another that no site reports"
    )]
    Clipping {
        /// The strategy.
        strategy: &'static str,
    },
    /// The model cannot be federated.
    #[error(transparent)]
    Model(#[from] consil_fed::federation::ModelError),
    /// The names of the sites do not tell them apart.
    #[error(transparent)]
    Sites(#[from] consil_fed::sites::SitesError),
    /// The rows cannot be divided among the sites.
    #[error(transparent)]
    Partition(#[from] consil_data::PartitionError),
    /// A setting that does not go with the rows, or that a federation does not go by.
    #[error(transparent)]
    Setting(#[from] SpecFault),
    /// A row cannot be looked at.
    #[error(transparent)]
    Data(#[from] consil_data::DataError),
}

impl FederateError {
    /// The same as a fault of the key that is to be changed.
    pub(crate) fn into_fault(self) -> SpecFault {
        let key = match self {
            Self::Setting(fault) => return fault,
            Self::Config(ref error) => format!("federate.{}", error.key()),
            Self::Optimizer { .. } => "train.optimizer".to_owned(),
            Self::Partition(_) | Self::Sites(_) => "federate.partition".to_owned(),
            Self::Clipping { .. } => "train.clip-norm".to_owned(),
            Self::Model(consil_fed::federation::ModelError::NoBuffers) => "federate.buffers".to_owned(),
            _ => "federate".to_owned(),
        };
        SpecFault::new(key, self.to_string(), self.help().unwrap_or_default())
    }
}

impl Hint for FederateError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoTable => "add [federate] with the number of sites, or --set federate.sites=5",
            Self::Optimizer { .. } => {
                "set train.optimizer = { sgd = { lr = 0.05 } }, or choose fed-avg, fed-prox or fed-dyn"
            }
            Self::Clipping { .. } => {
                "remove train.clip-norm and choose a lower learning rate, or choose fed-avg, fed-prox or fed-dyn"
            }
            Self::Setting(error) => return error.help(),
            _ => return None,
        };
        Some(help.to_owned())
    }
}
