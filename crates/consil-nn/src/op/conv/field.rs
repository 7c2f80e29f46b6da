//! The field of a row: its volume with the padding around it, laid out so that what neighbouring positions of the result read lies side by side.
//!
//! Element `k` of the kernel then reads, for all positions, the field shifted by a number that depends on `k` alone: a convolution needs no matrix of
//! columns, only the field and a list of shifts. A stride along lines cuts each line into its phases (values 0, s, 2s, … come first).

use super::columns::Windows;
use crate::kernel::simd;

/// How fields of one shape are laid out and read.
#[derive(Clone, Debug)]
pub(super) struct Field {
    windows: Windows,
    /// Planes of a channel and lines of a plane, padding included.
    planes: usize,
    lines: usize,
    /// Values of a phase of a line.
    phase: usize,
    /// Where each element of the kernel reads for the first position.
    pub shifts: Vec<u32>,
    /// What neighbouring shifts have in common.
    pub run: Run,
    /// Positions by vectors: together they are all positions.
    pub vectors: Vec<Vector>,
    pieces: Vec<Piece>,
}

/// How many neighbouring shifts are neighbouring numbers: those of a line of the kernel, where it has a usual length and reads neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    One,
    Up3,
    Down3,
    Up5,
    Down5,
}

impl Run {
    fn of(windows: &Windows) -> Self {
        match (windows.kernel[2], windows.stride[2], windows.dilation[2]) {
            (3, 1, 1) => Self::Up3,
            (5, 1, 1) => Self::Up5,
            _ => Self::One,
        }
    }

    pub fn length(self) -> usize {
        match self {
            Self::One => 1,
            Self::Up3 | Self::Down3 => 3,
            Self::Up5 | Self::Down5 => 5,
        }
    }
}

/// As many neighbouring positions as a vector has lanes; some lanes may be of no position.
#[derive(Clone, Debug)]
pub(super) struct Vector {
    /// Where the first element of the kernel reads for the first lane.
    pub at: usize,
    pieces: std::ops::Range<usize>,
}

/// Lanes that are neighbouring positions of the result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// The first lane.
    pub lane: usize,
    /// How many there are.
    pub length: usize,
    /// The position of the first.
    pub position: usize,
}

impl Field {
    pub fn new(windows: &Windows) -> Self {
        let [depth, height, width] = std::array::from_fn(|axis| windows.size[axis] + 2 * windows.padding[axis]);
        let phase = width.div_ceil(windows.stride[2]);
        let mut field = Self {
            windows: windows.clone(),
            planes: depth,
            lines: height,
            phase,
            shifts: Vec::with_capacity(windows.length()),
            run: Run::of(windows),
            vectors: Vec::new(),
            pieces: Vec::new(),
        };
        field.shift_all();
        field.cut(simd::lanes());
        field
    }

    /// The field read by the kernel backwards.
    pub fn reversed(mut self) -> Self {
        let taps = self.windows.kernel.iter().product::<usize>().max(1);
        self.shifts.chunks_exact_mut(taps).for_each(<[u32]>::reverse);
        self.run = match self.run {
            Run::One => Run::One,
            Run::Up3 => Run::Down3,
            Run::Down3 => Run::Up3,
            Run::Up5 => Run::Down5,
            Run::Down5 => Run::Up5,
        };
        self
    }

    /// The values of one field.
    pub fn length(&self) -> usize {
        self.windows.channels * self.planes * self.lines * self.line()
    }

    fn line(&self) -> usize {
        self.windows.stride[2] * self.phase
    }

    /// The positions of the result.
    pub fn positions(&self) -> usize {
        self.windows.positions()
    }

    /// The lanes of a vector that are positions.
    pub fn pieces(&self, vector: &Vector) -> &[Piece] {
        &self.pieces[vector.pieces.clone()]
    }

    fn shift_all(&mut self) {
        let Windows { channels, kernel, dilation, stride, .. } = self.windows;
        for channel in 0..channels {
            for kz in 0..kernel[0] {
                for ky in 0..kernel[1] {
                    let line = (channel * self.planes + kz * dilation[0]) * self.lines + ky * dilation[1];
                    for kx in (0..kernel[2]).map(|kx| kx * dilation[2]) {
                        let shift = line * self.line() + kx % stride[2] * self.phase + kx / stride[2];
                        self.shifts.push(u32::try_from(shift).expect("a graph's values are fewer than 2²⁸"));
                    }
                }
            }
        }
    }

    /// Cuts the positions into vectors: line by line, or across the padding between lines where that makes clearly fewer.
    fn cut(&mut self, lanes: usize) {
        let [depth, height, width] = self.windows.out_size;
        let [down, along, _] = self.windows.stride;
        let line = self.line();
        let across = (height.saturating_sub(1) * line + width).div_ceil(lanes);
        if along == 1 && 10 * across < 9 * height * width.div_ceil(lanes) {
            for z in 0..depth {
                for first in (0..across).map(|i| i * lanes) {
                    let begin = self.pieces.len();
                    for y in first / line..=((first + lanes - 1) / line).min(height - 1) {
                        let (from, to) = (first.max(y * line), (first + lanes).min(y * line + width));
                        let position = (z * height + y) * width + from - y * line;
                        let piece = Piece { lane: from - first, length: to.saturating_sub(from), position };
                        self.pieces.extend((piece.length > 0).then_some(piece));
                    }
                    let at = z * down * self.lines * line + first;
                    self.vectors.push(Vector { at, pieces: begin..self.pieces.len() });
                }
            }
            return;
        }
        for z in 0..depth {
            for y in 0..height {
                for x in (0..width).step_by(lanes) {
                    let at = (z * down * self.lines + y * along) * line + x;
                    let position = (z * height + y) * width + x;
                    let begin = self.pieces.len();
                    self.pieces.push(Piece { lane: 0, length: lanes.min(width - x), position });
                    self.vectors.push(Vector { at, pieces: begin..begin + 1 });
                }
            }
        }
    }

    /// Lays out fields of neighbouring rows one after the other: the volumes of one group begin `row` apart. What a vector may read beyond the last is zero.
    pub fn fill(&self, volumes: &[f32], row: usize, rows: usize, fields: &mut [f32]) {
        let (length, volume) = (self.length(), self.windows.volume());
        for (r, field) in fields.chunks_exact_mut(length).take(rows).enumerate() {
            self.fill_one(&volumes[r * row..][..volume], field);
        }
        fields[rows * length..].fill(0.0);
    }

    /// Lays out planes of the result's gradient vector by vector, `[vectors][height][lanes]`; zero in lanes that are no position and beyond the last plane.
    pub fn by_vector(&self, planes: &[f32], lanes: usize, height: usize, to: &mut [f32]) {
        let positions = self.positions();
        if planes.len() < height * positions {
            to.fill(0.0);
        }
        for (i, plane) in planes.chunks_exact(positions).enumerate() {
            for (vector, to) in self.vectors.iter().zip(to.chunks_exact_mut(height * lanes)) {
                let to = &mut to[i * lanes..][..lanes];
                match self.pieces(vector) {
                    [piece] if piece.length == lanes => copy(&plane[piece.position..][..lanes], to),
                    pieces => {
                        to.fill(0.0);
                        for Piece { lane, length, position } in pieces.iter().copied() {
                            copy(&plane[position..][..length], &mut to[lane..][..length]);
                        }
                    }
                }
            }
        }
    }

    fn fill_one(&self, volume: &[f32], field: &mut [f32]) {
        let Windows { size: [depth, height, width], padding, stride, .. } = self.windows;
        if padding != [0; 3] || stride[2] > 1 {
            field.fill(0.0);
        }
        let of_line = |i: usize| {
            let (z, y) = (i / height % depth, i % height);
            ((i / (depth * height) * self.planes + z + padding[0]) * self.lines + y + padding[1]) * self.line()
        };
        for (i, line) in volume.chunks_exact(width).enumerate() {
            let to = &mut field[of_line(i)..][..self.line()];
            if stride[2] == 1 {
                copy(line, &mut to[padding[2]..][..width]);
                continue;
            }
            for (phase, to) in to.chunks_exact_mut(self.phase).enumerate() {
                // The first value at or after the padding that belongs to the phase.
                let skip = (phase + stride[2] - padding[2] % stride[2]) % stride[2];
                let values = line.iter().skip(skip).step_by(stride[2]);
                to[(padding[2] + skip) / stride[2]..].iter_mut().zip(values).for_each(|(to, value)| *to = *value);
            }
        }
    }
}

/// Copies a few values: lines are so short that a call would cost more than they do.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    let ((from, from_rest), (to, to_rest)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    for (to, from) in to_rest.iter_mut().zip(from_rest) {
        *to = *from;
    }
}
