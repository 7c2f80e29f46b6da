//! Lowering: the kernel of each node of a graph.

use consil_graph::{BoundShapes, Graph};

use super::spread::Spread;
use super::{Kernel, lower};
use crate::plan::{Place, Plan, Purpose, Step, Value};
use crate::slot::Slot;

/// A value as ops see it.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    value: usize,
    /// Its shape, of one row of the kernel.
    pub shape: Vec<usize>,
    /// Whether it differs from row to row.
    pub varies: bool,
}

impl Operand {
    /// The number of its values for one row.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// The same values under another shape.
    pub fn reshaped(&self, shape: &[usize]) -> Self {
        Self { shape: shape.to_vec(), ..self.clone() }
    }
}

/// A plan under construction.
pub(crate) struct Lowering {
    values: Vec<Value>,
    steps: Vec<Step>,
    purpose: Purpose,
    /// The node at hand, with those it lies within.
    node: String,
    /// Rows of the kernels for each row of the batch: more than one within an op that is applied along an axis.
    fold: usize,
    /// Whether those rows are slices of a value that all rows of the batch share.
    once: bool,
}

/// The plan of `graph`, which was found to be runnable, at these shapes.
pub(crate) fn lower_graph(graph: &Graph, slots: &[Slot], shapes: &BoundShapes, purpose: Purpose) -> Plan {
    let mut to = Lowering { values: Vec::new(), steps: Vec::new(), purpose, node: String::new(), fold: 1, once: false };
    let inputs: Vec<Operand> = (graph.inputs().iter().enumerate())
        .map(|(i, input)| {
            let shape = shapes.shape(graph.find_input(&input.name).expect("an input of the graph"));
            to.source(Place::Input(i), shape, true)
        })
        .collect();
    let params: Vec<Operand> =
        (graph.params().iter().enumerate()).map(|(i, param)| to.source(Place::Param(i), &param.shape, false)).collect();
    let input_values = inputs.iter().map(|input| input.value).collect();
    let values = to.nodes(graph, shapes, [inputs, params].concat());
    let outputs = (graph.outputs().iter())
        .map(|output| {
            let value = to.varying(&values[output.value.0 as usize]);
            (value.value, value.shape)
        })
        .collect();
    let Lowering { values, steps, .. } = to;
    let (shared, local): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(|step| step.shared);
    let n_shared_steps = shared.len();
    let plan = Plan {
        values,
        steps: shared.into_iter().chain(local).collect(),
        n_shared_steps,
        outputs,
        inputs: input_values,
        buffers: Vec::new(),
        shared_buffers: Vec::new(),
        flops: graph.flops_at(shapes).into_iter().fold(0, u64::saturating_add),
        purpose,
    };
    plan.finished(slots)
}

impl Lowering {
    /// Whether dropout drops and batch normalisation uses the batch.
    pub fn is_training(&self) -> bool {
        self.purpose.training
    }

    /// The name of the node at hand.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Adds a kernel over operands; gives its result.
    pub fn step(&mut self, kernel: impl Kernel + 'static, operands: &[Operand], shape: &[usize]) -> Operand {
        let varies = operands.iter().any(|operand| operand.varies);
        let shared = operands.iter().all(|operand| self.values[operand.value].is_common());
        let fold = if varies { self.fold } else { 1 };
        let place = if shared { Place::Shared } else { Place::Local };
        let result = self.value(place, fold * shape.iter().product::<usize>());
        let kept = (self.purpose.back && kernel.kept() > 0).then(|| (0, fold * kernel.kept()));
        let operands = operands.iter().map(|operand| operand.value).collect();
        self.steps.push(Step { kernel: Box::new(kernel), operands, result, fold, shared, kept });
        Operand { value: result, shape: shape.to_vec(), varies }
    }

    /// The operand itself where it varies, else repeated for each row.
    pub fn varying(&mut self, operand: &Operand) -> Operand {
        if operand.varies {
            return operand.clone();
        }
        let place = if self.once { Place::Shared } else { Place::Local };
        let result = self.value(place, self.fold * operand.size());
        let (operands, fold, shared) = (vec![operand.value], self.fold, self.once);
        self.steps.push(Step { kernel: Box::new(Spread), operands, result, fold, shared, kept: None });
        Operand { value: result, shape: operand.shape.clone(), varies: true }
    }

    /// The operands, all varying where one does.
    pub fn alike(&mut self, operands: &[Operand]) -> Vec<Operand> {
        if operands.iter().all(|operand| !operand.varies) {
            return operands.to_vec();
        }
        operands.iter().map(|operand| self.varying(operand)).collect()
    }

    /// The result of a body applied to each of `n` slices of the operands: the slices are rows.
    pub fn each(&mut self, body: &Graph, n: usize, data: &[Operand], weights: &[Operand]) -> Operand {
        let slice = |operand: &Operand| Operand { shape: operand.shape[1..].to_vec(), varies: true, ..operand.clone() };
        let slices: Vec<Operand> = data.iter().map(slice).collect();
        let shapes = body.bind_shapes(slices.iter().map(|slice| slice.shape.clone()).collect());
        let shapes = shapes.expect("the body was found to take these shapes when they were bound");
        let outer = (self.fold, self.once);
        let varies = data.iter().any(|operand| operand.varies);
        // Where no operand varies the body runs once, its slices being its rows.
        (self.fold, self.once) = if varies { (n * self.fold, self.once) } else { (n, true) };
        let values = self.nodes(body, &shapes, [&slices, weights].concat());
        let output = self.varying(&values[body.outputs()[0].value.0 as usize]);
        (self.fold, self.once) = outer;
        Operand { varies, ..output }
    }

    /// All values of a graph, its sources being given.
    fn nodes(&mut self, graph: &Graph, shapes: &BoundShapes, sources: Vec<Operand>) -> Vec<Operand> {
        let (mut values, outer) = (sources, self.node.clone());
        for (i, node) in graph.nodes().iter().enumerate() {
            let operands: Vec<Operand> = node.inputs.iter().map(|id| values[id.0 as usize].clone()).collect();
            let (data, weights) = node.op.split(&operands);
            self.node = if outer.is_empty() { node.name.clone() } else { format!("{outer}.{}", node.name) };
            let shape = shapes.shape(graph.value_of_node(i));
            let result = lower(&node.op, self, data, weights, shape);
            values.push(result.expect("every op was found to have a rule when the network was bound"));
        }
        self.node = outer;
        values
    }

    fn source(&mut self, place: Place, shape: &[usize], varies: bool) -> Operand {
        let value = self.value(place, shape.iter().product());
        Operand { value, shape: shape.to_vec(), varies }
    }

    fn value(&mut self, place: Place, size: usize) -> usize {
        self.values.push(Value { place, size, wanted: false, buffer: 0, gradient: 0 });
        self.values.len() - 1
    }
}
