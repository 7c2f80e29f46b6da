//! Who may change a parameter, and whether it leaves its site.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may change a parameter, in training and in federation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Trained, and sent to the federation's server.
    #[default]
    Shared,
    /// Trained, and kept at the site: personalisation layers (Arivazhagan et al., 2019).
    Local,
    /// Neither trained nor sent.
    Frozen,
    /// Trained and sent, while what it adapts is frozen.
    Adapter,
    /// Statistics that the forward pass updates, such as batch normalisation's; not trained by gradient, sent or kept by [`Buffers`].
    Buffer,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [Self::Shared, Self::Local, Self::Frozen, Self::Adapter, Self::Buffer];

    /// Whether gradient descent changes parameters of this role.
    pub fn is_trained(self) -> bool {
        !matches!(self, Self::Frozen | Self::Buffer)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shared => "shared",
            Self::Local => "local",
            Self::Frozen => "frozen",
            Self::Adapter => "adapter",
            Self::Buffer => "buffer",
        })
    }
}

/// What becomes of buffers such as batch normalisation's running statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Buffers {
    /// They are sent and averaged, weighted by samples.
    #[default]
    Average,
    /// They stay at the site, as FedBN keeps them (Li et al., 2021).
    Local,
}
