//! What a federation adds to averaging: terms of the local objective, weights, and a step of the server's own.
//!
//! A [`Strategy`] is one file below this module and one row of the table at its end. It is given to the `Federation` by
//! its row of [`StrategyConfig`], which is also how the spec spells it and what schema and documentation list.
//!
//! | strategy | local objective | averages | server's step | state of a client |
//! |---|---|---|---|---|
//! | [`FedAvg`] | own loss | Δᵢ, by samples | the `server` table's | none |
//! | [`FedAvgM`] | own loss | Δᵢ, by samples | momentum | none |
//! | [`FedProx`] | + proximal term | Δᵢ, by samples | the `server` table's | none |
//! | [`FedDyn`] | + proximal and linear term | Δᵢ, equally | its own | its gradient at its own model |
//! | [`FedNova`] | own loss | Δᵢ / Aᵢ, by samples | times the mean of Aᵢ | none |
//! | [`Scaffold`] | + linear term | Δᵢ, equally | `server.learning-rate` | control variate |
//!
//! Δᵢ is the change of client i, Aᵢ the weight of its gradients in it ([`Effort::gradient_weight`]).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contribution::Effort;
use crate::range::{OutOfRange, require};

mod fed_avg;
mod fed_avgm;
mod fed_dyn;
mod fed_nova;
mod fed_prox;
mod scaffold;

pub use fed_avg::FedAvg;
pub use fed_avgm::FedAvgM;
pub use fed_dyn::FedDyn;
pub use fed_nova::FedNova;
pub use fed_prox::FedProx;
pub use scaffold::Scaffold;

/// How the contributions of a round move the model. Without any method of its own it is federated averaging.
///
/// Vectors are those of one trained parameter, `[n]`; averaged buffers take the mean as it is, since a step beyond it could make a running
/// variance negative.
pub trait Strategy: Send + Sync {
    /// Checks the ranges of its settings.
    ///
    /// # Errors
    /// [`OutOfRange`], naming the key.
    fn check(&self) -> Result<(), OutOfRange> {
        Ok(())
    }

    /// The server's rate and momentum, given the spec's `server` table.
    ///
    /// # Errors
    /// Why the table does not go with the strategy.
    fn server(&self, table: ServerConfig) -> Result<ServerConfig, &'static str> {
        Ok(table)
    }

    /// The weight µ of the term `µ/2 ‖w − w_global‖²` in each local objective.
    fn proximal(&self) -> f32 {
        0.0
    }

    /// The weight of a contribution in the mean.
    fn weight(&self, effort: &Effort) -> f64 {
        effort.n_samples as f64
    }

    /// What a client's change is multiplied by before it is averaged.
    fn factor(&self, _effort: &Effort) -> f64 {
        1.0
    }

    /// Whether contributions must say the weight of their gradients; then only the plain mean can aggregate them.
    fn needs_gradient_weight(&self) -> bool {
        false
    }

    /// The drift correction that the strategy gives each client, if it gives any.
    fn drift_correction(&self) -> Option<&dyn DriftCorrection> {
        None
    }

    /// The server's step along a mean: [`FedAvgM`]'s with the server's rate and momentum.
    fn server_step(&self, entry: ServerStep<'_>) {
        fed_avgm::momentum_step(entry);
    }
}

/// A linear term for each client, `⟨correction, w⟩`, that keeps local training from drifting to the client's own optimum; the server learns
/// it from the client's changes, so that it need not travel upwards.
pub trait DriftCorrection {
    /// The correction `[n]` of a client, from what the server remembers and the client's state, zeros at first.
    fn correction(&self, memory: &[f64], state: &[f32], correction: &mut [f32]);

    /// The client's state after a change `[n]`.
    fn learn(&self, memory: &[f64], state: &mut [f32], change: &[f32], effort: &Effort);

    /// Whether the server needs the mean change of the states.
    fn averages_states(&self) -> bool {
        false
    }
}

/// One trained parameter at the end of a round. Parameters that no client covered are left as they are.
#[derive(Debug)]
pub struct ServerStep<'a> {
    /// The mean of the changes `[n]`; what the strategy leaves here is added to the model.
    pub step: &'a mut [f64],
    /// What the server remembers between rounds `[n]`, zeros at first.
    pub memory: &'a mut [f64],
    /// The mean change of the clients' states `[n]`, if the strategy averages them; else empty.
    pub state_change: &'a [f64],
    /// The clients that covered the parameter, as a share of all sites.
    pub participation: f64,
    /// The weighted mean of the contributions' [`Effort::gradient_weight`].
    pub gradient_weight: f64,
    /// The server's rate and momentum.
    pub server: ServerConfig,
}

/// The server's rate and momentum. The defaults are FedAvg's: `w ← w + Δ`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ServerConfig {
    /// The rate η, above 0.
    pub learning_rate: f64,
    /// The momentum β, in `[0, 1)`.
    pub momentum: f64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { learning_rate: 1.0, momentum: 0.0 }
    }
}

impl ServerConfig {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub fn check(self) -> Result<(), OutOfRange> {
        let Self { learning_rate, momentum } = self;
        let positive = learning_rate > 0.0 && learning_rate.is_finite();
        require(positive, "server.learning-rate", learning_rate, "above 0")?;
        require((0.0..1.0).contains(&momentum), "server.momentum", momentum, "at least 0 and below 1")
    }
}

/// Why the `server` table does not go with a strategy that has a step of its own.
const OWN_STEP: &str = "it has a server step of its own; remove server.learning-rate and server.momentum";

/// Makes the enum of strategies, its list, and the way from a choice to its strategy, out of one row for each.
macro_rules! strategies {
    ($($(#[doc = $doc:literal])+ $variant:ident $(($settings:ident))? = $name:literal;)+) => {
        /// Which strategy: `"fed-avg"`, or `{ fed-prox = { mu = 0.1 } }` where it has settings.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        #[non_exhaustive]
        pub enum StrategyConfig {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant $(($settings))?,)+
        }

        impl StrategyConfig {
            /// Every strategy: how the spec spells it, and what it is.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($name, concat!($($doc),+))),+];

            /// How the spec spells it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant $((strategies!(@any $settings)))? => $name,)+
                }
            }

            /// The strategy.
            pub fn strategy(&self) -> &dyn Strategy {
                match self {
                    $(Self::$variant $((strategies!(@bind $settings chosen)))? => strategies!(@strategy $variant $($settings chosen)?),)+
                }
            }
        }
    };
    (@any $settings:ident) => { _ };
    (@bind $settings:ident $chosen:ident) => { $chosen };
    (@strategy $variant:ident) => { &$variant };
    (@strategy $variant:ident $settings:ident $chosen:ident) => { $chosen };
}

strategies! {
    /// Each client minimises its own loss, and the changes are averaged by samples (McMahan et al., 2017).
    FedAvg = "fed-avg";
    /// FedAvg with momentum at the server (Hsu, Qi and Brown, 2019).
    FedAvgM(FedAvgM) = "fed-avgm";
    /// Each client adds `µ/2 ‖w − w_global‖²` (Li et al., 2020): less drift, slower progress.
    FedProx(FedProx) = "fed-prox";
    /// Dynamic regularisation (Acar et al., 2021): a proximal and a linear term for each client, so that the fixed point is the optimum.
    FedDyn(FedDyn) = "fed-dyn";
    /// Normalised averaging (Wang et al., 2020): sites that take more local steps than others no longer pull the optimum towards them.
    FedNova = "fed-nova";
    /// Control variates (Karimireddy et al., 2020): each client's gradients are corrected by how its own differ from all clients'.
    Scaffold = "scaffold";
}

#[allow(clippy::derivable_impls, reason = "the enum comes from a macro whose rows know nothing of a default")]
impl Default for StrategyConfig {
    fn default() -> Self {
        Self::FedAvg
    }
}
