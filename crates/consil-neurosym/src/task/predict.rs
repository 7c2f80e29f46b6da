//! Predictions, and their comparison with the truth.

use std::sync::Arc;

use consil_graph::Weights;
use consil_logic::{Certificate, LeafKind};
use consil_nn::TaskError;

use super::AnswerTask;
use super::gradient::doubles;
use crate::answer::{Answer, AnswerValue, Distribution, NeuralPrediction, Prediction};
use crate::batching::{BatchRequest, Group, Member, NetworkOutputs};
use crate::combine::{Integration, Opinions};
use crate::evaluate::{Confusion, Counts, Evaluation, LabelCounts, NumberErrors, SequenceCounts, TargetEvaluation};
use crate::head::{self, HeadBatch};
use crate::query::QueryForm;
use crate::rules::{self, Evaluated};
use crate::spelling::spell;
use crate::target::{AnsweredBy, HeadKind, Target, Truth};

/// How many rows are predicted at once.
const PREDICT_ROWS: usize = 256;

impl AnswerTask<'_> {
    /// What the model says of each of `rows`, in their order.
    ///
    /// # Errors
    /// When the data cannot be read, a network does not take what the source gives, or nothing of a row is there.
    pub fn predict(&self, weights: &Weights, rows: &[usize]) -> Result<Vec<Prediction>, TaskError> {
        let mut predictions = Vec::with_capacity(rows.len());
        for rows in rows.chunks(PREDICT_ROWS) {
            predictions.extend(self.predict_batch(weights, rows)?);
        }
        Ok(predictions)
    }

    /// Predicts `rows` and compares with the targets and, where the data knows them, the latent concepts.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn evaluation(&self, weights: &Weights, rows: &[usize]) -> Result<Evaluation, TaskError> {
        let mut evaluation = Evaluation::new(self.targets.iter().map(|target| self.nothing_counted(target)));
        for rows in rows.chunks(PREDICT_ROWS) {
            for prediction in self.predict_batch(weights, rows)? {
                let row = prediction.row;
                evaluation.n_samples += 1;
                for ((target, counted), (_, answer)) in
                    self.targets.iter().zip(&mut evaluation.targets).zip(&prediction.answers)
                {
                    let truth = &target.truths[row];
                    counted.count(&answer.value, truth, loss(target, &answer.value, truth));
                }
                evaluation.count_concepts(&prediction, |terms| self.source.concept(terms, row));
            }
        }
        Ok(evaluation)
    }

    /// The log-weights of one row's leaves, one for each slot of its plan: what proofs are weighed with. Nothing where there are no rules.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn log_weights(&self, weights: &Weights, row: usize) -> Result<Option<Vec<f32>>, TaskError> {
        if self.rules_target().is_none() {
            return Ok(None);
        }
        let request = self.request(&[row]);
        let outputs = NetworkOutputs::run(&request, self.networks, &*self.source, &self.lengths, weights, None)?;
        Ok(Some(outputs.log_weights(&request.groups[0])))
    }

    pub(super) fn request(&self, rows: &[usize]) -> BatchRequest<'_> {
        BatchRequest::new(rows, |row| &self.examples[row].asked)
    }

    fn predict_batch(&self, weights: &Weights, rows: &[usize]) -> Result<Vec<Prediction>, TaskError> {
        let request = self.rules_target().map(|_| self.request(rows));
        let (head, outputs) = self.run_networks(rows, request.as_ref(), weights, None)?;
        self.refuse_absent(rows, head.as_ref(), request.as_ref().zip(outputs.as_ref()))?;
        let mut predictions: Vec<Prediction> = rows
            .iter()
            .enumerate()
            .map(|(b, row)| Prediction { row: *row, answers: self.of_head(head.as_ref(), b), networks: Vec::new() })
            .collect();
        if let (Some(request), Some(outputs), Some((nth, target))) = (&request, &outputs, self.rules_target()) {
            let mut workspace = self.take_workspace();
            for group in &request.groups {
                let log_weights = outputs.log_weights(group);
                group.plan().forward(&log_weights, group.members.len(), &mut workspace);
                for (b, member) in group.members.iter().enumerate() {
                    let plan = member.asked.query.plan();
                    let evaluated = Evaluated { plan, workspace: &workspace, b };
                    let value = match &target.by {
                        AnsweredBy::Both { .. } => self.joint(target, head.as_ref(), &evaluated, member),
                        _ => rules::answer(&member.asked.query, &evaluated),
                    };
                    let prediction = &mut predictions[member.position];
                    prediction.answers[nth].1 = Answer { value, certificate: plan.certificate() };
                    prediction.networks = seen(group, b, outputs, &log_weights);
                }
            }
            self.give_back(workspace);
        }
        Ok(predictions)
    }

    /// The head's answer to each target of a row; a place is kept for that of the rules.
    fn of_head(&self, head: Option<&HeadBatch<'_>>, b: usize) -> Vec<(String, Answer)> {
        let answer = |target: &Target| {
            let value = match (&target.by, head) {
                (AnsweredBy::Head(output), Some(head)) => {
                    head::answer(output, head.outputs()[self.output_index(&output.output)].row(b))
                }
                _ => AnswerValue::Numbers(Vec::new()),
            };
            (target.name.clone(), Answer { value, certificate: Certificate::Exact })
        };
        self.targets.iter().map(answer).collect()
    }

    pub(super) fn joint(
        &self,
        target: &Target,
        head: Option<&HeadBatch<'_>>,
        evaluated: &Evaluated<'_>,
        member: &Member<'_>,
    ) -> AnswerValue {
        let (AnsweredBy::Both { head: output, integration }, Some(head)) = (&target.by, head) else {
            return rules::answer(&member.asked.query, evaluated);
        };
        let HeadKind::Class(classes) = &output.kind else {
            return rules::answer(&member.asked.query, evaluated);
        };
        let said = head.outputs()[self.output_index(&output.output)].row(member.position);
        let said: Vec<f64> = said.iter().map(|p| f64::from(*p).exp()).collect();
        let gate = match integration {
            Integration::Gate => doubles(head.outputs()[self.gate_index()].row(member.position)),
            _ => Vec::new(),
        };
        let derived = rules::class_probabilities(evaluated, &self.class_of[member.row], classes.len());
        let probabilities = integration.join(&Opinions { rules: &derived, head: &said, gate: &gate });
        AnswerValue::Class(Distribution { classes: Arc::clone(classes), probabilities })
    }

    fn nothing_counted(&self, target: &Target) -> TargetEvaluation {
        let of_rules = || match self.examples.first().map(|example| example.asked.query.form()) {
            Some(QueryForm::Labels { .. }) => Counts::Labels(LabelCounts::default()),
            Some(QueryForm::Sequence { .. }) => Counts::Sequence(SequenceCounts::default()),
            _ => Counts::Class(Confusion::default()),
        };
        let counts = match &target.by {
            AnsweredBy::Rules => of_rules(),
            AnsweredBy::Both { .. } => Counts::Class(Confusion::default()),
            AnsweredBy::Head(output) => match &output.kind {
                HeadKind::Class(_) => Counts::Class(Confusion::default()),
                HeadKind::Labels(_) => Counts::Labels(LabelCounts::default()),
                HeadKind::Numbers { scale, .. } => Counts::Numbers(vec![NumberErrors::default(); scale.len()]),
            },
        };
        TargetEvaluation::new(&target.name, target.weight, counts)
    }
}

/// What each network said of a member of a group.
fn seen(group: &Group<'_>, b: usize, outputs: &NetworkOutputs<'_>, log_weights: &[f32]) -> Vec<NeuralPrediction> {
    let batch = group.members.len();
    let member = &group.members[b];
    let mut presence = outputs.presence(member).into_iter();
    let leaves = member.asked.query.plan().groups().iter();
    leaves
        .filter_map(|leaf| match &leaf.kind {
            LeafKind::Neural { network, inputs, classes } => Some(NeuralPrediction {
                network: network.clone(),
                inputs: inputs.clone(),
                probabilities: leaf.slots.clone().map(|slot| log_weights[slot * batch + b].exp()).collect(),
                classes: classes.iter().map(spell).collect(),
                present: presence.next().unwrap_or(false),
            }),
            _ => None,
        })
        .collect()
}

/// The loss of an answer; 0 where the truth is not known.
fn loss(target: &Target, answer: &AnswerValue, truth: &Truth) -> f64 {
    // A probability that rounds to nothing is not taken for impossible.
    let cost = |p: f64| -p.max(f64::from(f32::MIN_POSITIVE)).ln();
    match (answer, truth) {
        (AnswerValue::Class(said), Truth::Class(right)) => cost(said.probabilities[*right]),
        (AnswerValue::Labels { probabilities, .. }, Truth::Labels(right)) => {
            let of_label =
                |(i, p): (usize, &f64)| if right.binary_search(&i).is_ok() { cost(*p) } else { cost(1.0 - p) };
            probabilities.iter().enumerate().map(of_label).sum::<f64>() / probabilities.len().max(1) as f64
        }
        (AnswerValue::Sequence(places), Truth::Sequence(right)) => {
            places.iter().zip(right).map(|((_, at), class)| cost(at.probabilities[*class])).sum()
        }
        (AnswerValue::Numbers(said), Truth::Numbers(right)) => match &target.by {
            AnsweredBy::Head(output) => match &output.kind {
                HeadKind::Numbers { scale, loss } => {
                    let of_number = |((said, right), scale): ((&f64, &f64), &crate::target::Scale)| {
                        loss.evaluate((said - right) / scale.deviation).0
                    };
                    said.iter().zip(right).zip(&**scale).map(of_number).sum::<f64>() / said.len().max(1) as f64
                }
                _ => 0.0,
            },
            _ => 0.0,
        },
        _ => 0.0,
    }
}
