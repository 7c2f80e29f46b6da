//! What the server remembers about each client between rounds.

use std::collections::BTreeMap;
use std::error::Error;

use thiserror::Error;

use crate::sites::ClientId;

/// A vector for each client that has one.
pub type StatesByClient = BTreeMap<ClientId, Vec<f32>>;

/// A store of one vector for each client, such as SCAFFOLD's control variates: in memory, or on disk where clients are many.
///
/// States change only with a round that counts, all at once. The bytes of a federation and its store are taken back together: a store in
/// memory gives all it holds to those bytes, and one that keeps its own copy gives nothing and goes back to the round that the bytes are of.
pub trait ClientStates: Send {
    /// What is stored for a client.
    ///
    /// # Errors
    /// [`StateError`] if the store cannot be read.
    fn get(&self, client: ClientId) -> Result<Option<Vec<f32>>, StateError>;

    /// Stores what `round` changed, all or nothing.
    ///
    /// # Errors
    /// [`StateError`] if the store cannot be written; it is then as before.
    fn commit(&mut self, round: u64, changed: StatesByClient) -> Result<(), StateError>;

    /// What the federation's own bytes are to hold.
    ///
    /// # Errors
    /// [`StateError`] if the store cannot be read.
    fn save(&self) -> Result<StatesByClient, StateError>;

    /// Goes back to how it was when `saved` was given and `round` was the next round.
    ///
    /// # Errors
    /// [`StateError`] if the store cannot be written, or no longer knows that round.
    fn restore(&mut self, round: u64, saved: StatesByClient) -> Result<(), StateError>;
}

/// Client states in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryStates {
    values: StatesByClient,
}

impl ClientStates for MemoryStates {
    fn get(&self, client: ClientId) -> Result<Option<Vec<f32>>, StateError> {
        Ok(self.values.get(&client).cloned())
    }

    fn commit(&mut self, _round: u64, changed: StatesByClient) -> Result<(), StateError> {
        self.values.extend(changed);
        Ok(())
    }

    fn save(&self) -> Result<StatesByClient, StateError> {
        Ok(self.values.clone())
    }

    fn restore(&mut self, _round: u64, saved: StatesByClient) -> Result<(), StateError> {
        self.values = saved;
        Ok(())
    }
}

/// A store of client states failed.
#[derive(Debug, Error)]
#[error("the store of client states failed")]
pub struct StateError(#[source] pub Box<dyn Error + Send + Sync>);
