//! A training step: forward through networks and circuits, the losses, and back.

use std::collections::BTreeMap;

use consil_graph::{Array, Weights};
use consil_logic::Workspace;
use consil_nn::{Gradients, Step, TaskError, backward_all};
use consil_random::Key;

use super::{AnswerTask, ImpossibleTarget, LOGIC, NETWORKS};
use crate::batching::{BatchRequest, Group, Member, NetworkOutputs};
use crate::combine::{Integration, Opinions};
use crate::head::{self, HeadBatch};
use crate::rules::{self, Evaluated};
use crate::target::{AnsweredBy, HeadOutput, Target, Truth};

/// The head's part of a step: what it said, and the gradient by it so far.
struct HeadStep<'w> {
    batch: HeadBatch<'w>,
    cotangents: Vec<Array>,
}

impl AnswerTask<'_> {
    pub(super) fn step(
        &self,
        weights: &Weights,
        rows: &[usize],
        key: Key,
        into: &mut Gradients,
    ) -> Result<Step, TaskError> {
        let begin = self.now();
        let scale = 1.0 / rows.len().max(1) as f64;
        let request = self.rules_target().map(|_| {
            BatchRequest::new(rows, |row| {
                let example = &self.examples[row];
                example.learned.as_ref().unwrap_or(&example.asked)
            })
        });
        let (head, outputs) = self.run_networks(rows, request.as_ref(), weights, Some(key))?;
        let mut head = head.map(|batch| HeadStep { cotangents: batch.cotangents(), batch });
        self.refuse_absent(rows, head.as_ref().map(|head| &head.batch), request.as_ref().zip(outputs.as_ref()))?;
        let shown = self.now();

        let mut loss = 0.0;
        if let Some(head) = &mut head {
            for target in &self.targets {
                if let AnsweredBy::Head(output) = &target.by {
                    loss += head.alone(target, output, rows, scale);
                }
            }
        }
        let mut cotangents = outputs.as_ref().map(NetworkOutputs::cotangents).unwrap_or_default();
        if let (Some(request), Some(outputs), Some((_, target))) = (&request, &outputs, self.rules_target()) {
            let mut workspace = self.take_workspace();
            for group in &request.groups {
                let at = GroupStep { group, outputs, scale, target };
                loss += self.of_group(&at, &mut workspace, &mut head, &mut cotangents)?;
            }
            self.give_back(workspace);
        }
        let reasoned = self.now();

        let mut runs = outputs.map(|outputs| outputs.into_runs(cotangents)).unwrap_or_default();
        runs.extend(head.and_then(|HeadStep { batch, cotangents }| batch.into_run(cotangents)));
        backward_all(runs, into)?;
        self.add_spent(LOGIC, reasoned - shown);
        self.add_spent(NETWORKS, self.now() - reasoned + shown - begin);
        Ok(Step { loss: loss * scale, n: rows.len() })
    }

    /// What the head and the networks that the rules ask say of some rows; with a key, in training mode and recording for the way back.
    pub(super) fn run_networks<'w>(
        &self,
        rows: &[usize],
        request: Option<&BatchRequest<'_>>,
        weights: &'w Weights,
        key: Option<Key>,
    ) -> Result<(Option<HeadBatch<'w>>, Option<NetworkOutputs<'w>>), TaskError> {
        let (source, lengths) = (&*self.source, &self.lengths);
        let of_head = || self.head().map(|network| HeadBatch::run(network, source, lengths, weights, rows, key));
        let of_rules = || request.map(|asked| NetworkOutputs::run(asked, self.networks, source, lengths, weights, key));
        let (head, outputs) = rayon::join(of_head, of_rules);
        Ok((head.transpose()?, outputs.transpose()?))
    }

    /// The summed loss of a group of rows, and its gradient by what networks and head said.
    fn of_group(
        &self,
        at: &GroupStep<'_, '_>,
        workspace: &mut Workspace,
        head: &mut Option<HeadStep<'_>>,
        cotangents: &mut BTreeMap<String, Array>,
    ) -> Result<f64, TaskError> {
        let GroupStep { group, outputs, scale, target } = *at;
        let (plan, batch) = (group.plan(), group.members.len());
        let log_weights = outputs.log_weights(group);
        plan.forward(&log_weights, batch, workspace);
        let n_answers = plan.answers().len();
        let mut by_answer = vec![0.0f32; n_answers * batch];
        let mut slopes = vec![0.0; n_answers];
        let mut total = 0.0;
        for (b, member) in group.members.iter().enumerate() {
            // A proven answer is the member's own, whoever's plan the circuit came with.
            let evaluated = Evaluated { plan: member.asked.query.plan(), workspace, b };
            let loss = match (&target.by, head.as_mut()) {
                (AnsweredBy::Both { head: output, integration }, Some(head)) => {
                    let both = Both { output, integration: *integration, weight: target.weight * scale };
                    self.of_both(&both, head, &evaluated, member, &target.truths[member.row], &mut slopes)
                }
                _ => {
                    let learned = self.examples[member.row].learned.is_some();
                    let truth = if learned { &Truth::Class(0) } else { &target.truths[member.row] };
                    rules::loss(&member.asked.query, &evaluated, truth, &mut slopes)
                }
            };
            let Some(loss) = loss else { continue };
            if !loss.is_finite() {
                let (row, label) = (self.source.row_name(member.row), self.label(target, member.row));
                return Err(TaskError::new(ImpossibleTarget { row, label }));
            }
            total += loss;
            for (answer, slope) in slopes.iter().enumerate() {
                by_answer[answer * batch + b] = *slope as f32;
            }
        }
        let gradient = plan.backward(&by_answer, workspace);
        outputs.scatter(group, gradient, (target.weight * scale) as f32, cotangents);
        Ok(total * target.weight)
    }

    /// The loss of one row that rules and head answer together.
    fn of_both(
        &self,
        both: &Both<'_>,
        head: &mut HeadStep<'_>,
        evaluated: &Evaluated<'_>,
        member: &Member<'_>,
        truth: &Truth,
        slopes: &mut [f64],
    ) -> Option<f64> {
        let Truth::Class(right) = truth else { return None };
        let at = self.output_index(&both.output.output);
        let gate_at = (both.integration == Integration::Gate).then(|| self.gate_index());
        let said: Vec<f64> =
            head.batch.outputs()[at].row(member.position).iter().map(|p| f64::from(*p).exp()).collect();
        let gate = gate_at.map_or(Vec::new(), |gate| doubles(head.batch.outputs()[gate].row(member.position)));
        let class_of = &self.class_of[member.row];
        let derived = rules::class_probabilities(evaluated, class_of, said.len());
        let joint = both.integration.slopes(&Opinions { rules: &derived, head: &said, gate: &gate }, *right);
        rules::answer_slopes(evaluated, class_of, &joint.rules, &derived, slopes);
        let width = said.len();
        for (class, slope) in joint.head.iter().enumerate() {
            head.cotangents[at].data_mut()[member.position * width + class] += (both.weight * slope) as f32;
        }
        if let Some(gate) = gate_at {
            let place = member.position * joint.gate.len();
            for (expert, slope) in joint.gate.iter().enumerate() {
                head.cotangents[gate].data_mut()[place + expert] += (both.weight * slope) as f32;
            }
        }
        Some(joint.loss)
    }

    /// Where an output stands among the head's.
    pub(super) fn output_index(&self, name: &str) -> usize {
        let head = self.head().expect("a target answered by the head has one");
        let outputs = head.graph().outputs();
        outputs.iter().position(|output| output.name == name).expect("outputs were checked when the task was made")
    }

    /// Where the gate's logits stand among the head's outputs.
    pub(super) fn gate_index(&self) -> usize {
        self.output_index(crate::combine::GATE)
    }

    /// Refuses rows of which neither the head nor the rules' networks see anything.
    pub(super) fn refuse_absent(
        &self,
        rows: &[usize],
        head: Option<&HeadBatch<'_>>,
        rules: Option<(&BatchRequest<'_>, &NetworkOutputs<'_>)>,
    ) -> Result<(), TaskError> {
        let mut seen = vec![false; rows.len()];
        if let Some(head) = head {
            seen.copy_from_slice(head.present());
        }
        if let (Some((request, outputs)), false) = (rules, self.needs_head()) {
            for member in request.groups.iter().flat_map(|group| &group.members) {
                let presence = outputs.presence(member);
                // Rules that ask no network answer by themselves.
                seen[member.position] |= presence.is_empty() || presence.contains(&true);
            }
        }
        match seen.iter().position(|seen| !seen) {
            Some(b) => Err(TaskError::new(super::AllAbsent { row: self.source.row_name(rows[b]) })),
            None => Ok(()),
        }
    }
}

/// An output of one row.
pub(super) fn doubles(row: &[f32]) -> Vec<f64> {
    row.iter().map(|x| f64::from(*x)).collect()
}

#[derive(Clone, Copy)]
struct GroupStep<'s, 'q> {
    group: &'s Group<'q>,
    outputs: &'s NetworkOutputs<'s>,
    scale: f64,
    target: &'s Target,
}

struct Both<'s> {
    output: &'s HeadOutput,
    integration: Integration,
    weight: f64,
}

impl HeadStep<'_> {
    /// The summed, weighted loss of a target that the head answers alone; its gradient is added to the head's.
    fn alone(&mut self, target: &Target, output: &HeadOutput, rows: &[usize], scale: f64) -> f64 {
        let names = &self.batch.names;
        let at = names.iter().position(|name| *name == output.output).expect("outputs were checked");
        let said = &self.batch.outputs()[at];
        let width = said.data().len() / rows.len().max(1);
        let mut slopes = vec![0.0; width];
        let mut total = 0.0;
        for (b, row) in rows.iter().enumerate() {
            let said = &self.batch.outputs()[at].data()[b * width..(b + 1) * width];
            let Some(loss) = head::loss(output, said, &target.truths[*row], &mut slopes) else { continue };
            total += loss;
            let cotangent = &mut self.cotangents[at].data_mut()[b * width..(b + 1) * width];
            for (cotangent, slope) in cotangent.iter_mut().zip(&slopes) {
                *cotangent += (target.weight * scale * slope) as f32;
            }
        }
        total * target.weight
    }
}
