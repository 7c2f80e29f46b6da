//! A run that can be gone back through.

use std::collections::BTreeMap;
use std::sync::Arc;

use consil_graph::{Array, Weights};
use consil_random::Key;

use crate::gradients::{GradientPart, Gradients};
use crate::kernel::step::Statistic;
use crate::network::{Inputs, Network, read_output, with_shapes};
use crate::plan::{Plan, Purpose};
use crate::run::{Back, Batch, Workspace, backward, backward_clipped, forward};
use crate::run_error::RunError;

mod together;

pub use together::backward_all;

/// A run of a [`Network`], with what the way back needs.
pub struct Trace<'a> {
    pub(crate) network: Network,
    pub(crate) weights: &'a Weights,
    pub(crate) plan: Arc<Plan>,
    /// The inputs in the graph's order.
    pub(crate) inputs: Vec<Vec<f32>>,
    pub(crate) workspace: Workspace,
    pub(crate) outputs: Vec<Array>,
    pub(crate) statistics: Vec<(usize, Statistic)>,
    /// The shapes of the inputs, with the batch.
    pub(crate) shapes: Vec<Vec<usize>>,
    pub(crate) key: Key,
}

impl Network {
    /// Runs in training mode and remembers what the way back needs.
    ///
    /// Dropout masks are drawn at `key.child(node name)`, so a caller gives every step, and every network of a step, its own key.
    ///
    /// # Errors
    /// [`RunError`] where the inputs do not fit the graph.
    pub fn trace<'a>(&self, weights: &'a Weights, inputs: &Inputs, key: Key) -> Result<Trace<'a>, RunError> {
        self.record(weights, inputs, key, Purpose { training: true, back: true, to_inputs: false, by_rows: false })
    }

    /// As [`trace`](Self::trace), in evaluation mode: gradients of the network as it predicts, such as distillation from a frozen one needs.
    ///
    /// # Errors
    /// [`RunError`] where the inputs do not fit the graph.
    pub fn trace_evaluation<'a>(&self, weights: &'a Weights, inputs: &Inputs) -> Result<Trace<'a>, RunError> {
        self.record(
            weights,
            inputs,
            Key::new(0),
            Purpose { training: false, back: true, to_inputs: false, by_rows: false },
        )
    }

    /// As [`trace_evaluation`](Self::trace_evaluation), for [`Trace::backward_to_inputs`]: what of its inputs an answer hangs on.
    ///
    /// # Errors
    /// [`RunError`] where the inputs do not fit the graph.
    pub fn trace_to_inputs<'a>(&self, weights: &'a Weights, inputs: &Inputs) -> Result<Trace<'a>, RunError> {
        self.record(
            weights,
            inputs,
            Key::new(0),
            Purpose { training: false, back: true, to_inputs: true, by_rows: false },
        )
    }

    /// As [`trace`](Self::trace), for [`Trace::backward_clipped`]: gradients of single rows.
    ///
    /// # Errors
    /// [`RunError`] where the inputs do not fit the graph, or batch normalisation mixes the rows.
    pub fn trace_by_rows<'a>(&self, weights: &'a Weights, inputs: &Inputs, key: Key) -> Result<Trace<'a>, RunError> {
        self.record(weights, inputs, key, Purpose { training: true, back: true, to_inputs: false, by_rows: true })
    }

    fn record<'a>(
        &self,
        weights: &'a Weights,
        inputs: &Inputs,
        key: Key,
        purpose: Purpose,
    ) -> Result<Trace<'a>, RunError> {
        let given = self.check(weights, inputs)?;
        if given.rows == 0 {
            return Err(RunError::NoRows);
        }
        let plan = self.plan(&given, purpose)?;
        if let Some(kernel) = plan.steps.iter().find_map(|step| step.kernel.as_whole()).filter(|_| purpose.by_rows) {
            return Err(RunError::RowsMix { node: kernel.node().to_owned() });
        }
        let (mut workspace, mut inputs) = self.take();
        inputs.resize_with(given.arrays.len(), Vec::new);
        for (copy, array) in inputs.iter_mut().zip(&given.arrays) {
            copy.clear();
            copy.extend_from_slice(array.data());
        }
        workspace.fit(&plan, given.rows);
        let shapes = given.arrays.iter().map(|array| array.shape().to_vec()).collect();
        let views: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let batch = self.batch(&plan, weights, &views, key);
        let statistics = match forward(batch, &mut workspace) {
            Ok(statistics) => statistics,
            Err(error) => {
                self.give_back(workspace, inputs);
                return Err(error);
            }
        };
        let mut outputs: Vec<Vec<f32>> = vec![Vec::new(); plan.outputs.len()];
        outputs.iter_mut().enumerate().for_each(|(i, output)| read_output(batch, &workspace, i, output));
        let outputs = with_shapes(&plan, given.rows, outputs);
        Ok(Trace { network: self.clone(), weights, plan, inputs, workspace, outputs, statistics, shapes, key })
    }
}

impl Trace<'_> {
    /// The outputs, in the order of the graph's outputs.
    pub fn outputs(&self) -> &[Array] {
        &self.outputs
    }

    /// The vector–Jacobian product: adds `∂(Σ cotangentᵢ · outputᵢ) / ∂ parameter` to the gradients, for every trained parameter, and what
    /// batch normalisation saw to their statistics. An output without a cotangent counts as if its cotangent were zero; a parameter that no cotangent
    /// reaches is left alone.
    ///
    /// # Errors
    /// [`RunError`] where the cotangents do not fit the outputs.
    pub fn backward(mut self, cotangents: &[Option<Array>], into: &mut Gradients) -> Result<(), RunError> {
        self.go_back(cotangents, into).map(drop)
    }

    /// As [`backward`](Self::backward) of each row by itself: adds `Σ g · min(1, limit / ‖g‖)` over the gradients g of the rows, and gives their norms, in
    /// the rows' order. What a row's gradient weighs is in its cotangents. For traces made by [`Network::trace_by_rows`].
    ///
    /// # Errors
    /// [`RunError`] where the cotangents do not fit the outputs, or the trace was made otherwise.
    pub fn backward_clipped(
        mut self,
        cotangents: &[Option<Array>],
        limit: f64,
        into: &mut Gradients,
    ) -> Result<Vec<f64>, RunError> {
        self.check(cotangents)?;
        if !self.plan.purpose.by_rows {
            return Err(RunError::NotRecorded { needs: "trace_by_rows" });
        }
        let given: Vec<bool> = cotangents.iter().map(Option::is_some).collect();
        let back = Back::new(&self.plan, &given, &self.leads(&into.whole()));
        self.seed(cotangents);
        let inputs: Vec<&[f32]> = self.inputs.iter().map(Vec::as_slice).collect();
        let batch = Batch {
            plan: &self.plan,
            slots: self.network.slots(),
            weights: self.weights.values(),
            inputs: &inputs,
            prepared: &[],
            key: self.key,
        };
        Ok(backward_clipped(batch, &mut self.workspace, &back, limit, into))
    }

    /// As [`backward`](Self::backward), and gives the cotangents of the inputs too, by name: what a small change of each input value would
    /// change. For traces made by [`Network::trace_to_inputs`].
    ///
    /// # Errors
    /// [`RunError`] where the cotangents do not fit the outputs.
    pub fn backward_to_inputs(
        mut self,
        cotangents: &[Option<Array>],
        into: &mut Gradients,
    ) -> Result<BTreeMap<String, Array>, RunError> {
        if !self.plan.purpose.to_inputs {
            return Err(RunError::NotRecorded { needs: "trace_to_inputs" });
        }
        let back = self.go_back(cotangents, into)?;
        let named = self.network.graph().inputs().iter().zip(&self.plan.inputs).zip(&self.shapes);
        let of_input = |((input, value), shape): ((&consil_graph::Input, &usize), &Vec<usize>)| {
            let of = &self.plan.values[*value];
            let mut values = vec![0.0; shape.iter().product()];
            if back.reached[*value] {
                for share in &self.workspace.shares {
                    let range = share.rows.start * of.size..share.rows.end * of.size;
                    let length = range.len();
                    values[range].copy_from_slice(&share.memory.buffers[of.gradient][..length]);
                }
            }
            (input.name.clone(), Array::new(shape.clone(), values))
        };
        Ok(named.map(of_input).collect())
    }

    /// The values that lead to what these gradients hold.
    fn leads(&self, into: &GradientPart<'_>) -> Vec<bool> {
        let slots = self.network.slots();
        self.plan.leads(|param| into.leaves_out(&slots[param]))
    }

    /// The way back, and what was done on it.
    pub(crate) fn go_back(&mut self, cotangents: &[Option<Array>], into: &mut Gradients) -> Result<Back, RunError> {
        self.check(cotangents)?;
        let mut part = into.whole();
        let back = self.go_back_into(cotangents, &mut part);
        let statistics = part.take_statistics();
        into.keep_statistics(statistics);
        Ok(back)
    }

    /// The same with cotangents that fit, into the gradients of these parameters.
    fn go_back_into(&mut self, cotangents: &[Option<Array>], into: &mut GradientPart<'_>) -> Back {
        for (param, statistic) in std::mem::take(&mut self.statistics) {
            into.push_statistic(self.network.slots()[param].range.start, statistic);
        }
        let given: Vec<bool> = cotangents.iter().map(Option::is_some).collect();
        let back = Back::new(&self.plan, &given, &self.leads(into));
        self.seed(cotangents);
        let inputs: Vec<&[f32]> = self.inputs.iter().map(Vec::as_slice).collect();
        let batch = Batch {
            plan: &self.plan,
            slots: self.network.slots(),
            weights: self.weights.values(),
            inputs: &inputs,
            prepared: &[],
            key: self.key,
        };
        backward(batch, &mut self.workspace, &back, into);
        back
    }

    /// Writes the cotangents to the gradients of the outputs.
    fn seed(&mut self, cotangents: &[Option<Array>]) {
        let mut begun = vec![false; self.plan.values.len()];
        for ((value, _), cotangent) in self.plan.outputs.iter().zip(cotangents) {
            let of = &self.plan.values[*value];
            let Some(cotangent) = cotangent.as_ref().filter(|_| of.wanted) else { continue };
            let add = std::mem::replace(&mut begun[*value], true);
            for share in &mut self.workspace.shares {
                let from = &cotangent.data()[share.rows.start * of.size..share.rows.end * of.size];
                let to = &mut share.memory.buffers[of.gradient][..from.len()];
                match add {
                    true => to.iter_mut().zip(from).for_each(|(a, b)| *a += b),
                    false => to.copy_from_slice(from),
                }
            }
        }
    }

    fn check(&self, cotangents: &[Option<Array>]) -> Result<(), RunError> {
        if cotangents.len() != self.outputs.len() {
            return Err(RunError::Cotangents { needs: self.outputs.len(), given: cotangents.len() });
        }
        for ((cotangent, output), named) in cotangents.iter().zip(&self.outputs).zip(self.network.graph().outputs()) {
            if let Some(cotangent) = cotangent
                && cotangent.shape() != output.shape()
            {
                return Err(RunError::CotangentShape {
                    output: named.name.clone(),
                    needs: output.shape().to_vec(),
                    given: cotangent.shape().to_vec(),
                });
            }
        }
        Ok(())
    }
}

impl Drop for Trace<'_> {
    fn drop(&mut self) {
        self.network.give_back(std::mem::take(&mut self.workspace), std::mem::take(&mut self.inputs));
    }
}
