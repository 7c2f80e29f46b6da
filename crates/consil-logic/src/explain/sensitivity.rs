//! How much an answer depends on each leaf.

use crate::budget::Budget;
use crate::circuit::{LANES, Workspace};
use crate::error::ReasonError;
use crate::plan::Plan;

/// Slots that are fixed at once: enough to fill the lanes, and memory that is linear in the circuit.
const COLUMNS: usize = 4 * LANES;

/// How an answer moves with a leaf's probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The group, by its index in [`Plan::groups`].
    pub group: usize,
    /// The slot.
    pub slot: usize,
    /// The leaf's probability p.
    pub probability: f64,
    /// dP(answer | evidence) / dp, the other classes of the group giving up what this one gains, in proportion.
    pub derivative: f64,
    /// P(answer | evidence) were the leaf certain; NaN where that rules the evidence out.
    pub if_certain: f64,
}

impl Plan {
    /// The sensitivity of an answer to each leaf, the largest derivative first. For a fact, the slot of its not holding is left
    /// out: its derivative is the fact's with the other sign.
    ///
    /// With J and E the answer's joint with the evidence and the evidence as functions of p, both linear:
    /// P = J / E and dP/dp = (J′ − P E′) / E, each slope the difference of the leaf certain and the leaf impossible (Chan &
    /// Darwiche, "When do numbers really matter?", JAIR 2002).
    ///
    /// The circuit is evaluated once for each slot. The budget's clock is asked in between.
    ///
    /// # Errors
    /// [`ReasonError::Budget`] if the time is over.
    ///
    /// # Panics
    /// If there is no such answer or `log_weights` is not `n_slots` long.
    pub fn sensitivities(
        &self,
        answer: usize,
        log_weights: &[f64],
        ws: &mut Workspace,
        budget: &Budget,
    ) -> Result<Vec<Sensitivity>, ReasonError> {
        assert_eq!(log_weights.len(), self.n_slots(), "the log weights of one sample");
        let mut group_of = vec![0; self.n_slots()];
        for (index, group) in self.groups.iter().enumerate() {
            group_of[group.slots.clone()].fill(index);
        }
        // All is relative to the evidence's own probability, which may be too small for a double.
        ws.forward(&self.circuit, log_weights, 1);
        let scale = Some(ws.log_evidence(0)).filter(|log| log.is_finite()).unwrap_or(0.0);
        // The joint and the evidence with the group of each slot fixed to it.
        let mut fixed: Vec<(f64, f64)> = Vec::with_capacity(self.n_slots());
        for first in (0..self.n_slots()).step_by(COLUMNS) {
            budget.check_time()?;
            let batch = COLUMNS.min(self.n_slots() - first);
            let mut columns: Vec<f64> =
                log_weights.iter().flat_map(|&weight| std::iter::repeat_n(weight, batch)).collect();
            for column in 0..batch {
                for slot in self.groups[group_of[first + column]].slots.clone() {
                    columns[slot * batch + column] = if slot == first + column { 0.0 } else { f64::NEG_INFINITY };
                }
            }
            ws.forward(&self.circuit, &columns, batch);
            fixed.extend((0..batch).map(|column| {
                let evidence = (ws.log_evidence(column) - scale).exp();
                let share = ws.log_prob(answer, column).exp();
                (if evidence > 0.0 { share * evidence } else { 0.0 }, evidence)
            }));
        }
        let mut all = Vec::with_capacity(self.n_slots());
        for (index, group) in self.groups.iter().enumerate() {
            let p: Vec<f64> = group.slots.clone().map(|slot| log_weights[slot].exp()).collect();
            let own = &fixed[group.slots.clone()];
            let total = |part: fn(&(f64, f64)) -> f64| p.iter().zip(own).map(|(p, pair)| p * part(pair)).sum::<f64>();
            let (joint, evidence) = (total(|pair| pair.0), total(|pair| pair.1));
            let shown = if group.is_fact() { 1 } else { own.len() };
            for (class, slot) in group.slots.clone().enumerate().take(shown) {
                let rest = 1.0 - p[class];
                let without =
                    |whole: f64, with: f64| if rest > 0.0 { (whole - p[class] * with) / rest } else { f64::NAN };
                let (with_joint, with_evidence) = own[class];
                let slopes =
                    (with_joint - without(joint, with_joint), with_evidence - without(evidence, with_evidence));
                all.push(Sensitivity {
                    group: index,
                    slot,
                    probability: p[class],
                    derivative: (slopes.0 - joint / evidence * slopes.1) / evidence,
                    if_certain: with_joint / with_evidence,
                });
            }
        }
        let size = |one: &Sensitivity| if one.derivative.is_nan() { -1.0 } else { one.derivative.abs() };
        all.sort_by(|a, b| size(b).total_cmp(&size(a)));
        Ok(all)
    }
}
