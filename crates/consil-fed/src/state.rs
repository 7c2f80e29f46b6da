//! What the server remembers about each client between rounds.

use std::collections::BTreeMap;
use std::error::Error;

use thiserror::Error;

use crate::task::ClientId;

/// A store of one vector for each client, such as FedDyn's corrections: in memory, or on disk where clients are many.
pub trait ClientStates: Send {
    /// What is stored for a client.
    ///
    /// # Errors
    /// [`StateError`] if the store cannot be read.
    fn get(&self, client: ClientId) -> Result<Option<Vec<f32>>, StateError>;

    /// Stores a client's vector in place of the one before.
    ///
    /// # Errors
    /// [`StateError`] if the store cannot be written.
    fn put(&mut self, client: ClientId, values: Vec<f32>) -> Result<(), StateError>;

    /// The clients that have a vector, ascending.
    ///
    /// # Errors
    /// [`StateError`] if the store cannot be read.
    fn clients(&self) -> Result<Vec<ClientId>, StateError>;
}

/// Client states in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryStates {
    values: BTreeMap<ClientId, Vec<f32>>,
}

impl ClientStates for MemoryStates {
    fn get(&self, client: ClientId) -> Result<Option<Vec<f32>>, StateError> {
        Ok(self.values.get(&client).cloned())
    }

    fn put(&mut self, client: ClientId, values: Vec<f32>) -> Result<(), StateError> {
        self.values.insert(client, values);
        Ok(())
    }

    fn clients(&self) -> Result<Vec<ClientId>, StateError> {
        Ok(self.values.keys().copied().collect())
    }
}

/// A store of client states failed.
#[derive(Debug, Error)]
#[error("the store of client states failed")]
pub struct StateError(#[source] pub Box<dyn Error + Send + Sync>);
