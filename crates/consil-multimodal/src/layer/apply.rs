//! Turns layers into nodes.

use super::time::State;
use super::{Extent, Layer, Layers, Padding, Window};

use consil_graph::op::{self, Conv, Op, OverTime, Pool, PoolKind, ShapeMismatch, reach};
use consil_graph::{Builder, Init, Lora, Place, Role, ShapeError, ValueId};

/// What a list of layers gives under a time mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The last layer's value.
    pub value: ValueId,
    /// Its time mask `[T']`, where a time axis is left.
    pub mask: Option<ValueId>,
    /// Whether the value is tokens `[T', D]` rather than a series `[C, T']`; meaningful for two axes.
    pub tokens: bool,
}

impl Layers {
    /// Appends the layers to a graph. Nodes are named `{scope}.{number}.{layer}`, numbered from 1 as errors number them; errors call
    /// the scope the network's name.
    ///
    /// A matrix that comes in is a series `[C, T]`; it becomes tokens `[T, C]` by `transpose`.
    ///
    /// # Errors
    /// If a layer does not fit what the one before gives.
    pub fn apply(&self, builder: &mut Builder, scope: &str, input: ValueId) -> Result<ValueId, ShapeError> {
        self.apply_masked(builder, scope, input, None).map(|applied| applied.value)
    }

    /// Appends the layers to a graph for an input that is padded along time.
    ///
    /// The mask `[T]` is 1 on the frames that count, which come first, and 0 on padding; time is the input's last axis. The layers are
    /// arranged so that what stands in the padding never changes the result: values are zeroed there before a convolution, pooling
    /// or flattening, the mask is thinned out as strides thin out time, and attention and means leave padding out. (The running
    /// statistics of batch normalisation count padded frames as zeros.)
    ///
    /// # Errors
    /// If a layer does not fit what the one before gives, or cannot be masked.
    pub fn apply_masked(
        &self,
        builder: &mut Builder,
        scope: &str,
        input: ValueId,
        mask: Option<ValueId>,
    ) -> Result<Applied, ShapeError> {
        let mut walk = Walk { builder, network: scope };
        let end = walk.list(self, scope, "", State::new(input, mask), true)?;
        Ok(Applied { value: end.value, mask: end.mask(), tokens: end.tokens })
    }
}

struct Walk<'a> {
    builder: &'a mut Builder,
    network: &'a str,
}

impl Walk<'_> {
    fn list(
        &mut self,
        layers: &Layers,
        scope: &str,
        above: &str,
        mut state: State,
        mut first: bool,
    ) -> Result<State, ShapeError> {
        for (i, layer) in layers.0.iter().enumerate() {
            let number = format!("{above}{}", i + 1);
            let node = format!("{scope}.{}.{}", i + 1, layer.name());
            let place = Place::Layer {
                number: number.clone(),
                layer: layer.to_string(),
                network: self.network.to_owned(),
                first,
            };
            state = match layer {
                Layer::Residual { layers, shortcut } => {
                    let below = format!("{number}.");
                    let learned = self.list(layers, &node, &below, state, first)?;
                    let passed = self.list(shortcut, &format!("{node}.shortcut"), &below, state, first)?;
                    let shapes = [learned.value, passed.value].map(|value| self.builder.shape(value).to_vec());
                    if shapes[0] != shapes[1] {
                        let rule = "two operands of one shape";
                        return Err(ShapeError::new(place, ShapeMismatch::Disagree { rule, shapes: shapes.into() }));
                    }
                    let sum = self.builder.push(&node, op::Add, &[learned.value, passed.value]);
                    State { value: sum.map_err(|e| e.at(place))?, clean: learned.clean && passed.clean, ..learned }
                }
                layer => {
                    let mut step = Step { builder: self.builder, node: &node, network: self.network };
                    step.layer(layer, state).map_err(|e| e.at(place))?
                }
            };
            first = false;
        }
        Ok(state)
    }
}

/// One layer being appended: its nodes are `node` and names below it.
pub(super) struct Step<'a> {
    pub builder: &'a mut Builder,
    pub node: &'a str,
    /// The scope of the whole list.
    pub network: &'a str,
}

impl Step<'_> {
    fn layer(&mut self, layer: &Layer, state: State) -> Result<State, ShapeError> {
        let rank = self.builder.shape(state.value).len();
        let is_series = rank == 2 && !state.tokens;
        let is_tokens = rank == 2 && state.tokens;
        match layer {
            Layer::Conv { .. } | Layer::MaxPool(_) | Layer::AveragePool(_) if is_tokens => {
                Err(self.rank(state, "a series [C, T] or an image [C, H, W]", "put \"transpose\" before it"))
            }
            Layer::Conv { .. } | Layer::MaxPool(_) | Layer::AveragePool(_) => match rank {
                2 => self.slide::<1>(layer, state),
                3 => self.slide::<2>(layer, state),
                _ => Err(self.rank(state, "a series [C, T] or an image [C, H, W]", "put it before \"flatten\"")),
            },
            Layer::GlobalAveragePool => self.global_average(state),
            Layer::Linear { .. } | Layer::Tied { .. } if is_series || rank > 2 => {
                Err(self.rank(state, "a vector [D] or tokens [T, D]", "put \"flatten\" before it"))
            }
            Layer::Linear { out, bias, lora } => {
                let state = if rank == 1 { self.zeroed(state)?.without_time() } else { state };
                let linear = op::Linear { out: *out, bias: *bias };
                match lora {
                    None => self.unary(linear, state.dirty()),
                    Some(rank) => self.adapted(linear, *rank, state.dirty()),
                }
            }
            Layer::Tied { layer, bias } => {
                let state = if rank == 1 { self.zeroed(state)?.without_time() } else { state };
                self.tied(layer, *bias, state.dirty())
            }
            Layer::Flatten => {
                let state = self.zeroed(state)?.without_time();
                self.unary(op::Flatten, state)
            }
            Layer::Reshape { shape } => {
                let mut state = State { tokens: false, ..self.zeroed(state)? };
                // Other axes may be merged or split while time stays the last; else frames no longer are what the mask counts.
                let keeps_time = !is_tokens && shape.last() == self.builder.shape(state.value).last();
                if !keeps_time {
                    state = state.without_time();
                }
                self.unary(op::Reshape { shape: shape.clone(), free: keeps_time.then(|| shape.len() - 1) }, state)
            }
            Layer::Activation(activation) => {
                let state = State { clean: state.clean && activation.keeps_zero(), ..state };
                self.unary(*activation, state)
            }
            Layer::Op(op) => self.spelt(op, state, is_tokens),
            Layer::Embedding { vocabulary, width } => {
                let state = State { tokens: true, ..state.dirty() };
                self.unary(op::Embedding { vocabulary: *vocabulary, width: *width }, state)
            }
            Layer::Transpose => self.unary(op::Transpose, State { tokens: !state.tokens, ..state }),
            Layer::PositionEmbedding | Layer::Attention { .. } | Layer::MeanTokens if is_series => {
                Err(self.rank(state, "tokens [T, D]", "put \"transpose\" before it"))
            }
            Layer::PositionEmbedding => self.unary(op::PositionEmbedding, state.dirty()),
            Layer::Attention { heads, causal, inner } => {
                let op = op::Attention::new(*heads, *causal, state.time.is_some());
                self.with_mask(op::Attention { inner: *inner, ..op }, state.dirty())
            }
            Layer::MeanTokens => Ok(self.with_mask(op::MeanTokens, state)?.without_time()),
            Layer::Residual { .. } => unreachable!("residual layers are walked as lists"),
        }
    }

    /// An op that is a layer by itself, by what it says it does over time.
    fn spelt(&mut self, op: &Op, state: State, is_tokens: bool) -> Result<State, ShapeError> {
        let over_time = op.layer_form().map_or(OverTime::Mixes, |form| form.over_time);
        match over_time {
            OverTime::KeepsZeros => self.unary(op.clone(), state),
            OverTime::LastAxis => self.across_last(op.clone(), state),
            OverTime::EachChannel | OverTime::Mixes if is_tokens => {
                Err(self.rank(state, "channels first", "use \"layer-norm\", or put \"transpose\" before it"))
            }
            OverTime::EachChannel => {
                let state = self.zeroed(state)?.dirty();
                self.unary(op.clone(), state)
            }
            OverTime::Mixes if state.time.is_some() => {
                let reason =
                    "mixes frames and padding of a masked series; use \"batch-norm\", or \"layer-norm\" over tokens";
                Err(self.refuse(ShapeMismatch::Unmaskable { reason }))
            }
            OverTime::Mixes => self.unary(op.clone(), state.dirty()),
        }
    }

    /// A linear layer whose own weights are frozen, and a low-rank adapter of the weight.
    fn adapted(&mut self, linear: op::Linear, rank: usize, state: State) -> Result<State, ShapeError> {
        let width = self.builder.shape(state.value).last().copied().unwrap_or(1);
        let node = self.node.to_owned();
        let mut specs = op::Operation::weights(&linear, &[&[width]]).into_iter();
        let mut frozen = |builder: &mut Builder| {
            let spec = specs.next();
            spec.map(|spec| builder.param(format!("{node}.{}", spec.name), spec.shape, Role::Frozen, spec.init))
                .transpose()
        };
        let (weight, bias) = (frozen(self.builder)?, frozen(self.builder)?);
        let mut operands = vec![state.value];
        if let Some(weight) = weight {
            operands.push(self.builder.adapt(self.node, weight, Lora::new(rank))?);
        }
        operands.extend(bias);
        let value = self.builder.apply(self.node, linear, &operands)?;
        Ok(State { value, ..state })
    }

    /// An earlier layer backwards, with its own weight.
    fn tied(&mut self, layer: &str, bias: bool, state: State) -> Result<State, ShapeError> {
        // Layer 4.2 is the second of the list inside the residual layer 4: its node is below `4.residual`.
        let path = layer.replace('.', ".residual.");
        let weight = ["embedding", "linear"].iter().find_map(|kind| {
            let node = self.builder.find_node(&format!("{}.{path}.{kind}", self.network))?;
            Some((node.inputs[1], *kind == "embedding"))
        });
        let (weight, is_table) = weight.ok_or_else(|| {
            self.refuse(ShapeMismatch::Attribute { needs: "the number of an embedding or linear layer before it" })
        })?;
        // The table [V, D] of an embedding is a linear layer's weight [O, I] transposed: backwards, both take the layer's output.
        let product = op::MatMul { transposed: is_table };
        if !bias {
            return self.with_operands(product, &[state.value, weight], state);
        }
        let value = self.builder.apply(&self.below("product"), product, &[state.value, weight])?;
        let width = self.builder.shape(value).last().copied().unwrap_or(1);
        let bias = self.builder.param(self.below("bias"), [width], Role::Shared, Init::Zeros)?;
        self.with_operands(op::Add, &[value, bias], state)
    }

    fn with_operands(&mut self, op: impl Into<Op>, operands: &[ValueId], state: State) -> Result<State, ShapeError> {
        let value = self.builder.apply(self.node, op, operands)?;
        Ok(State { value, ..state })
    }

    fn slide<const N: usize>(&mut self, layer: &Layer, state: State) -> Result<State, ShapeError>
    where
        Op: From<Conv<N>> + From<Pool<N>>,
    {
        let state = self.zeroed(state)?;
        let (op, window) = match layer {
            Layer::Conv { out, kernel, stride, padding, dilation, groups, bias } => {
                let conv = Conv::<N> {
                    out: *out,
                    kernel: self.axes(kernel)?,
                    stride: self.axes(stride)?,
                    dilation: self.axes(dilation)?,
                    padding: match padding {
                        Padding::Same => self.same(self.axes(kernel)?, self.axes(dilation)?)?,
                        Padding::Zeros(zeros) => self.axes(zeros)?,
                    },
                    groups: *groups,
                    bias: *bias,
                };
                let time = N - 1;
                let reach = reach(conv.kernel[time], conv.dilation[time]);
                let window = (reach, conv.stride[time], conv.padding[time]);
                (Op::from(conv), window)
            }
            Layer::MaxPool(window) => self.pool::<N>(PoolKind::Max, window)?,
            Layer::AveragePool(window) => self.pool::<N>(PoolKind::Average, window)?,
            _ => unreachable!("only convolutions and pooling slide"),
        };
        let next = self.unary(op, state.dirty())?;
        self.thin_out(next, window)
    }

    fn pool<const N: usize>(&self, kind: PoolKind, window: &Window) -> Result<(Op, (usize, usize, usize)), ShapeError>
    where
        Op: From<Pool<N>>,
    {
        let kernel = self.axes(&window.kernel)?;
        let stride = window.stride.as_ref().map_or(Ok(kernel), |stride| self.axes(stride))?;
        Ok((Op::from(Pool { kind, kernel, stride }), (kernel[N - 1], stride[N - 1], 0)))
    }

    fn axes<const N: usize>(&self, extent: &Extent) -> Result<[usize; N], ShapeError> {
        match extent {
            Extent::All(n) => Ok([*n; N]),
            Extent::Each(each) => each.as_slice().try_into().map_err(|_| {
                self.refuse(ShapeMismatch::Attribute {
                    needs: "one number for all axes, or as many as there are axes to slide over",
                })
            }),
        }
    }

    fn same<const N: usize>(&self, kernel: [usize; N], dilation: [usize; N]) -> Result<[usize; N], ShapeError> {
        let mut padding = [0; N];
        for axis in 0..N {
            let around = reach(kernel[axis], dilation[axis]) - 1;
            if !around.is_multiple_of(2) {
                return Err(self.refuse(ShapeMismatch::Attribute { needs: "an odd kernel for padding = \"same\"" }));
            }
            padding[axis] = around / 2;
        }
        Ok(padding)
    }

    pub(super) fn unary(&mut self, op: impl Into<Op>, state: State) -> Result<State, ShapeError> {
        let value = self.builder.push(self.node, op, &[state.value])?;
        Ok(State { value, ..state })
    }

    fn with_mask(&mut self, op: impl Into<Op>, state: State) -> Result<State, ShapeError> {
        let operands: Vec<ValueId> = [Some(state.value), state.mask()].into_iter().flatten().collect();
        let value = self.builder.push(self.node, op, &operands)?;
        Ok(State { value, ..state })
    }

    fn rank(&self, state: State, needs: &'static str, fix: &'static str) -> ShapeError {
        self.refuse(ShapeMismatch::Rank { needs, given: self.builder.shape(state.value).to_vec(), fix })
    }

    pub(super) fn refuse(&self, mismatch: ShapeMismatch) -> ShapeError {
        ShapeError::new(Place::Node(self.node.to_owned()), mismatch)
    }
}
