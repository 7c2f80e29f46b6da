//! The sites of a federation: each has a number, by which the protocol calls it, and a name, by which people do.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// The number of a site, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ClientId(pub u32);

impl ClientId {
    /// The site's place in a list of all sites.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What people call a site: the value of the column that divides the rows, or the site's number where there is none.
///
/// Shown as `site NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteName(Arc<str>);

impl SiteName {
    /// A name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SiteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "site {}", self.0)
    }
}

impl Serialize for SiteName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// All sites of a federation. Numbered ones take no memory for their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sites {
    n_sites: u32,
    names: Option<Arc<[SiteName]>>,
}

impl Sites {
    /// So many sites, named by their numbers from 0.
    pub fn numbered(n_sites: u32) -> Self {
        Self { n_sites, names: None }
    }

    /// Sites with names, in the order of their numbers.
    ///
    /// # Errors
    /// [`SitesError`] if a name occurs twice, is empty, or there are more than 2³² sites.
    pub fn named<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, SitesError> {
        let names: Vec<SiteName> = names.into_iter().map(|name| SiteName::new(name.as_ref())).collect();
        let mut seen = BTreeSet::new();
        if let Some(name) = names.iter().find(|name| name.as_str().is_empty() || !seen.insert(name.as_str())) {
            return Err(SitesError::Name { name: name.as_str().to_owned() });
        }
        let n_sites = u32::try_from(names.len()).map_err(|_| SitesError::Many)?;
        Ok(Self { n_sites, names: Some(names.into()) })
    }

    /// How many there are.
    pub fn n_sites(&self) -> u32 {
        self.n_sites
    }

    /// All of them, ascending.
    pub fn ids(&self) -> impl Iterator<Item = ClientId> + use<> {
        (0..self.n_sites).map(ClientId)
    }

    /// Whether the number is one of a site.
    pub fn contains(&self, client: ClientId) -> bool {
        client.0 < self.n_sites
    }

    /// What a site is called; one that does not exist is called by its number.
    pub fn name(&self, client: ClientId) -> SiteName {
        let named = self.names.as_ref().and_then(|names| names.get(client.index()));
        named.cloned().unwrap_or_else(|| SiteName::new(&client.0.to_string()))
    }
}

/// Why names are not the names of sites.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SitesError {
    /// An empty name, or one that two sites have.
    #[error("{name:?} does not tell one site from the others: names of sites are not empty, and none occurs twice")]
    Name {
        /// The name.
        name: String,
    },
    /// More sites than numbers.
    #[error("there are more sites than can be numbered (2³²)")]
    Many,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_called_by_its_name_and_otherwise_by_its_number() {
        let named = Sites::named(["north", "south"]).unwrap();
        assert_eq!(named.name(ClientId(1)).to_string(), "site south");
        assert_eq!(named.name(ClientId(7)).to_string(), "site 7");
        let numbered = Sites::numbered(3);
        assert_eq!(numbered.name(ClientId(2)).to_string(), "site 2");
        assert_eq!(numbered.ids().count(), 3);
        assert!(numbered.contains(ClientId(2)) && !numbered.contains(ClientId(3)));
    }

    #[test]
    fn names_that_do_not_tell_sites_apart_are_refused() {
        for names in [["a", "a"], ["a", ""]] {
            assert!(matches!(Sites::named(names), Err(SitesError::Name { .. })));
        }
    }
}
