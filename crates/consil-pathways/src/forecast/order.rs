//! How quantities depend on each other: the order in which they can be computed, and the draws that are correlated.

use std::ops::Range;

use super::copula::Copula;
use super::model::{Correlation, Group, Quantity};
use super::program::Node;
use crate::document::{At, Section};
use crate::fault::{Fault, did_you_mean};

/// An order in which each quantity comes after those that it needs.
pub(super) fn order(root: &Section<'_>, names: &[&At<String>], quantities: &[Quantity]) -> Result<Vec<usize>, Fault> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    /// Depth first from one quantity, on a stack of its own: a chain may be as long as the file. The error is a circle, from a quantity back to itself.
    fn visit(from: usize, needs: &[Vec<usize>], marks: &mut [Mark], order: &mut Vec<usize>) -> Result<(), Vec<usize>> {
        if marks[from] == Mark::Done {
            return Ok(());
        }
        marks[from] = Mark::Open;
        let mut open = vec![(from, 0)];
        while let Some((i, next)) = open.last_mut() {
            let Some(&j) = needs[*i].get(*next) else {
                marks[*i] = Mark::Done;
                order.push(*i);
                open.pop();
                continue;
            };
            *next += 1;
            match marks[j] {
                Mark::Done => {}
                Mark::Open => {
                    return Err(open.iter().map(|(i, _)| *i).skip_while(|i| *i != j).chain([j]).collect());
                }
                Mark::New => {
                    marks[j] = Mark::Open;
                    open.push((j, 0));
                }
            }
        }
        Ok(())
    }
    let needs: Vec<Vec<usize>> = quantities
        .iter()
        .map(|quantity| {
            let mut needs = Vec::new();
            quantity.program.visit(&mut |node| {
                if let Node::Quantity(j) = node {
                    needs.push(*j);
                }
            });
            needs
        })
        .collect();
    let (mut marks, mut order) = (vec![Mark::New; quantities.len()], Vec::with_capacity(quantities.len()));
    for i in 0..quantities.len() {
        visit(i, &needs, &mut marks, &mut order).map_err(|circle| {
            let around: Vec<&str> = circle.iter().map(|i| names[*i].value.as_str()).collect();
            let at = names[circle[0]].span.clone();
            root.fault(at, format!("quantities need each other in a circle: {}", around.join(" → ")), "break it")
        })?;
    }
    Ok(order)
}

/// The correlated draws, joined where they are connected.
pub(super) fn groups(
    root: &Section<'_>,
    quantities: &[Quantity],
    correlations: &[(Correlation, Range<usize>)],
) -> Result<Vec<Group>, Fault> {
    let mut pairs: Vec<([usize; 2], f64, &Range<usize>)> = Vec::new();
    for (correlation, span) in correlations {
        let mut places = [0; 2];
        for (place, name) in places.iter_mut().zip(&correlation.between) {
            let quantity = quantities.iter().find(|quantity| quantity.name == *name).ok_or_else(|| {
                let help = did_you_mean(name, quantities.iter().map(|quantity| quantity.name.as_str()));
                root.fault(span.clone(), format!("there is no quantity `{name}`"), help)
            })?;
            *place = quantity.program.single_draw().ok_or_else(|| {
                let problem = format!("`{name}` is not a single draw, so nothing can be correlated with it");
                root.fault(span.clone(), problem, "correlate the draws that it is made of")
            })?;
        }
        if places[0] == places[1] {
            return Err(root.fault(span.clone(), "a quantity cannot be correlated with itself", ""));
        }
        places.sort_unstable();
        if pairs.iter().any(|(earlier, ..)| *earlier == places) {
            let [a, b] = &correlation.between;
            let problem = format!("the correlation of `{a}` and `{b}` is given twice");
            return Err(root.fault(span.clone(), problem, "keep one of them"));
        }
        pairs.push((places, correlation.r, span));
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (places, ..) in &pairs {
        let (with, without): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().any(|place| places.contains(place)));
        let mut joined: Vec<usize> = with.into_iter().flatten().chain(*places).collect();
        joined.sort_unstable();
        joined.dedup();
        groups = without;
        groups.push(joined);
    }
    groups
        .into_iter()
        .map(|places| {
            let n = places.len();
            let mut matrix: Vec<Vec<f64>> =
                (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
            let mut last = 0..0;
            for ([a, b], r, span) in &pairs {
                if let (Some(i), Some(j)) = (places.iter().position(|p| p == a), places.iter().position(|p| p == b)) {
                    (matrix[i][j], matrix[j][i]) = (*r, *r);
                    last = (*span).clone();
                }
            }
            let copula = Copula::new(&matrix)
                .map_err(|error| root.fault(last, error.to_string(), "weaken one of the correlations"))?;
            Ok(Group { places, copula })
        })
        .collect()
}
