//! Random search: what every other search must beat.

use consil_random::{Key, Stream};

use super::{Evaluated, Genome, Searcher, Space};

/// Genomes drawn independently and uniformly.
#[derive(Clone, Debug)]
pub struct RandomSearch {
    space: Space,
    generation: usize,
    stream: Stream,
}

impl RandomSearch {
    /// A random search that proposes `generation` genomes at a time.
    pub fn new(space: Space, generation: usize, key: Key) -> Self {
        Self { space, generation: generation.max(1), stream: key.child("random search").stream() }
    }
}

impl Searcher for RandomSearch {
    fn ask(&mut self) -> Vec<Genome> {
        (0..self.generation).map(|_| self.space.draw(&mut self.stream)).collect()
    }

    fn tell(&mut self, _: Vec<Evaluated>) {}
}
