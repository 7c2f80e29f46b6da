//! Convolution as products of matrices (Chellapilla et al., 2006): for each sample, the windows of the image become the columns of
//! a matrix, and the kernel times that matrix is the result.
//!
//! The matrix of columns lives in the cache and is made again on the way back rather than kept. Samples are shared out in blocks whose
//! number depends on the batch alone, and the blocks' gradients of the kernel are summed in order: so any number of threads gives
//! the same bits.

use consil_graph::Conv;
use rayon::prelude::*;

use crate::interpret::fused::Fused;
use crate::interpret::product::{Matrix, add_product, set_product};

/// At most this many blocks, hence threads.
const BLOCKS: usize = 16;

/// Multiplications below which waking a second thread costs more than it gives.
const WORTH_SHARING: usize = 1 << 21;

/// A convolution of images of one size.
#[derive(Clone, Debug)]
pub(super) struct Convolution {
    batch: usize,
    channels: usize,
    size: [usize; 2],
    out_channels: usize,
    out_size: [usize; 2],
    conv: Conv<2>,
}

impl Convolution {
    /// A convolution of images `[B, C, H, W]`.
    pub fn new([batch, channels, height, width]: [usize; 4], conv: &Conv<2>) -> Self {
        let size = [height, width];
        let out_size = [0, 1].map(|axis| {
            let reach = conv.dilation[axis] * (conv.kernel[axis] - 1) + 1;
            (size[axis] + 2 * conv.padding[axis] - reach) / conv.stride[axis] + 1
        });
        Self { batch, channels, size, out_channels: conv.out, out_size, conv: conv.clone() }
    }

    /// The channels that a group reads, and those it writes.
    fn group_channels(&self) -> [usize; 2] {
        [self.channels / self.conv.groups, self.out_channels / self.conv.groups]
    }

    /// The rows of the matrix of columns: one for each element of a group's kernel.
    fn column_length(&self) -> usize {
        self.group_channels()[0] * self.conv.kernel[0] * self.conv.kernel[1]
    }

    /// The columns of that matrix: one for each position of the result.
    fn positions(&self) -> usize {
        self.out_size[0] * self.out_size[1]
    }

    fn sample_length(&self) -> usize {
        self.channels * self.size[0] * self.size[1]
    }

    fn out_sample_length(&self) -> usize {
        self.out_channels * self.positions()
    }

    /// Samples in a block.
    fn block(&self) -> usize {
        self.batch.div_ceil(BLOCKS)
    }

    fn is_worth_sharing(&self) -> bool {
        self.batch * self.out_channels * self.column_length() * self.positions() >= WORTH_SHARING
    }

    /// Whether the image itself is the matrix of columns.
    fn is_pointwise(&self) -> bool {
        self.conv.kernel == [1, 1] && self.conv.stride == [1, 1] && self.conv.padding == [0, 0]
    }

    /// Visits every stretch of the matrix of columns that lies within the image; what is between them is padding.
    fn for_each_stretch(&self, mut visit: impl FnMut(Stretch)) {
        let Conv { kernel, stride, padding, dilation, .. } = &self.conv;
        let [height, width] = self.size;
        let [out_height, out_width] = self.out_size;
        let mut row = 0;
        for channel in 0..self.group_channels()[0] {
            for ky in 0..kernel[0] {
                for kx in 0..kernel[1] {
                    let shift = kx * dilation[1];
                    // Positions x with 0 ≤ x · stride + shift − padding < width.
                    let first = padding[1].saturating_sub(shift).div_ceil(stride[1]);
                    let last = (width + padding[1]).saturating_sub(shift).div_ceil(stride[1]).min(out_width);
                    if first < last {
                        for y in 0..out_height {
                            let Some(from) = (y * stride[0] + ky * dilation[0]).checked_sub(padding[0]) else {
                                continue;
                            };
                            if from < height {
                                visit(Stretch {
                                    at: row * out_height * out_width + y * out_width + first,
                                    length: last - first,
                                    from: (channel * height + from) * width + first * stride[1] + shift - padding[1],
                                });
                            }
                        }
                    }
                    row += 1;
                }
            }
        }
    }

    /// Writes the matrix of columns of a group's channels.
    fn gather(&self, image: &[f32], columns: &mut [f32]) {
        let step = self.conv.stride[1];
        self.for_each_stretch(|Stretch { at, length, from }| {
            let to = &mut columns[at..at + length];
            if step == 1 {
                to.copy_from_slice(&image[from..from + length]);
            } else {
                to.iter_mut().zip(image[from..].iter().step_by(step)).for_each(|(to, from)| *to = *from);
            }
        });
    }

    /// Adds the matrix of columns back to a group's channels: the transpose of [`gather`](Self::gather).
    fn scatter(&self, columns: &[f32], image: &mut [f32]) {
        let step = self.conv.stride[1];
        self.for_each_stretch(|Stretch { at, length, from }| {
            let columns = &columns[at..at + length];
            if step == 1 {
                image[from..from + length].iter_mut().zip(columns).for_each(|(to, c)| *to += c);
            } else {
                image[from..].iter_mut().step_by(step).zip(columns).for_each(|(to, c)| *to += c);
            }
        });
    }

    fn forward_block(&self, x: &[f32], weight: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
        let [inputs, outputs] = self.group_channels();
        let (length, positions) = (self.column_length(), self.positions());
        // What padding contributes stays zero: `gather` writes the same stretches for every sample.
        let mut columns = vec![0.0; if self.is_pointwise() { 0 } else { length * positions }];
        for (x, y) in x.chunks_exact(self.sample_length()).zip(y.chunks_exact_mut(self.out_sample_length())) {
            if let Some(bias) = bias {
                y.chunks_exact_mut(positions).zip(bias).for_each(|(y, bias)| y.fill(*bias));
            }
            let groups =
                x.chunks_exact(inputs * self.size[0] * self.size[1]).zip(y.chunks_exact_mut(outputs * positions));
            for ((x, y), weight) in groups.zip(weight.chunks_exact(outputs * length)) {
                let weight = Matrix::new(weight, outputs, length);
                let columns = Matrix::new(self.columns_of(x, &mut columns), length, positions);
                if bias.is_some() { add_product(y, weight, columns) } else { set_product(y, weight, columns) }
            }
        }
    }

    fn columns_of<'a>(&self, x: &'a [f32], columns: &'a mut [f32]) -> &'a [f32] {
        if self.is_pointwise() {
            return x;
        }
        self.gather(x, columns);
        columns
    }

    /// The gradients that a block of samples gives: of its own images (into `dx`, which is zero before), of the kernel and of
    /// the bias; empty where not wanted.
    fn backward_block(&self, x: &[f32], weight: &[f32], dy: &[f32], dx: &mut [f32], wanted: Wanted) -> [Vec<f32>; 2] {
        let [inputs, outputs] = self.group_channels();
        let (length, positions) = (self.column_length(), self.positions());
        let mut columns = vec![0.0; length * positions];
        let mut spread = vec![0.0; if wanted.x { length * positions } else { 0 }];
        let mut dweight = vec![0.0; if wanted.weight { weight.len() } else { 0 }];
        let mut dbias = vec![0.0; if wanted.bias { self.out_channels } else { 0 }];
        let group_length = inputs * self.size[0] * self.size[1];
        for (i, (x, dy)) in
            x.chunks_exact(self.sample_length()).zip(dy.chunks_exact(self.out_sample_length())).enumerate()
        {
            if wanted.bias {
                dbias.iter_mut().zip(dy.chunks_exact(positions)).for_each(|(db, dy)| *db += sum(dy));
            }
            for (g, dy) in dy.chunks_exact(outputs * positions).enumerate() {
                let dy = Matrix::new(dy, outputs, positions);
                let of_weight = g * outputs * length..(g + 1) * outputs * length;
                let of_image = g * group_length..(g + 1) * group_length;
                if wanted.weight {
                    let columns = Matrix::new(self.columns_of(&x[of_image.clone()], &mut columns), length, positions);
                    add_product(&mut dweight[of_weight.clone()], dy, columns.transposed());
                }
                if wanted.x {
                    let dx = &mut dx[i * self.sample_length()..][of_image];
                    let weight = Matrix::new(&weight[of_weight], outputs, length).transposed();
                    if self.is_pointwise() {
                        set_product(dx, weight, dy);
                    } else {
                        set_product(&mut spread, weight, dy);
                        self.scatter(&spread, dx);
                    }
                }
            }
        }
        [dweight, dbias]
    }

    fn run_forward(&self, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let mut y = vec![0.0; self.batch * self.out_sample_length()];
        if self.is_worth_sharing() {
            x.par_chunks(self.block() * self.sample_length())
                .zip(y.par_chunks_mut(self.block() * self.out_sample_length()))
                .for_each(|(x, y)| self.forward_block(x, weight, bias, y));
        } else {
            self.forward_block(x, weight, bias, &mut y);
        }
        y
    }

    /// The gradients of images, kernel and bias.
    fn run_backward(&self, x: &[f32], weight: &[f32], dy: &[f32], wanted: Wanted) -> [Vec<f32>; 3] {
        let (of_x, of_y) = (self.block() * self.sample_length(), self.block() * self.out_sample_length());
        let mut dx = vec![0.0; x.len()];
        let run = |((x, dy), dx): ((&[f32], &[f32]), &mut [f32])| self.backward_block(x, weight, dy, dx, wanted);
        let parts: Vec<[Vec<f32>; 2]> = if self.is_worth_sharing() {
            x.par_chunks(of_x).zip(dy.par_chunks(of_y)).zip(dx.par_chunks_mut(of_x)).map(run).collect()
        } else {
            x.chunks(of_x).zip(dy.chunks(of_y)).zip(dx.chunks_mut(of_x)).map(run).collect()
        };
        let [dweight, dbias] = parts
            .into_iter()
            .reduce(|mut total, part| {
                for (total, part) in total.iter_mut().zip(&part) {
                    total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
                }
                total
            })
            .expect("a batch has at least one block");
        [dx, dweight, dbias]
    }
}

/// With a bias.
impl Fused<3> for Convolution {
    fn shape(&self) -> Vec<usize> {
        vec![self.batch, self.out_channels, self.out_size[0], self.out_size[1]]
    }

    fn forward(&self, [x, weight, bias]: [&[f32]; 3]) -> Vec<f32> {
        self.run_forward(x, weight, Some(bias))
    }

    fn backward(&self, [x, weight, _]: [&[f32]; 3], dy: &[f32], wanted: [bool; 3]) -> [Option<Vec<f32>>; 3] {
        let [of_x, of_weight, bias] = wanted;
        self.run_backward(x, weight, dy, Wanted { x: of_x, weight: of_weight, bias }).map(Some)
    }
}

/// Without a bias.
impl Fused<2> for Convolution {
    fn shape(&self) -> Vec<usize> {
        Fused::<3>::shape(self)
    }

    fn forward(&self, [x, weight]: [&[f32]; 2]) -> Vec<f32> {
        self.run_forward(x, weight, None)
    }

    fn backward(&self, [x, weight]: [&[f32]; 2], dy: &[f32], wanted: [bool; 2]) -> [Option<Vec<f32>>; 2] {
        let [of_x, of_weight] = wanted;
        let [dx, dweight, _] = self.run_backward(x, weight, dy, Wanted { x: of_x, weight: of_weight, bias: false });
        [Some(dx), Some(dweight)]
    }
}

/// The sum, in as many lanes as let the additions overlap.
fn sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<16>();
    let mut lanes = [0.0; 16];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value);
    }
    lanes.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// Consecutive elements of a row of the matrix of columns.
struct Stretch {
    /// Where it begins in the matrix.
    at: usize,
    /// How many elements it has.
    length: usize,
    /// Where its first element is read from in the group's channels.
    from: usize,
}

/// Which gradients are asked for.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    x: bool,
    weight: bool,
    bias: bool,
}
