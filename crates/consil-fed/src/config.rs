//! The spec's `[federate]` table.

use std::ops::Deref;

use consil_layout::Buffers;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::aggregate::AggregateConfig;
use crate::range::{OutOfRange, require};
use crate::strategy::{ServerConfig, StrategyConfig};

/// How a federation runs, as the spec says it; [`check`](Self::check) gives the [`CheckedConfig`] that a federation takes.
///
/// `P` says how data are divided among simulated sites, and `S` how a learning rate moves: they are the own types of the layers of data and of
/// training, and this crate does not look into them.
///
/// ```
/// # use consil_fed::{FederateConfig, StrategyConfig, strategy::FedProx};
/// let config: FederateConfig<String> = toml::from_str(
///     r#"
///     sites = 10
///     partition = "iid"
///     strategy = { fed-prox = { mu = 0.1 } }
///     fraction = 0.5
///     "#,
/// )?;
/// assert_eq!(config.strategy, StrategyConfig::FedProx(FedProx { mu: 0.1 }));
/// assert_eq!(config.check()?.n_chosen(config.sites as usize), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(bound = "P: Default + Serialize + JsonSchema, S: Serialize + JsonSchema")]
pub struct FederateConfig<P, S = ()> {
    /// The number of sites.
    pub sites: u32,
    /// How rows are divided among the sites of a simulation.
    pub partition: P,
    /// What is added to averaging: terms of the local objective, weights, the server's step.
    pub strategy: StrategyConfig,
    /// How updates become one.
    pub aggregate: AggregateConfig,
    /// The server's step along the aggregate.
    pub server: ServerConfig,
    /// The number of rounds.
    pub rounds: u64,
    /// Each client's passes over its data in a round.
    pub local_epochs: u32,
    /// How the sites' learning rate moves from round to round; where nothing is said, as `[train]` has it from step to step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<S>,
    /// The share of the present sites that is asked in a round, in `(0, 1]`.
    pub fraction: f64,
    /// The least number of sites asked, and the least number of answers without which a round does not count.
    pub min_clients: u32,
    /// What becomes of buffers such as batch normalisation's statistics.
    pub buffers: Buffers,
}

impl<P: Default, S> Default for FederateConfig<P, S> {
    fn default() -> Self {
        Self {
            sites: 5,
            partition: P::default(),
            strategy: StrategyConfig::default(),
            aggregate: AggregateConfig::default(),
            server: ServerConfig::default(),
            rounds: 20,
            local_epochs: 1,
            schedule: None,
            fraction: 1.0,
            min_clients: 2,
            buffers: Buffers::default(),
        }
    }
}

impl<P, S> FederateConfig<P, S> {
    /// Checks the ranges that the types leave open, and that every setting has an effect.
    ///
    /// # Errors
    /// The first of [`errors`](Self::errors).
    pub fn check(&self) -> Result<CheckedConfig, ConfigError> {
        if let Some(error) = self.errors().into_iter().next() {
            return Err(error);
        }
        let name = self.strategy.name();
        let server = self.strategy.strategy().server(self.server);
        let server = server.map_err(|reason| ConfigError::ServerStep { name, reason })?;
        Ok(CheckedConfig { config: self.without_layers(), server })
    }

    /// Everything that is wrong with the table, each with its key and how to fix it.
    pub fn errors(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut note = |found: Result<(), ConfigError>| errors.extend(found.err());
        let counts = [("sites", self.sites), ("local-epochs", self.local_epochs), ("min-clients", self.min_clients)];
        for (key, n) in counts {
            note(require(n > 0, key, 0.0, "at least 1").map_err(ConfigError::from));
        }
        note(require(self.rounds > 0, "rounds", 0.0, "at least 1").map_err(ConfigError::from));
        let within = self.fraction > 0.0 && self.fraction <= 1.0;
        note(require(within, "fraction", self.fraction, "above 0 and at most 1").map_err(ConfigError::from));
        // That there is no site is said once.
        if self.min_clients > self.sites && self.sites > 0 {
            note(Err(ConfigError::MinClients { min_clients: self.min_clients, sites: self.sites }));
        }
        let (strategy, name) = (self.strategy.strategy(), self.strategy.name());
        note(strategy.check().map_err(ConfigError::from));
        note(self.server.check().map_err(ConfigError::from));
        note(strategy.server(self.server).map(drop).map_err(|reason| ConfigError::ServerStep { name, reason }));
        if self.sites > 0 {
            note(self.aggregate.check(self.n_chosen(self.sites as usize)).map_err(ConfigError::from));
        }
        if strategy.needs_gradient_weight() && self.aggregate != AggregateConfig::Mean {
            note(Err(ConfigError::Aggregate { name }));
        }
        errors
    }

    /// How many of `present` sites a round asks: `⌈fraction · present⌉`, at least `min-clients`, at most all.
    fn n_chosen(&self, present: usize) -> usize {
        // The product is nudged down by a part in 10⁹ so that 0.1 · 30 asks 3 and not 4.
        let share = (self.fraction * present as f64 * (1.0 - 1e-9)).ceil() as usize;
        share.max(self.min_clients as usize).min(present)
    }

    /// Without what other layers read.
    fn without_layers(&self) -> FederateConfig<()> {
        FederateConfig {
            sites: self.sites,
            partition: (),
            strategy: self.strategy,
            aggregate: self.aggregate,
            server: self.server,
            rounds: self.rounds,
            local_epochs: self.local_epochs,
            schedule: None,
            fraction: self.fraction,
            min_clients: self.min_clients,
            buffers: self.buffers,
        }
    }
}

/// A [`FederateConfig`] whose every setting is within its range and has an effect; without partition and schedule, which other layers read.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedConfig {
    config: FederateConfig<()>,
    server: ServerConfig,
}

impl CheckedConfig {
    /// The server's rate and momentum, whether from the `server` table or from the strategy.
    pub fn server_step(&self) -> ServerConfig {
        self.server
    }

    /// How many of `present` sites a round asks: `⌈fraction · present⌉`, at least `min-clients`, at most all.
    pub fn n_chosen(&self, present: usize) -> usize {
        self.config.n_chosen(present)
    }
}

impl Deref for CheckedConfig {
    type Target = FederateConfig<()>;

    fn deref(&self) -> &FederateConfig<()> {
        &self.config
    }
}

/// Why a `[federate]` table cannot be used.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A number outside its range.
    #[error(transparent)]
    Range(#[from] OutOfRange),
    /// More clients are needed than there are sites.
    #[error(
        "[federate] min-clients = {min_clients} with sites = {sites}: no round could have enough clients; lower min-clients"
    )]
    MinClients {
        /// The least number of clients.
        min_clients: u32,
        /// The number of sites.
        sites: u32,
    },
    /// The strategy does not go with the `server` table.
    #[error("[federate] strategy {name}: {reason}")]
    ServerStep {
        /// The strategy.
        name: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// The strategy is defined for a plain mean.
    #[error(
        "[federate] strategy {name} rests on what clients say of their own steps, from which no trimmed mean protects; remove `aggregate`, or use fed-avg"
    )]
    Aggregate {
        /// The strategy.
        name: &'static str,
    },
}

impl ConfigError {
    /// The key of the table that is to be changed.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Range(range) => range.key,
            Self::MinClients { .. } => "min-clients",
            Self::ServerStep { .. } => "server",
            Self::Aggregate { .. } => "aggregate",
        }
    }
}

#[cfg(test)]
mod tests;
