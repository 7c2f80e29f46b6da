//! The spec's `[federate]` table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::aggregate::AggregateConfig;
use crate::layout::Buffers;
use crate::strategy::{ServerConfig, Strategy};

/// How a federation runs.
///
/// `P` says how data are divided among simulated sites; it is the data layer's own type, and this crate does not look into it.
///
/// ```
/// # use consil_fed::{FederateConfig, Strategy};
/// let config: FederateConfig<String> = toml::from_str(
///     r#"
///     sites = 10
///     partition = "iid"
///     strategy = { fed-prox = { mu = 0.1 } }
///     fraction = 0.5
///     "#,
/// )?;
/// assert_eq!(config.strategy, Strategy::FedProx { mu: 0.1 });
/// assert_eq!(config.n_chosen(config.sites as usize), 5);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(bound = "P: Default + Serialize + JsonSchema")]
pub struct FederateConfig<P> {
    /// The number of sites.
    pub sites: u32,
    /// How rows are divided among the sites of a simulation.
    pub partition: P,
    /// How clients are kept together.
    pub strategy: Strategy,
    /// How updates become one.
    pub aggregate: AggregateConfig,
    /// The server's step along the aggregate.
    pub server: ServerConfig,
    /// The number of rounds.
    pub rounds: u64,
    /// Each client's passes over its data in a round.
    pub local_epochs: u32,
    /// The share of the present sites that is asked in a round, in `(0, 1]`.
    pub fraction: f64,
    /// The least number of sites asked, and the least number of answers without which a round does not count.
    pub min_clients: u32,
    /// What becomes of buffers such as batch normalisation's statistics.
    pub buffers: Buffers,
}

impl<P: Default> Default for FederateConfig<P> {
    fn default() -> Self {
        Self {
            sites: 5,
            partition: P::default(),
            strategy: Strategy::default(),
            aggregate: AggregateConfig::default(),
            server: ServerConfig::default(),
            rounds: 20,
            local_epochs: 1,
            fraction: 1.0,
            min_clients: 2,
            buffers: Buffers::default(),
        }
    }
}

impl<P> FederateConfig<P> {
    /// How many of `present` sites a round asks: `⌈fraction · present⌉`, at least `min-clients`, at most all.
    pub fn n_chosen(&self, present: usize) -> usize {
        // The product is nudged down by a part in 10⁹ so that 0.1 · 30 asks 3 and not 4.
        let share = (self.fraction * present as f64 * (1.0 - 1e-9)).ceil() as usize;
        share.max(self.min_clients as usize).min(present)
    }

    /// The same configuration without the partition, which only the data layer reads.
    pub fn without_partition(&self) -> FederateConfig<()> {
        FederateConfig {
            sites: self.sites,
            partition: (),
            strategy: self.strategy,
            aggregate: self.aggregate,
            server: self.server,
            rounds: self.rounds,
            local_epochs: self.local_epochs,
            fraction: self.fraction,
            min_clients: self.min_clients,
            buffers: self.buffers,
        }
    }

    /// Checks the ranges that the types leave open.
    ///
    /// # Errors
    /// The first of [`errors`](Self::errors).
    pub fn check(&self) -> Result<(), ConfigError> {
        self.errors().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that is wrong with the table: each names its key and what to do.
    pub fn errors(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut require = |fine: bool, key, value, allowed| {
            if !fine {
                errors.push(ConfigError::Range { key, value, allowed });
            }
        };
        let at_least_one = "at least 1";
        for (key, n) in [("sites", self.sites), ("local-epochs", self.local_epochs), ("min-clients", self.min_clients)]
        {
            require(n > 0, key, f64::from(n), at_least_one);
        }
        require(self.rounds > 0, "rounds", self.rounds as f64, at_least_one);
        require(self.fraction > 0.0 && self.fraction <= 1.0, "fraction", self.fraction, "above 0 and at most 1");
        match self.strategy {
            Strategy::FedProx { mu } => {
                require(mu >= 0.0 && mu.is_finite(), "strategy.fed-prox.mu", f64::from(mu), "at least 0");
            }
            Strategy::FedDyn { alpha } => {
                require(alpha > 0.0 && alpha.is_finite(), "strategy.fed-dyn.alpha", f64::from(alpha), "above 0");
            }
            Strategy::FedAvg => {}
        }
        let ServerConfig { learning_rate, momentum } = self.server;
        require(learning_rate > 0.0 && learning_rate.is_finite(), "server.learning-rate", learning_rate, "above 0");
        require((0.0..1.0).contains(&momentum), "server.momentum", momentum, "at least 0 and below 1");
        if let AggregateConfig::TrimmedMean { trim } = self.aggregate {
            let allowed = "at least 0 and below 0.5";
            require((0.0..0.5).contains(&trim), "aggregate.trimmed-mean.trim", trim, allowed);
        }
        // No site at all is said once.
        if self.min_clients > self.sites && self.sites > 0 {
            errors.push(ConfigError::MinClients { min_clients: self.min_clients, sites: self.sites });
        }
        if self.strategy.needs_correction() && self.server != ServerConfig::default() {
            errors.push(ConfigError::ServerStep);
        }
        errors
    }
}

/// Why a `[federate]` table cannot be used.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A number outside its range.
    #[error("[federate] {key} = {value}: it must be {allowed}")]
    Range {
        /// The key.
        key: &'static str,
        /// Its value.
        value: f64,
        /// The range.
        allowed: &'static str,
    },
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
    /// FedDyn has a server step of its own.
    #[error(
        "[federate] strategy fed-dyn has a server step of its own; remove server.learning-rate and server.momentum"
    )]
    ServerStep,
    /// The initial weights are of another layout.
    #[error("the layout holds {expected} values and the initial weights {found}")]
    Weights {
        /// The layout's length.
        expected: usize,
        /// The weights' length.
        found: usize,
    },
    /// Nothing would travel.
    #[error(
        "no parameter of the model is shared or an adapter: a federation would learn nothing; give one the role shared"
    )]
    NothingShared,
}

impl ConfigError {
    /// The key of the table that is to be changed.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Range { key, .. } => key,
            Self::MinClients { .. } => "min-clients",
            Self::ServerStep => "server",
            Self::Weights { .. } | Self::NothingShared => "strategy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<FederateConfig<String>, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn an_empty_table_is_the_default_and_an_unknown_key_is_refused() {
        assert_eq!(parse("").unwrap(), FederateConfig::default());
        let error = parse("site = 5").unwrap_err().to_string();
        assert!(error.contains("unknown field `site`"), "{error}");
    }

    #[test]
    fn every_choice_reads_as_documented() {
        let config = parse(
            r#"
            strategy = { fed-dyn = { alpha = 0.1 } }
            aggregate = { trimmed-mean = { trim = 0.2 } }
            server = { momentum = 0.9 }
            buffers = "local"
            "#,
        )
        .unwrap();
        assert_eq!(config.strategy, Strategy::FedDyn { alpha: 0.1 });
        assert_eq!(config.aggregate, AggregateConfig::TrimmedMean { trim: 0.2 });
        assert_eq!(config.server, ServerConfig { learning_rate: 1.0, momentum: 0.9 });
        assert_eq!(config.buffers, Buffers::Local);
        assert_eq!(parse(&toml::to_string(&config).unwrap()).unwrap(), config);
    }

    #[test]
    fn the_schema_names_the_keys_as_the_spec_does_and_allows_no_others() {
        let schema = serde_json::to_value(schemars::schema_for!(FederateConfig<String>)).unwrap();
        let keys: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let table = toml::Table::try_from(FederateConfig::<String>::default()).unwrap();
        let mut written: Vec<&str> = table.keys().map(String::as_str).collect();
        written.sort_unstable();
        assert_eq!(keys, written);
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["min-clients"]["default"], 2);
    }

    #[test]
    fn each_range_is_checked() {
        let cases = [
            ("sites = 0", "sites"),
            ("rounds = 0", "rounds"),
            ("local-epochs = 0", "local-epochs"),
            ("min-clients = 0", "min-clients"),
            ("min-clients = 6", "min-clients"),
            ("fraction = 0.0", "fraction"),
            ("fraction = 1.1", "fraction"),
            ("fraction = nan", "fraction"),
            ("strategy = { fed-prox = { mu = -1.0 } }", "fed-prox.mu"),
            ("strategy = { fed-dyn = { alpha = 0.0 } }", "fed-dyn.alpha"),
            ("strategy = { fed-dyn = { alpha = 1.0 } }\nserver = { momentum = 0.5 }", "fed-dyn"),
            ("server = { learning-rate = 0.0 }", "server.learning-rate"),
            ("server = { momentum = 1.0 }", "server.momentum"),
            ("aggregate = { trimmed-mean = { trim = 0.5 } }", "trimmed-mean.trim"),
        ];
        for (text, key) in cases {
            let message = parse(text).unwrap().check().expect_err(text).to_string();
            assert!(message.contains(key), "{text}: {message}");
        }
        assert_eq!(parse("").unwrap().check(), Ok(()));
        let several = parse("sites = 0\nrounds = 0\nstrategy = { fed-prox = { mu = -1.0 } }").unwrap().errors();
        let keys: Vec<&str> = several.iter().map(ConfigError::key).collect();
        assert_eq!(keys, ["sites", "rounds", "strategy.fed-prox.mu"]);
    }

    #[test]
    fn a_fraction_asks_as_many_sites_as_it_says() {
        let asked = |fraction, min_clients, present| {
            FederateConfig::<()> { fraction, min_clients, ..FederateConfig::default() }.n_chosen(present)
        };
        assert_eq!(asked(0.1, 1, 30), 3);
        assert_eq!(asked(0.1, 1, 31), 4);
        assert_eq!(asked(0.01, 2, 30), 2);
        assert_eq!(asked(1.0, 2, 1), 1);
    }
}
