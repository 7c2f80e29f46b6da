//! Gradients of all parameters of a system, and what its buffers saw.

use std::ops::Range;
use std::sync::Arc;

use consil_graph::Layout;

use crate::kernel::step::{Statistic, Target};
use crate::slot::Slot;

/// One number for each parameter value of a [`Layout`], in its order, and the batch statistics for its buffers.
///
/// Made once and [restarted](Self::restart) for each step, it costs no pass over parameters that a step does not reach: what a gradient is first
/// written to needs no zeros.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradients {
    values: Vec<f32>,
    places: Arc<[Range<usize>]>,
    states: Vec<State>,
    /// Parameters that are left out, by their number; none where it is empty.
    left_out: Vec<bool>,
    statistics: Vec<(usize, Statistic)>,
}

/// What the values of one parameter are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Zeros.
    Zero,
    /// Left over from an earlier step; to be overwritten, or set to zero before anyone looks.
    Stale,
    /// A gradient.
    Reached,
}

impl Gradients {
    /// All zeros, and no statistics.
    pub fn zeros(layout: &Layout) -> Self {
        let places: Arc<[Range<usize>]> = layout.entries().iter().map(|entry| entry.range()).collect();
        let states = vec![State::Zero; places.len()];
        Self { values: vec![0.0; layout.n_values()], places, states, left_out: Vec::new(), statistics: Vec::new() }
    }

    /// From now on the parameters at these places have no gradient, and no work is done for one: what leads to nothing else is not gone back through. Those
    /// that were left out before are so no longer.
    pub fn leave_out(&mut self, is_left_out: impl Fn(&Range<usize>) -> bool) {
        self.left_out = self.places.iter().map(is_left_out).collect();
    }

    /// Forgets everything, without a pass over the values. Until [`settle`](Self::settle) is called, only gradients may be added.
    pub fn restart(&mut self) {
        self.statistics.clear();
        for state in self.states.iter_mut().filter(|state| **state == State::Reached) {
            *state = State::Stale;
        }
    }

    /// Sets to zero what has not been reached since the restart.
    pub fn settle(&mut self) {
        for (state, place) in self.states.iter_mut().zip(self.places.iter()) {
            if *state == State::Stale {
                self.values[place.clone()].fill(0.0);
                *state = State::Zero;
            }
        }
    }

    /// The gradients, in the order of the layout; zero where nothing is trained or reached.
    pub fn values(&self) -> &[f32] {
        debug_assert!(
            !self.states.contains(&State::Stale),
            "gradients that were restarted are read before they settle"
        );
        &self.values
    }

    /// The gradients, to be written; all parameters then count as reached.
    pub fn values_mut(&mut self) -> &mut [f32] {
        self.settle();
        self.states.fill(State::Reached);
        &mut self.values
    }

    /// The stretches of the flat vector that gradients have reached, as few as can be.
    pub(crate) fn reached(&self) -> impl Iterator<Item = Range<usize>> {
        let mut reached = self.places.iter().zip(&self.states).filter(|(_, s)| **s == State::Reached).peekable();
        std::iter::from_fn(move || {
            let mut stretch = reached.next()?.0.clone();
            while let Some((next, _)) = reached.next_if(|(next, _)| next.start == stretch.end) {
                stretch.end = next.end;
            }
            Some(stretch)
        })
    }

    /// The Euclidean norm over all parameters.
    pub fn norm(&self) -> f64 {
        self.reached().map(|range| square(&self.values[range])).sum::<f64>().sqrt()
    }

    /// Multiplies every gradient; statistics are not gradients and stay.
    pub fn scale(&mut self, factor: f32) {
        let Self { values, places, states, .. } = self;
        for (place, _) in places.iter().zip(states).filter(|(_, state)| **state == State::Reached) {
            values[place.clone()].iter_mut().for_each(|g| *g *= factor);
        }
    }

    /// Scales down to at most `limit` where the norm is above it (Pascanu et al., 2013); gives the norm before.
    pub fn clip_norm(&mut self, limit: f64) -> f64 {
        let norm = self.norm();
        if norm > limit {
            self.scale((limit / norm) as f32);
        }
        norm
    }

    /// Adds gradients of the same layout; their statistics come after one's own.
    ///
    /// # Panics
    /// If the layouts differ in length.
    pub fn add(&mut self, other: &Gradients) {
        assert_eq!(self.values.len(), other.values.len(), "gradients of different layouts do not add");
        self.settle();
        for (i, state) in other.states.iter().enumerate().filter(|(_, state)| **state == State::Reached) {
            let place = other.places[i].clone();
            self.values[place.clone()].iter_mut().zip(&other.values[place]).for_each(|(a, b)| *a += b);
            self.states[i] = *state;
        }
        self.statistics.extend_from_slice(&other.statistics);
    }

    /// Zeros of the same layout.
    pub(crate) fn empty_copy(&self) -> Self {
        let states = vec![State::Zero; self.states.len()];
        let (places, left_out) = (self.places.clone(), self.left_out.clone());
        Self { values: vec![0.0; self.values.len()], places, states, left_out, statistics: Vec::new() }
    }

    /// Adds `factor` times gradients of the same layout.
    pub(crate) fn add_scaled(&mut self, other: &Gradients, factor: f32) {
        for (i, state) in other.states.iter().enumerate().filter(|(_, state)| **state == State::Reached) {
            let place = other.places[i].clone();
            self.values[place.clone()].iter_mut().zip(&other.values[place]).for_each(|(a, b)| *a += factor * b);
            self.states[i] = *state;
        }
    }

    /// Moves the buffers towards the statistics, in the order they were met.
    ///
    /// # Panics
    /// If `weights` is of another layout.
    pub fn update_buffers(&self, weights: &mut [f32]) {
        for (offset, Statistic { momentum, values }) in &self.statistics {
            let buffer = &mut weights[*offset..offset + values.len()];
            buffer.iter_mut().zip(values).for_each(|(old, new)| *old = (1.0 - momentum) * *old + momentum * new);
        }
    }

    /// All of them, to be written by one run.
    pub(crate) fn whole(&mut self) -> GradientPart<'_> {
        let n = self.places.len();
        self.parts(1, &vec![Some(0); n]).remove(0)
    }

    /// Cuts the gradients into `n` parts, each for another thread to write: `part_of` says for each parameter which part it belongs to. What the parts saw
    /// is to be [kept](Self::keep_statistics) afterwards.
    pub(crate) fn parts(&mut self, n: usize, part_of: &[Option<usize>]) -> Vec<GradientPart<'_>> {
        let Self { values, places, states, left_out, .. } = self;
        let part = || GradientPart { targets: Vec::new(), left_out, statistics: Vec::new() };
        let mut parts: Vec<GradientPart<'_>> = std::iter::repeat_with(part).take(n).collect();
        parts.iter_mut().for_each(|part| part.targets.resize_with(places.len(), || None));
        let (mut rest, mut at) = (&mut values[..], 0);
        for (entry, ((place, state), part)) in places.iter().zip(states).zip(part_of).enumerate() {
            // Parameters lie in the order of the layout, one behind the other.
            let (own, after) = rest.split_at_mut(place.end - at);
            let own = &mut own[place.start - at..];
            (rest, at) = (after, place.end);
            if let Some(part) = part {
                parts[*part].targets[entry] = Some((own, state));
            }
        }
        parts
    }

    /// Adds statistics after those that are there.
    pub(crate) fn keep_statistics(&mut self, statistics: Vec<(usize, Statistic)>) {
        self.statistics.extend(statistics);
    }
}

/// The gradients of some parameters, apart from the others': what one of several runs that go back at once writes.
pub(crate) struct GradientPart<'g> {
    /// By the number of the parameter; none for those of other parts.
    targets: Vec<Option<(&'g mut [f32], &'g mut State)>>,
    left_out: &'g [bool],
    statistics: Vec<(usize, Statistic)>,
}

impl GradientPart<'_> {
    /// Whether a parameter is left out.
    pub fn leaves_out(&self, slot: &Slot) -> bool {
        self.left_out.get(slot.entry).copied().unwrap_or(false)
    }

    /// Where the gradient of a parameter goes: set by who comes first, then added to.
    ///
    /// # Panics
    /// If the parameter belongs to another part.
    pub fn target(&mut self, slot: &Slot) -> Target<'_> {
        let (values, state) = self.targets[slot.entry].as_mut().expect("a parameter of this part");
        let before = std::mem::replace(*state, State::Reached);
        Target { values, add: before == State::Reached }
    }

    pub fn push_statistic(&mut self, offset: usize, statistic: Statistic) {
        self.statistics.push((offset, statistic));
    }

    /// What batch normalisation has seen since they were taken last.
    pub fn take_statistics(&mut self) -> Vec<(usize, Statistic)> {
        std::mem::take(&mut self.statistics)
    }
}

/// `Σ x²`, short stretches in f32 lanes and their sums in f64.
fn square(values: &[f32]) -> f64 {
    use crate::kernel::{simd::vectorised, sums::sum_of_squares};
    vectorised(
        #[inline(always)]
        || values.chunks(4096).map(|chunk| f64::from(sum_of_squares(chunk))).sum(),
    )
}
