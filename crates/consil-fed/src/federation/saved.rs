//! A federation between rounds, as bytes.

use std::sync::Arc;

use consil_random::Key;

use super::{Committed, Federation, RestoreError};
use crate::codec::{CodecError, MAGIC, Reader, Wire, Writer, seal, unseal};
use crate::keys;
use crate::sites::ClientId;
use crate::state::{StateError, StatesByClient};

/// What a federation is apart from its configuration, layout and initial model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Saved {
    layout: u64,
    key: SavedKey,
    strategy: SavedStrategy,
    next: u64,
    stopped: bool,
    global: Vec<f32>,
    memory: Vec<f64>,
    states: StatesByClient,
}

/// What tells the federation's key from others.
#[derive(Clone, Copy, Debug, PartialEq)]
enum SavedKey {
    Check(u64),
    /// The words of the key that clients were chosen under.
    V1([u64; 4]),
}

impl SavedKey {
    fn is(self, federation: Key) -> bool {
        match self {
            Self::Check(check) => check == keys::check(federation),
            Self::V1(words) => words == federation.child("federation").to_words(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum SavedStrategy {
    /// As the spec spells it.
    Named(String),
    V1 {
        has_states: bool,
    },
}

impl SavedStrategy {
    fn is(&self, name: &str) -> bool {
        match self {
            Self::Named(saved) => saved == name,
            Self::V1 { has_states: true } => name == "fed-dyn",
            Self::V1 { has_states: false } => ["fed-avg", "fed-avgm", "fed-prox"].contains(&name),
        }
    }
}

impl Wire for Saved {
    const KIND: u8 = 6;

    fn write(&self, out: &mut Writer) {
        out.u64(self.layout);
        // What was read of version 1 is taken in and never written again.
        if let (SavedKey::Check(check), SavedStrategy::Named(name)) = (self.key, &self.strategy) {
            out.u64(check);
            out.str(name);
        }
        out.u64(self.next);
        out.u8(u8::from(self.stopped));
        out.f32s(&self.global);
        out.f64s(&self.memory);
        write_states(&self.states, out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            layout: from.u64()?,
            key: SavedKey::Check(from.u64()?),
            strategy: SavedStrategy::Named(from.str()?),
            next: from.u64()?,
            stopped: from.present()?,
            global: from.f32s()?,
            memory: from.f64s()?,
            states: read_states(from)?,
        })
    }
}

/// A vector for each client that has one, ascending.
pub(crate) fn write_states(states: &StatesByClient, out: &mut Writer) {
    out.list(states.iter(), |out, (client, values)| {
        out.u32(client.0);
        out.f32s(values);
    });
}

/// What [`write_states`] wrote.
pub(crate) fn read_states(from: &mut Reader<'_>) -> Result<StatesByClient, CodecError> {
    let states = from.list(|from| Ok((ClientId(from.u32()?), from.f32s()?)))?;
    if states.is_sorted_by(|a, b| a.0 < b.0) { Ok(states.into_iter().collect()) } else { Err(CodecError::Order) }
}

/// A state as version 0.1 wrote it: no checksum, the four words of a key, client states as long as the sent order.
pub(crate) fn read_v1(bytes: &[u8]) -> Result<Saved, CodecError> {
    const KIND: u8 = 4;
    let mut from = Reader::new(bytes);
    from.header_of(1, KIND)?;
    let layout = from.u64()?;
    let key = SavedKey::V1([from.u64()?, from.u64()?, from.u64()?, from.u64()?]);
    let has_states = from.present()?;
    let (next, global, memory) = (from.u64()?, from.f32s()?, from.f64s()?);
    let mut states = read_states(&mut from)?;
    states.values_mut().for_each(|values| values.truncate(memory.len()));
    match from.left() {
        0 => {}
        left => return Err(CodecError::Trailing { left }),
    }
    let strategy = SavedStrategy::V1 { has_states };
    Ok(Saved { layout, key, strategy, next, stopped: false, global, memory, states })
}

impl Federation {
    /// The state after the last round that counted, as bytes: rounds done, global model, what the server remembers of itself and of each
    /// client. Of an open round nothing is in it. Configuration, layout and initial model are not in it; the run's spec has them.
    ///
    /// # Errors
    /// [`StateError`] if the store of client states fails.
    pub fn save(&self) -> Result<Vec<u8>, StateError> {
        Ok(seal(&self.to_saved()?.to_bytes()))
    }

    pub(crate) fn to_saved(&self) -> Result<Saved, StateError> {
        Ok(Saved {
            layout: self.layout.fingerprint(),
            key: SavedKey::Check(keys::check(self.key)),
            strategy: SavedStrategy::Named(self.config.strategy.name().to_owned()),
            next: self.committed.next,
            stopped: self.committed.stopped,
            global: self.committed.global.to_vec(),
            memory: self.committed.memory.clone(),
            states: self.states.save()?,
        })
    }

    /// Takes up where [`Federation::save`] left off, in a federation made from the same spec; also what version 0.1 stored. The number of
    /// rounds, and all that does not change what the bytes mean, may differ. An open round is dropped.
    ///
    /// # Errors
    /// [`RestoreError`] if the bytes are damaged, or of another model, seed or kind of strategy; the federation is then as before.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let saved = if is_v1(bytes) { read_v1(bytes)? } else { Saved::from_bytes(unseal(bytes)?)? };
        self.restore_saved(saved)
    }

    pub(crate) fn restore_saved(&mut self, saved: Saved) -> Result<(), RestoreError> {
        let (n_sent, n_trained) = (self.entries.n_sent(), self.entries.n_trained());
        let checks = [
            ("model", saved.layout == self.layout.fingerprint()),
            ("seed", saved.key.is(self.key)),
            ("strategy", saved.strategy.is(self.config.strategy.name())),
            ("choice of buffers", saved.global.len() == n_sent && saved.memory.len() == n_trained),
            ("client state", saved.states.values().all(|values| values.len() == n_trained)),
            ("number of sites", saved.states.keys().all(|client| self.sites.contains(*client))),
        ];
        if let Some((what, _)) = checks.into_iter().find(|(_, same)| !same) {
            return Err(RestoreError::Differs { what });
        }
        self.states.restore(saved.next, saved.states)?;
        self.open = None;
        let Saved { next, stopped, global, memory, .. } = saved;
        self.committed = Committed { next, stopped, global: Arc::new(global), memory };
        Ok(())
    }
}

/// Whether stored bytes are version 0.1's: a bare message of version 1.
pub(crate) fn is_v1(bytes: &[u8]) -> bool {
    bytes.strip_prefix(&MAGIC).and_then(|rest| rest.first()) == Some(&1)
}
