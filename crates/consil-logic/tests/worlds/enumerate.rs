//! The semantics itself: the probability of a query is the weight of the worlds in which it holds.

use std::collections::BTreeSet;

use super::generate::Case;

/// A choice of one head, or of none, for each clause.
pub struct World<'a> {
    case: &'a Case,
    chosen: Vec<Option<usize>>,
}

impl World<'_> {
    /// P(query | evidence); nothing if the evidence is impossible.
    pub fn probability(case: &Case, query: &str) -> Option<f64> {
        let (mut joint, mut given) = (0.0, 0.0);
        let mut world = World { case, chosen: Vec::new() };
        world.enumerate(1.0, &mut |model, weight| {
            if case.evidence.iter().all(|(atom, holds)| model.contains(atom.as_str()) == *holds) {
                given += weight;
                if model.contains(query) {
                    joint += weight;
                }
            }
        });
        (given > 0.0).then(|| joint / given)
    }

    fn enumerate(&mut self, weight: f64, visit: &mut dyn FnMut(&BTreeSet<&str>, f64)) {
        if weight == 0.0 {
            return;
        }
        let Some(clause) = self.case.clauses.get(self.chosen.len()) else {
            return visit(&self.least_model(), weight);
        };
        let heads = clause.heads.clone();
        let rest = 100 - heads.iter().map(|(p, _)| p).sum::<u32>().min(100);
        let options = heads.iter().enumerate().map(|(index, (p, _))| (Some(index), *p)).chain([(None, rest)]);
        for (choice, percent) in options.collect::<Vec<_>>() {
            self.chosen.push(choice);
            self.enumerate(weight * f64::from(percent) / 100.0, visit);
            self.chosen.pop();
        }
    }

    fn least_model(&self) -> BTreeSet<&str> {
        let mut model = BTreeSet::new();
        for stratum in 0..self.case.n_strata {
            loop {
                let before = model.len();
                for (clause, choice) in self.case.clauses.iter().zip(&self.chosen) {
                    let Some(head) = choice.filter(|_| clause.stratum == stratum) else { continue };
                    if clause.body.iter().all(|(holds, atom)| model.contains(atom.as_str()) == *holds) {
                        model.insert(clause.heads[head].1.as_str());
                    }
                }
                if model.len() == before {
                    break;
                }
            }
        }
        model
    }
}
