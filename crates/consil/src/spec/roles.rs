//! The `[roles]` table: which parameters are trained, and which travel between sites.

use std::collections::BTreeMap;

use consil_graph::{Graph, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::did_you_mean;

/// What becomes of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoleConfig {
    /// Trained, and averaged between sites: what parameters are unless something else is said.
    Shared,
    /// Trained, and kept at their site: each site has its own.
    Local,
    /// Trained, and averaged on their own where only what adapts a model travels.
    Adapter,
    /// Neither trained nor sent.
    Frozen,
}

/// Nothing has the name that is given a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("roles: no parameter is called or begins with `{prefix}`\n  help: {help}")]
pub struct RolesError {
    /// The name.
    pub prefix: String,
    /// The nearest names.
    pub help: String,
}

impl From<RoleConfig> for Role {
    fn from(config: RoleConfig) -> Self {
        match config {
            RoleConfig::Shared => Self::Shared,
            RoleConfig::Local => Self::Local,
            RoleConfig::Adapter => Self::Adapter,
            RoleConfig::Frozen => Self::Frozen,
        }
    }
}

/// Gives parameters their roles, the shorter names first: what is said of a part of a network goes before what is said of the whole.
pub(crate) fn apply(
    roles: &BTreeMap<String, RoleConfig>,
    graphs: &mut BTreeMap<String, Graph>,
) -> Result<(), RolesError> {
    let mut roles: Vec<(&String, &RoleConfig)> = roles.iter().collect();
    roles.sort_by_key(|(prefix, _)| prefix.len());
    for (prefix, role) in roles {
        let found: usize = graphs.values_mut().map(|graph| graph.set_role(prefix, (*role).into())).sum();
        if found == 0 {
            let names = graphs.values().flat_map(|graph| graph.params().iter().map(|param| param.name.as_str()));
            let known = graphs.keys().map(String::as_str).chain(names);
            return Err(RolesError { prefix: prefix.clone(), help: did_you_mean(prefix, known) });
        }
    }
    Ok(())
}
