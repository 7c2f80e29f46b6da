//! Keeps padding out of the result: which frames count, followed through the layers.

use super::apply::Step;

use consil_graph::op::{self, Concat, Op, Pool, PoolKind, Reshape, ShapeMismatch, Slice};
use consil_graph::{ShapeError, ValueId};

/// A value on its way through the layers.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub value: ValueId,
    /// The mask `[T]` of the frames that count.
    pub time: Option<ValueId>,
    /// Whether a matrix is tokens `[T, D]`, time first, rather than a series `[C, T]`, time last.
    pub tokens: bool,
    /// Whether the value is known to be zero where the mask is.
    pub clean: bool,
}

impl State {
    pub fn new(value: ValueId, mask: Option<ValueId>) -> Self {
        Self { value, time: mask, tokens: false, clean: false }
    }

    pub fn mask(self) -> Option<ValueId> {
        self.time
    }

    pub fn dirty(self) -> Self {
        Self { clean: false, ..self }
    }

    pub fn without_time(self) -> Self {
        Self { time: None, ..self }
    }
}

impl Step<'_> {
    /// The value with zeros where the mask is zero.
    pub fn zeroed(&mut self, state: State) -> Result<State, ShapeError> {
        let Some(mask) = state.time.filter(|_| !state.clean) else { return Ok(state) };
        let time_first = state.tokens && self.builder.shape(state.value).len() == 2;
        let mut value = state.value;
        if time_first {
            value = self.builder.push(&self.below("time-last"), op::Transpose, &[value])?;
        }
        value = self.builder.push(&self.below("masked"), op::Mul, &[value, mask])?;
        if time_first {
            value = self.builder.push(&self.below("time-first"), op::Transpose, &[value])?;
        }
        Ok(State { value, clean: true, ..state })
    }

    /// An op over the last axis: where that is time, padding is zeroed first.
    pub fn across_last(&mut self, op: impl Into<Op>, state: State) -> Result<State, ShapeError> {
        let state = if state.tokens { state } else { self.zeroed(state)? };
        self.unary(op, state.dirty())
    }

    /// The mean over all positions that are not padding.
    pub fn global_average(&mut self, state: State) -> Result<State, ShapeError> {
        let Some(mask) = state.time else {
            let state = if state.tokens { self.unary_below("time-last", op::Transpose, state)? } else { state };
            return self.unary(op::GlobalAveragePool, State { tokens: false, ..state });
        };
        let mut state = state;
        let shape = self.builder.shape(state.value).to_vec();
        if let [channels, height, time] = shape[..] {
            state = self.unary_below("rows", Reshape::new([channels * height, time]).with_free(1), state)?;
        }
        if !state.tokens {
            state = self.unary_below("time-first", op::Transpose, state)?;
        }
        let mut value = self.builder.push(&self.below("over-time"), op::MeanTokens, &[state.value, mask])?;
        if let [channels, height, _] = shape[..] {
            let rows = Reshape::new([channels, height]);
            value = self.builder.push(&self.below("heights"), rows, &[value])?;
            value = self.builder.push(self.node, op::GlobalAveragePool, &[value])?;
        }
        Ok(State { value, tokens: false, ..state.without_time() })
    }

    /// The mask after a window of `reach` frames, moving by `stride` over `padding` zeros at both ends.
    ///
    /// Where padding centres the window (`reach − 1 = 2 · padding`), output t stands for the frame in the window's middle, `t · stride`.
    /// Without padding, it stands for the whole window and counts if all frames of it do, as for the row by itself: how far a batch pads a row
    /// does not change what it gives. The first counts always, so that a row shorter than the window is one window, continued by zeros.
    pub fn thin_out(
        &mut self,
        state: State,
        (reach, stride, padding): (usize, usize, usize),
    ) -> Result<State, ShapeError> {
        let Some(mask) = state.time else { return Ok(state) };
        let centred = reach.saturating_sub(1) == padding.saturating_mul(2);
        if centred && stride == 1 {
            return Ok(state);
        }
        if !centred && padding > 0 {
            let reason =
                "pads a masked series by other than \"same\" or 0, so that frames and padding mix; use one of these";
            return Err(self.refuse(ShapeMismatch::Unmaskable { reason }));
        }
        let [frames] = self.builder.shape(mask)[..] else {
            return Err(
                self.refuse(ShapeMismatch::Unmaskable { reason: "has a time mask that is not of the shape [T]" })
            );
        };
        let last = if centred { mask } else { self.last_frames(mask, frames, reach)? };
        let frames = self.builder.shape(last)[0];
        let row = self.builder.push(&self.below("mask-row"), Reshape::new([1, frames]).with_free(1), &[last])?;
        let window = Pool { kind: PoolKind::Max, kernel: [1], stride: [stride] };
        let thin = self.builder.push(&self.below("mask-pool"), window, &[row])?;
        let kept = self.builder.shape(thin)[1];
        let mask = self.builder.push(&self.below("mask"), Reshape::new([kept]).with_free(0), &[thin])?;
        Ok(State { time: Some(mask), ..state })
    }

    /// For each window of `reach` frames, at all positions of a mask `[T]`, whether its last frame counts; for the first window, whether its first does.
    fn last_frames(&mut self, mask: ValueId, frames: usize, reach: usize) -> Result<ValueId, ShapeError> {
        let first = self.builder.push(&self.below("mask-first"), Slice { axis: 0, start: 0, end: Some(1) }, &[mask])?;
        if frames <= reach {
            return Ok(first);
        }
        let rest = self.builder.push(&self.below("mask-last"), Slice { axis: 0, start: reach, end: None }, &[mask])?;
        self.builder.push(&self.below("mask-windows"), Concat { axis: 0 }, &[first, rest])
    }

    fn unary_below(&mut self, name: &str, op: impl Into<Op>, state: State) -> Result<State, ShapeError> {
        let value = self.builder.push(&self.below(name), op, &[state.value])?;
        Ok(State { value, ..state })
    }

    pub(super) fn below(&self, name: &str) -> String {
        format!("{}.{name}", self.node)
    }
}
