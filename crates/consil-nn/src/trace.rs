//! A run that can be gone back through.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};
use consil_graph::{Array, Graph};

use crate::gradients::Gradients;
use crate::interpret::Ran;
use crate::interpret::value::{Value, at_any_rank, floats};
use crate::network::{RunError, Slot};

/// A run of a [`Network`](crate::Network), with the tape of its operations.
pub struct Trace {
    graph: Arc<Graph>,
    slots: Arc<[Slot]>,
    leaves: Vec<Value>,
    ran: Ran,
    outputs: Vec<Array>,
}

impl Trace {
    pub(crate) fn new(graph: Arc<Graph>, slots: Arc<[Slot]>, leaves: Vec<Value>, ran: Ran) -> Self {
        let outputs = ran.outputs.iter().map(|output| output.clone().into_host()).collect();
        Self { graph, slots, leaves, ran, outputs }
    }

    /// The outputs, in the order of the graph's outputs.
    pub fn outputs(&self) -> &[Array] {
        &self.outputs
    }

    /// The vector–Jacobian product: adds `∂(Σ cotangentᵢ · outputᵢ) / ∂ parameter` to the gradients, for every trained parameter, and what
    /// batch normalisation saw to their statistics. An output without a cotangent counts as if its cotangent were zero.
    ///
    /// # Errors
    /// [`RunError`] where the cotangents do not fit the outputs.
    pub fn backward(self, cotangents: &[Option<Array>], into: &mut Gradients) -> Result<(), RunError> {
        self.check(cotangents)?;
        let Self { slots, leaves, ran, .. } = self;
        for (param, statistic) in ran.statistics {
            into.push_statistic(slots[param].range.start, statistic);
        }
        let mut total: Option<Tensor<1>> = None;
        for (output, cotangent) in ran.outputs.into_iter().zip(cotangents) {
            let Some(cotangent) = cotangent else { continue };
            if !at_any_rank!(&output, x => x.is_tracked()) {
                continue;
            }
            let output = output.rank1();
            let data = TensorData::new(cotangent.data().to_vec(), [cotangent.data().len()]);
            let term = (output.clone() * Tensor::from_data(data, &output.device())).sum();
            total = Some(match total {
                None => term,
                Some(total) => total + term,
            });
        }
        let Some(total) = total else { return Ok(()) };
        let mut gradients = total.backward();
        for (leaf, slot) in leaves.into_iter().zip(slots.iter()) {
            if !slot.role.is_trained() {
                continue;
            }
            let gradient = at_any_rank!(leaf, x => x.grad_remove(&mut gradients).map(|g| floats(g.into_data())));
            // A parameter that no cotangent reaches has no gradient.
            if let Some(gradient) = gradient {
                into.add_at(slot.range.start, &gradient);
            }
        }
        Ok(())
    }

    fn check(&self, cotangents: &[Option<Array>]) -> Result<(), RunError> {
        if cotangents.len() != self.outputs.len() {
            return Err(RunError::Cotangents { needs: self.outputs.len(), given: cotangents.len() });
        }
        for ((cotangent, output), named) in cotangents.iter().zip(&self.outputs).zip(self.graph.outputs()) {
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
