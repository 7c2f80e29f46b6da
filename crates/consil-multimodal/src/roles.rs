//! Roles of parameters, as a spec gives them: what is frozen, what stays at a site, what adapts.

use consil_graph::{Graph, Lora, Role};

use crate::error::NetworkError;

/// The parameters that a spec gives other roles than *shared*: for each role the names below which they stand, within their network
/// (`"2.conv"`, `"classify"`), `"*"` for all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Roles<'a> {
    pub frozen: &'a [String],
    pub local: &'a [String],
    pub adapter: &'a [String],
}

impl<'a> Roles<'a> {
    /// Gives the roles to the parameters of network `name`.
    ///
    /// # Errors
    /// If there is no parameter of a name.
    pub fn apply(self, graph: &mut Graph, name: &str) -> Result<(), NetworkError> {
        for (role, prefixes) in self.each() {
            for prefix in prefixes {
                if graph.set_role(&full_name(name, prefix), role) == 0 {
                    return Err(NetworkError::NoParameters {
                        network: name.to_owned(),
                        role,
                        name: prefix.clone(),
                        known: layers(graph, name),
                    });
                }
            }
        }
        Ok(())
    }

    /// As [`Roles::apply`], for the parameters that a graph shares with network `owner`, of which it may not have all.
    pub fn apply_shared(self, graph: &mut Graph, owner: &str) {
        for (role, prefixes) in self.each() {
            for prefix in prefixes {
                graph.set_role(&full_name(owner, prefix), role);
            }
        }
    }

    /// In the order of their strength: what is frozen may still be named local, what is local may be an adapter.
    fn each(self) -> [(Role, &'a [String]); 3] {
        [(Role::Frozen, self.frozen), (Role::Local, self.local), (Role::Adapter, self.adapter)]
    }
}

/// Adapters of a rank at every linear layer, which train alone.
///
/// # Errors
/// If the rank is zero.
pub(crate) fn with_adapters(graph: Graph, rank: Option<usize>) -> Result<Graph, NetworkError> {
    match rank {
        Some(rank) => Ok(graph.with_lora(Lora::new(rank), |_| true)?),
        None => Ok(graph),
    }
}

fn full_name(network: &str, prefix: &str) -> String {
    if prefix == "*" { network.to_owned() } else { format!("{network}.{prefix}") }
}

/// The names of the network's layers that have parameters, for an error.
fn layers(graph: &Graph, network: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for param in graph.params() {
        let Some(rest) = param.name.strip_prefix(network).and_then(|rest| rest.strip_prefix('.')) else { continue };
        let layer = rest.rsplit_once('.').map_or(rest, |(layer, _)| layer).to_owned();
        if !names.contains(&layer) {
            names.push(layer);
        }
    }
    names
}
