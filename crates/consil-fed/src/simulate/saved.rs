//! A simulation between rounds, as bytes.

use super::{ResumeError, Simulation};
use crate::client::Client;
use crate::codec::{CodecError, Reader, Wire, Writer, seal, unseal};
use crate::federation::saved::{Saved, is_v1, read_states, read_v1, write_states};
use crate::sites::ClientId;
use crate::state::{StateError, StatesByClient};

/// A federation, and what the sites keep.
struct SavedSimulation {
    federation: Saved,
    kept: StatesByClient,
}

impl Wire for SavedSimulation {
    const KIND: u8 = 7;

    fn write(&self, out: &mut Writer) {
        self.federation.write(out);
        write_states(&self.kept, out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self { federation: Saved::read(from)?, kept: read_states(from)? })
    }
}

/// A state as version 0.1 wrote it: the bytes of the federation, then what each site keeps.
fn from_v1(bytes: &[u8]) -> Result<(SavedSimulation, usize), CodecError> {
    const KIND: u8 = 5;
    let mut from = Reader::new(bytes);
    from.header_of(1, KIND)?;
    let federation = read_v1(from.bytes()?)?;
    let kept = from.list(Reader::f32s)?;
    let n_sites = kept.len();
    let kept = (0..).map(ClientId).zip(kept).filter(|(_, values)| !values.is_empty()).collect();
    match from.left() {
        0 => Ok((SavedSimulation { federation, kept }, n_sites)),
        left => Err(CodecError::Trailing { left }),
    }
}

impl<C: Client> Simulation<C> {
    /// The simulation after the last round that counted, as bytes: the federation, and what each site keeps.
    ///
    /// # Errors
    /// [`StateError`] if a store of states fails.
    pub fn save(&self) -> Result<Vec<u8>, StateError> {
        let saved = SavedSimulation { federation: self.federation.to_saved()?, kept: self.kept.save()? };
        Ok(seal(&saved.to_bytes()))
    }

    /// Takes up where [`Simulation::save`] left off, in a simulation made from the same spec: what follows is bit for bit
    /// what would have followed. States of version 0.1 are read too; what follows them draws by today's keys.
    ///
    /// # Errors
    /// [`ResumeError`] if the bytes are damaged or of another spec; the simulation is then as before.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), ResumeError> {
        let SavedSimulation { federation, kept } = match is_v1(bytes) {
            true => {
                let (saved, found) = from_v1(bytes)?;
                if found != self.clients.len() {
                    return Err(ResumeError::Sites { sites: self.clients.len(), found });
                }
                saved
            }
            false => SavedSimulation::from_bytes(unseal(bytes)?)?,
        };
        self.federation.restore_saved(federation)?;
        Ok(self.kept.restore(self.federation.round(), kept)?)
    }
}
