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
    /// The first [`ConfigError`], naming the key and how to mend it.
    pub fn check(&self) -> Result<(), ConfigError> {
        let range = |key, value, allowed| Err(ConfigError::Range { key, value, allowed });
        let counts = [("sites", self.sites), ("local-epochs", self.local_epochs), ("min-clients", self.min_clients)];
        if let Some((key, _)) = counts.into_iter().find(|(_, n)| *n == 0) {
            return range(key, 0.0, "at least 1");
        }
        if self.rounds == 0 {
            return range("rounds", 0.0, "at least 1");
        }
        if self.min_clients > self.sites {
            return Err(ConfigError::MinClients { min_clients: self.min_clients, sites: self.sites });
        }
        if !(self.fraction > 0.0 && self.fraction <= 1.0) {
            return range("fraction", self.fraction, "above 0 and at most 1");
        }
        match self.strategy {
            Strategy::FedProx { mu } if !(mu >= 0.0 && mu.is_finite()) => {
                return range("strategy.fed-prox.mu", f64::from(mu), "at least 0");
            }
            Strategy::FedDyn { alpha } if !(alpha > 0.0 && alpha.is_finite()) => {
                return range("strategy.fed-dyn.alpha", f64::from(alpha), "above 0");
            }
            _ => {}
        }
        if !(self.server.learning_rate > 0.0 && self.server.learning_rate.is_finite()) {
            return range("server.learning-rate", self.server.learning_rate, "above 0");
        }
        if !(0.0..1.0).contains(&self.server.momentum) {
            return range("server.momentum", self.server.momentum, "at least 0 and below 1");
        }
        if self.strategy.needs_correction() && self.server != ServerConfig::default() {
            return Err(ConfigError::ServerStep);
        }
        match self.aggregate {
            AggregateConfig::TrimmedMean { trim } if !(0.0..0.5).contains(&trim) => {
                range("aggregate.trimmed-mean.trim", trim, "at least 0 and below 0.5")
            }
            _ => Ok(()),
        }
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
