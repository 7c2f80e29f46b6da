//! The semantics itself: the probability of a query is the weight of the worlds in which it holds.

use std::collections::BTreeSet;

use super::generate::Case;

/// A choice of one head, or of none, for each clause.
pub struct World<'a> {
    case: &'a Case,
    chosen: Vec<Option<usize>>,
}

/// The chosen head of each clause, the model, the weight.
pub type Visit<'v> = dyn FnMut(&[Option<usize>], &BTreeSet<&str>, f64) + 'v;

/// The model, the model under an intervention, the weight.
pub type VisitTwice<'v> = dyn FnMut(&BTreeSet<&str>, &BTreeSet<&str>, f64) + 'v;

impl World<'_> {
    /// P(query | evidence); nothing if the evidence is impossible.
    pub fn probability(case: &Case, query: &str) -> Option<f64> {
        World::probabilities(case, &[query]).map(|found| found[0])
    }

    /// P(query | evidence) of each query, in one walk through the worlds.
    pub fn probabilities(case: &Case, queries: &[&str]) -> Option<Vec<f64>> {
        let (mut joint, mut given) = (vec![0.0; queries.len()], 0.0);
        World::each(case, &mut |_, model, weight| {
            if case.evidence.iter().all(|(atom, holds)| model.contains(atom.as_str()) == *holds) {
                given += weight;
                for (joint, query) in joint.iter_mut().zip(queries) {
                    *joint += if model.contains(query) { weight } else { 0.0 };
                }
            }
        });
        (given > 0.0).then(|| joint.into_iter().map(|joint| joint / given).collect())
    }

    /// Visits every world of a case: the choices of its clauses, its model and its weight.
    pub fn each(case: &Case, visit: &mut Visit) {
        World { case, chosen: Vec::new() }.enumerate(1.0, visit);
    }

    fn enumerate(&mut self, weight: f64, visit: &mut Visit) {
        if weight == 0.0 {
            return;
        }
        let Some(clause) = self.case.clauses.get(self.chosen.len()) else {
            return visit(&self.chosen, &self.least_model(), weight);
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

    /// Visits every world with its model and with the model under an intervention: atoms that hold or fail whatever
    /// their clauses say.
    pub fn each_twice(case: &Case, forced: &[(String, bool)], visit: &mut VisitTwice) {
        World::each(case, &mut |chosen, model, weight| {
            let world = World { case, chosen: chosen.to_vec() };
            let forced: Vec<(&str, bool)> = forced.iter().map(|(atom, holds)| (atom.as_str(), *holds)).collect();
            let changed: BTreeSet<String> = world.model(&forced).into_iter().map(String::from).collect();
            visit(model, &changed.iter().map(String::as_str).collect(), weight);
        });
    }

    fn least_model(&self) -> BTreeSet<&str> {
        self.model(&[])
    }

    fn model<'m>(&'m self, forced: &[(&'m str, bool)]) -> BTreeSet<&'m str> {
        let mut model: BTreeSet<&str> = forced.iter().filter(|(_, holds)| *holds).map(|(atom, _)| *atom).collect();
        for stratum in 0..self.case.n_strata {
            loop {
                let before = model.len();
                for (clause, choice) in self.case.clauses.iter().zip(&self.chosen) {
                    let Some(head) = choice.filter(|_| clause.stratum == stratum) else { continue };
                    let atom = clause.heads[head].1.as_str();
                    let holds = clause.body.iter().all(|(holds, atom)| model.contains(atom.as_str()) == *holds);
                    if holds && !forced.iter().any(|(other, _)| *other == atom) {
                        model.insert(atom);
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
