//! The nearest change that would give a row another answer.

use consil_graph::Weights;
use consil_logic::{Flip, LeafKind, Workspace};
use consil_nn::TaskError;

use super::AnswerTask;
use crate::answer::AnswerValue;
use crate::rules::Evaluated;
use crate::spelling::spell;

/// A change that would give another answer, and that answer.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerFlip {
    /// The change; its answers are numbered as the classes of the row's distribution.
    pub flip: Flip,
    /// The answer after the change.
    pub answer: String,
}

impl AnswerTask<'_> {
    /// The single change of what a network saw, or of a choice, that is most probable among those that change the row's answer; where rules and head answer together, that
    /// is their joint answer, with what the head says held as it is. An input that is absent cannot be seen otherwise. Nothing where there are no rules, where no
    /// change does it, and for labels and sequences, which have no single answer.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn nearest_flip(&self, weights: &Weights, row: usize) -> Result<Option<AnswerFlip>, TaskError> {
        let Some((_, target)) = self.rules_target() else { return Ok(None) };
        let request = self.request(&[row]);
        let (head, Some(outputs)) = self.run_networks(&[row], Some(&request), weights, None)? else { return Ok(None) };
        let group = &request.groups[0];
        let (member, plan) = (&group.members[0], group.plan());
        let mut presence = outputs.presence(member).into_iter();
        let of_group = |kind: &LeafKind| !matches!(kind, LeafKind::Neural { .. }) || presence.next().unwrap_or(false);
        let is_there: Vec<bool> = plan.groups().iter().map(|group| &group.kind).map(of_group).collect();
        let answer = |workspace: &Workspace, b: usize| {
            let evaluated = Evaluated { plan, workspace, b };
            match self.joint(target, head.as_ref(), &evaluated, member) {
                AnswerValue::Class(distribution) => Some(distribution),
                _ => None,
            }
        };
        let best = |workspace: &Workspace, b: usize| {
            let distribution = answer(workspace, b)?;
            let best = distribution.best_index()?;
            let p = distribution.probabilities[best];
            (p > 0.0).then(|| (best, p.ln()))
        };
        let mut workspace = Workspace::new();
        let log_weights = outputs.log_weights(group);
        let Some(flip) = plan.nearest_flip_by(&log_weights, &mut workspace, |group| is_there[group], best) else {
            return Ok(None);
        };
        let spelled = answer(&workspace, flip.to).map(|distribution| spell(&distribution.classes[flip.flipped]));
        Ok(spelled.map(|answer| AnswerFlip { flip, answer }))
    }
}
