//! A federation between rounds, as bytes.

use std::sync::Arc;

use consil_random::Key;

use super::{Federation, RestoreError, SaveError};
use crate::codec::{CodecError, Reader, Wire, Writer};
use crate::task::ClientId;

/// What a federation is apart from its configuration, layout and initial model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Saved {
    pub(crate) layout: u64,
    pub(crate) key: Key,
    pub(crate) corrections: bool,
    pub(crate) next: u64,
    pub(crate) global: Vec<f32>,
    pub(crate) memory: Vec<f64>,
    pub(crate) states: Vec<(ClientId, Vec<f32>)>,
}

impl Wire for Saved {
    const KIND: u8 = 4;

    fn write(&self, out: &mut Writer) {
        out.u64(self.layout);
        crate::codec::write_key(self.key, out);
        out.u8(u8::from(self.corrections));
        out.u64(self.next);
        out.f32s(&self.global);
        out.f64s(&self.memory);
        out.list(self.states.iter(), |out, (client, values)| {
            out.u32(client.0);
            out.f32s(values);
        });
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        let saved = Self {
            layout: from.u64()?,
            key: crate::codec::read_key(from)?,
            corrections: from.present()?,
            next: from.u64()?,
            global: from.f32s()?,
            memory: from.f64s()?,
            states: from.list(|from| Ok((ClientId(from.u32()?), from.f32s()?)))?,
        };
        if saved.states.is_sorted_by(|a, b| a.0 < b.0) { Ok(saved) } else { Err(CodecError::Order) }
    }
}

impl Federation {
    /// The federation between rounds as bytes: rounds done, global model, what the server remembers of itself and of each client.
    /// Configuration, layout and initial model are not in it; the run's spec has them.
    ///
    /// # Errors
    /// [`SaveError`] if a round is open or the store of client states fails.
    pub fn save(&self) -> Result<Vec<u8>, SaveError> {
        if self.open.is_some() {
            return Err(SaveError::RoundOpen { round: self.next });
        }
        let state = |client| Ok((client, self.states.get(client)?.unwrap_or_default()));
        let saved = Saved {
            layout: self.layout.fingerprint(),
            key: self.key,
            corrections: self.config.strategy.needs_correction(),
            next: self.next,
            global: self.global.to_vec(),
            memory: self.server.memory.clone(),
            states: self.states.clients()?.into_iter().map(state).collect::<Result<_, crate::state::StateError>>()?,
        };
        Ok(saved.to_bytes())
    }

    /// Takes up where [`Federation::save`] left off, in a federation made from the same spec. The number of rounds, and all that
    /// does not change what the bytes mean, may differ.
    ///
    /// # Errors
    /// [`RestoreError`] if the bytes are damaged, or of another model, seed or kind of strategy; the federation is then as before.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let saved = Saved::from_bytes(bytes)?;
        let n_sent = self.selection.n_sent();
        let checks = [
            ("model", saved.layout == self.layout.fingerprint()),
            ("seed", saved.key == self.key),
            ("strategy", saved.corrections == self.config.strategy.needs_correction()),
            ("choice of buffers", saved.global.len() == n_sent && saved.memory.len() == self.selection.n_trained()),
            ("client state", saved.states.iter().all(|(_, values)| values.len() == n_sent)),
        ];
        if let Some((what, _)) = checks.into_iter().find(|(_, same)| !same) {
            return Err(RestoreError::Differs { what });
        }
        for (client, values) in saved.states {
            self.states.put(client, values)?;
        }
        self.open = None;
        self.next = saved.next;
        self.global = Arc::new(saved.global);
        self.server.memory = saved.memory;
        Ok(())
    }
}
