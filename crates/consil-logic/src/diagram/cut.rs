//! Smaller diagrams that bound a larger one.

use super::{Diagram, Diagrams};
use crate::error::ReasonError;
use crate::hash::FastMap;

impl Diagrams<'_> {
    /// A diagram with about `width` nodes at most: the nodes that the least probability flows through are replaced by `end`,
    /// so that the result implies the function if `end` is false, and is implied by it if `end` is true.
    pub(crate) fn cut(
        &mut self,
        root: Diagram,
        width: usize,
        end: Diagram,
        probabilities: &[Vec<f64>],
    ) -> Result<Diagram, ReasonError> {
        let Some(nodes) = self.more_than(root, width) else { return Ok(root) };
        let mut flows: FastMap<Diagram, f64> = FastMap::default();
        flows.insert(root, 1.0);
        for &node in &nodes {
            let flow = flows[&node];
            for (&child, p) in self.children(node).iter().zip(&probabilities[self.level(node) as usize]) {
                *flows.entry(child).or_default() += flow * p;
            }
        }
        let mut by_flow: Vec<f64> = nodes.iter().map(|node| flows[node]).collect();
        let (_, &mut least, _) = by_flow.select_nth_unstable_by(width, |a, b| b.total_cmp(a));
        let mut kept: FastMap<Diagram, Diagram> = FastMap::default();
        let mut children = Vec::new();
        for &node in nodes.iter().rev() {
            let new = if node != root && flows[&node] <= least {
                end
            } else {
                children.clear();
                children.extend(self.children(node).iter().map(|child| kept.get(child).copied().unwrap_or(*child)));
                self.node(self.level(node), &children)?
            };
            kept.insert(node, new);
        }
        Ok(kept[&root])
    }

    /// The inner nodes below a root, parents first, if they are more than `width`.
    fn more_than(&self, root: Diagram, width: usize) -> Option<Vec<Diagram>> {
        // Each visited node has an inner parent, so a diagram of few numbers need not be walked.
        if (root as usize) < width {
            return None;
        }
        let mut seen = crate::hash::FastSet::default();
        let mut pending = vec![root];
        while let Some(node) = pending.pop() {
            if !self.children(node).is_empty() && seen.insert(node) {
                pending.extend(self.children(node));
            }
        }
        let mut nodes: Vec<Diagram> = seen.into_iter().collect();
        nodes.sort_unstable_by_key(|&node| self.level(node));
        (nodes.len() > width).then_some(nodes)
    }
}
