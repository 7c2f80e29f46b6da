//! How an answer depends on what the networks were shown: gradients of its log-probability by their inputs.

use consil_graph::{Array, Weights};
use consil_logic::{LeafKind, Term};
use consil_nn::{Gradients, Inputs, Network, TaskError};

use super::AnswerTask;
use crate::answer::{AnswerValue, argmax};
use crate::batching::{Group, NetworkOutputs};
use crate::head::HEAD;
use crate::query::{CompiledQuery, QueryForm};
use crate::rules::{Evaluated, opposite};
use crate::target::{AnsweredBy, HeadKind, HeadOutput};

/// The gradient of the log-probability of a row's answer to the first target by one network's inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct InputGradient {
    /// The network.
    pub network: String,
    /// The inputs as the rules name them; none for a head, whose arrays are named after the modalities.
    pub inputs: Vec<Term>,
    /// The gradient by each input array, batch of one first.
    pub arrays: Inputs,
}

impl AnswerTask<'_> {
    /// The gradient of `log P(answer)` of a row by each network's inputs, as the networks predict. Of a number, that of the number itself; of labels and sequences,
    /// that of the answer as a whole, as if its parts were independent. Inputs that are absent have none.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn input_gradients(&self, weights: &Weights, row: usize) -> Result<Vec<InputGradient>, TaskError> {
        let mut gradients = Vec::new();
        match self.targets.first().map(|target| &target.by) {
            Some(AnsweredBy::Rules) => self.through_rules(weights, row, &mut gradients)?,
            Some(AnsweredBy::Head(head)) => self.through_head(weights, row, head, &mut gradients)?,
            Some(AnsweredBy::Both { head, .. }) => {
                self.through_rules(weights, row, &mut gradients)?;
                self.through_head(weights, row, head, &mut gradients)?;
            }
            None => {}
        }
        Ok(gradients)
    }

    fn through_rules(&self, weights: &Weights, row: usize, into: &mut Vec<InputGradient>) -> Result<(), TaskError> {
        let request = self.request(&[row]);
        let outputs = NetworkOutputs::run(&request, self.networks, &*self.source, &self.lengths, weights, None)?;
        let group: &Group<'_> = &request.groups[0];
        let member = &group.members[0];
        let plan = member.asked.query.plan();
        let mut workspace = self.take_workspace();
        plan.forward(&outputs.log_weights(group), 1, &mut workspace);
        let slopes = answer_slopes(&member.asked.query, &Evaluated { plan, workspace: &workspace, b: 0 });
        let by_slot = plan.backward(&slopes, &mut workspace).to_vec();
        self.give_back(workspace);
        for leaf in plan.groups() {
            let LeafKind::Neural { network, inputs, .. } = &leaf.kind else { continue };
            let mut shown = self.source.inputs(network, inputs, &[row], None)?;
            if shown.present != [true] {
                continue;
            }
            self.lengths.fit(network, &self.networks[network], &mut shown.inputs)?;
            let cotangent = Array::new([1, leaf.slots.len()], by_slot[leaf.slots.clone()].to_vec());
            let arrays = back(&self.networks[network], weights, &shown.inputs, 0, cotangent)?;
            into.push(InputGradient { network: network.clone(), inputs: inputs.clone(), arrays });
        }
        Ok(())
    }

    fn through_head(
        &self,
        weights: &Weights,
        row: usize,
        output: &HeadOutput,
        into: &mut Vec<InputGradient>,
    ) -> Result<(), TaskError> {
        let network = &self.networks[HEAD];
        let mut shown = self.source.head_inputs(HEAD, &[row], None)?;
        self.lengths.fit(HEAD, network, &mut shown.inputs)?;
        let at = self.output_index(&output.output);
        let said = network.infer(weights, &shown.inputs)?.swap_remove(at);
        let said = said.row(0);
        let mut cotangent = Array::zeros([1, said.len()]);
        match &output.kind {
            HeadKind::Class(_) => cotangent.data_mut()[argmax(said)] = 1.0,
            // d log σ(±x) / dx = ±(1 − σ(±x)).
            HeadKind::Labels(_) => {
                for (slope, x) in cotangent.data_mut().iter_mut().zip(said) {
                    let sign = if *x >= 0.0 { 1.0 } else { -1.0 };
                    *slope = sign * (1.0 - crate::combine::sigmoid(f64::from(sign * x)) as f32);
                }
            }
            HeadKind::Numbers { .. } => cotangent.data_mut().fill(1.0),
        }
        let arrays = back(network, weights, &shown.inputs, at, cotangent)?;
        into.push(InputGradient { network: HEAD.to_owned(), inputs: Vec::new(), arrays });
        Ok(())
    }
}

/// The gradient by the inputs for a cotangent of one output.
fn back(
    network: &Network,
    weights: &Weights,
    inputs: &Inputs,
    at: usize,
    cotangent: Array,
) -> Result<Inputs, TaskError> {
    let trace = network.trace_to_inputs(weights, inputs)?;
    let mut cotangents = vec![None; trace.outputs().len()];
    cotangents[at] = Some(cotangent);
    // What the parameters' gradients are is of no interest here.
    Ok(trace.backward_to_inputs(&cotangents, &mut Gradients::zeros(weights.layout()))?)
}

/// The slopes of the log-probability of the answer by those of the plan's answers.
fn answer_slopes(query: &CompiledQuery, evaluated: &Evaluated<'_>) -> Vec<f32> {
    let mut slopes = vec![0.0; evaluated.plan.answers().len()];
    match (query.form(), crate::rules::answer(query, evaluated)) {
        (QueryForm::Truth { .. }, AnswerValue::Class(said)) => {
            slopes[0] = if said.best_index() == Some(0) { 1.0 } else { -opposite(evaluated, 0).1 as f32 };
        }
        (QueryForm::Class { .. }, AnswerValue::Class(said)) => {
            if let Some(best) = said.best_index() {
                slopes[best] = 1.0;
            }
        }
        (QueryForm::Labels { .. }, AnswerValue::Labels { probabilities, .. }) => {
            for (answer, (slope, p)) in slopes.iter_mut().zip(probabilities).enumerate() {
                *slope = if p >= 0.5 { 1.0 } else { -opposite(evaluated, answer).1 as f32 };
            }
        }
        (QueryForm::Sequence { places }, AnswerValue::Sequence(said)) => {
            for (place, (_, at)) in places.iter().zip(said) {
                if let Some(best) = at.best_index() {
                    slopes[place.answers[best]] = 1.0;
                }
            }
        }
        _ => {}
    }
    slopes
}
