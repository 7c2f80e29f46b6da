//! A value of the running graph: a burn tensor of any rank that a graph may hold, the batch as its first axis.

use burn::tensor::{Device, Tensor, TensorData};
use consil_graph::Array;

/// The highest rank with the batch axis: per sample up to four axes (`[F, C, H, W]`, the frames of a video).
pub(crate) const MAX_RANK: usize = 5;

/// A tensor of rank 1 to [`MAX_RANK`].
#[derive(Clone, Debug)]
pub(crate) enum Value {
    R1(Tensor<1>),
    R2(Tensor<2>),
    R3(Tensor<3>),
    R4(Tensor<4>),
    R5(Tensor<5>),
}

/// Evaluates an expression over the tensor at whichever rank it has; the expression's type must not depend on the rank.
macro_rules! at_any_rank {
    ($value:expr, $x:ident => $body:expr) => {
        match $value {
            $crate::interpret::value::Value::R1($x) => $body,
            $crate::interpret::value::Value::R2($x) => $body,
            $crate::interpret::value::Value::R3($x) => $body,
            $crate::interpret::value::Value::R4($x) => $body,
            $crate::interpret::value::Value::R5($x) => $body,
        }
    };
}

/// Maps the tensor at whichever rank it has to another of the same rank.
macro_rules! at_each_rank {
    ($value:expr, $x:ident => $body:expr) => {
        match $value {
            $crate::interpret::value::Value::R1($x) => $crate::interpret::value::Value::R1($body),
            $crate::interpret::value::Value::R2($x) => $crate::interpret::value::Value::R2($body),
            $crate::interpret::value::Value::R3($x) => $crate::interpret::value::Value::R3($body),
            $crate::interpret::value::Value::R4($x) => $crate::interpret::value::Value::R4($body),
            $crate::interpret::value::Value::R5($x) => $crate::interpret::value::Value::R5($body),
        }
    };
}

pub(crate) use {at_any_rank, at_each_rank};

impl Value {
    /// A tensor over host data, without a copy.
    pub fn from_host(shape: &[usize], data: Vec<f32>, device: &Device) -> Self {
        let data = TensorData::new(data, shape.to_vec());
        match shape.len() {
            1 => Self::R1(Tensor::from_data(data, device)),
            2 => Self::R2(Tensor::from_data(data, device)),
            3 => Self::R3(Tensor::from_data(data, device)),
            4 => Self::R4(Tensor::from_data(data, device)),
            5 => Self::R5(Tensor::from_data(data, device)),
            rank => unreachable!("rank {rank} was refused when the network was bound"),
        }
    }

    /// The values on the host.
    pub fn into_host(self) -> Array {
        let shape = self.dims();
        Array::new(shape, at_any_rank!(self, x => floats(x.into_data())))
    }

    /// The length of each axis.
    pub fn dims(&self) -> Vec<usize> {
        at_any_rank!(self, x => x.dims().to_vec())
    }

    /// The number of rows in the batch.
    pub fn batch(&self) -> usize {
        at_any_rank!(self, x => x.dims()[0])
    }

    /// The same values under another shape of the same size, of any rank.
    pub fn reshape(self, dims: &[usize]) -> Self {
        at_any_rank!(self, x => match *dims {
            [a] => Self::R1(x.reshape([a])),
            [a, b] => Self::R2(x.reshape([a, b])),
            [a, b, c] => Self::R3(x.reshape([a, b, c])),
            [a, b, c, d] => Self::R4(x.reshape([a, b, c, d])),
            [a, b, c, d, e] => Self::R5(x.reshape([a, b, c, d, e])),
            _ => unreachable!("rank {} was refused when the network was bound", dims.len()),
        })
    }

    /// As a vector, all axes in one.
    pub fn rank1(self) -> Tensor<1> {
        let size = self.dims().iter().product::<usize>();
        at_any_rank!(self, x => x.reshape([size]))
    }

    /// As a matrix, all axes but the last in one: `[N, last]`.
    pub fn rank2(self) -> Tensor<2> {
        let dims = self.dims();
        let last = dims[dims.len() - 1];
        let rows = dims[..dims.len() - 1].iter().product::<usize>();
        at_any_rank!(self, x => x.reshape([rows, last]))
    }

    /// As it is, of rank 3.
    pub fn rank3(self) -> Tensor<3> {
        match self {
            Self::R3(x) => x,
            other => unreachable!("shape inference promised rank 3, not {:?}", other.dims()),
        }
    }

    /// With singleton axes at the end, up to `rank`.
    pub fn with_trailing_axes(self, rank: usize) -> Self {
        let mut dims = self.dims();
        dims.resize(rank, 1);
        self.reshape(&dims)
    }

    /// The elementwise sum; both of one shape.
    pub fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::R1(a), Self::R1(b)) => Self::R1(a + b),
            (Self::R2(a), Self::R2(b)) => Self::R2(a + b),
            (Self::R3(a), Self::R3(b)) => Self::R3(a + b),
            (Self::R4(a), Self::R4(b)) => Self::R4(a + b),
            (Self::R5(a), Self::R5(b)) => Self::R5(a + b),
            (a, b) => unreachable!("shape inference promised one rank, not {:?} and {:?}", a.dims(), b.dims()),
        }
    }

    /// The elementwise product, axes of length 1 repeated; both of one rank.
    pub fn mul(self, other: Self) -> Self {
        match (self, other) {
            (Self::R1(a), Self::R1(b)) => Self::R1(a * b),
            (Self::R2(a), Self::R2(b)) => Self::R2(a * b),
            (Self::R3(a), Self::R3(b)) => Self::R3(a * b),
            (Self::R4(a), Self::R4(b)) => Self::R4(a * b),
            (Self::R5(a), Self::R5(b)) => Self::R5(a * b),
            (a, b) => unreachable!("shape inference promised one rank, not {:?} and {:?}", a.dims(), b.dims()),
        }
    }

    /// Joins values of one rank along an axis (the batch is axis 0).
    pub fn concat(values: Vec<Self>, axis: usize) -> Self {
        macro_rules! join {
            ($rank:ident) => {
                Self::$rank(Tensor::cat(
                    values.into_iter().filter_map(|v| if let Self::$rank(x) = v { Some(x) } else { None }).collect(),
                    axis,
                ))
            };
        }
        match values[0] {
            Self::R1(_) => join!(R1),
            Self::R2(_) => join!(R2),
            Self::R3(_) => join!(R3),
            Self::R4(_) => join!(R4),
            Self::R5(_) => join!(R5),
        }
    }

    /// Asks for the gradient of this leaf.
    pub fn require_grad(self) -> Self {
        at_each_rank!(self, x => x.require_grad())
    }
}

/// The values of tensor data, which this crate only ever makes of `f32`.
pub(crate) fn floats(data: TensorData) -> Vec<f32> {
    data.try_into_vec::<f32>().expect("every float tensor of this crate is f32 and readable on the host")
}
