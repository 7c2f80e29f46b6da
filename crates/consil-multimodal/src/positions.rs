//! Learned positions for rows that are longer than those a graph is built for.
//!
//! A graph is built for the longest training row; a [`PositionEmbedding`](consil_graph::op::PositionEmbedding) then has as many rows in its table, and takes
//! no longer batch. Where the input says that rows may reach a limit, the tables are made as long as the limit asks. Positions that no training row reached
//! stay as they began, near zero.

use consil_graph::op::Op;
use consil_graph::{Graph, Source};

use crate::error::NetworkError;
use crate::input::InputShape;

/// The graph with tables of positions for rows up to the inputs' limits. `build` gives the graph for inputs of these lengths: the tables' own lengths are read
/// off it, whatever strides lie before them. Where other parameters depend on the length too, the layers take one length only, and the graph stays as it is.
pub(crate) fn up_to_limits(
    graph: Graph,
    mut inputs: Vec<InputShape>,
    build: impl FnOnce(Vec<InputShape>) -> Result<Graph, NetworkError>,
) -> Result<Graph, NetworkError> {
    let grown = inputs.iter_mut().filter_map(grow).count();
    let tables = tables(&graph);
    if grown == 0 || tables.is_empty() {
        return Ok(graph);
    }
    let Ok(longer) = build(inputs) else { return Ok(graph) };
    let mut rewrite = graph.rewrite();
    for (i, param) in graph.params().iter().enumerate() {
        let Some(found) = longer.find_param(&param.name) else { return Ok(graph) };
        let shape = longer.shape_of(found);
        if tables.contains(&i) {
            rewrite.set_param(graph.value_of_param(i), |param| param.shape = shape.to_vec());
        } else if *shape != param.shape {
            return Ok(graph);
        }
    }
    Ok(rewrite.finish()?)
}

/// Gives an input the length of its limit, where that is more than its own.
fn grow(input: &mut InputShape) -> Option<()> {
    let (time, limit) = (input.time?, input.limit?);
    // Time is the last axis, but a video's first.
    let axis = if input.shape.len() == 4 { 0 } else { input.shape.len().checked_sub(1)? };
    if limit <= time {
        return None;
    }
    input.shape[axis] = limit;
    input.time = Some(limit);
    Some(())
}

/// The parameters that are tables of learned positions.
fn tables(graph: &Graph) -> Vec<usize> {
    let of_positions = graph.nodes().iter().filter(|node| matches!(node.op, Op::PositionEmbedding(_)));
    let weight = |node: &consil_graph::Node| match graph.source(*node.inputs.last()?) {
        Source::Param(param) => Some(param),
        _ => None,
    };
    of_positions.filter_map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::NetworkConfig;

    fn rows(encoder: &str, limit: Option<usize>) -> usize {
        let config: NetworkConfig = toml::from_str(&format!("input = 'x'\nencoder = {encoder}")).unwrap();
        let input = InputShape { shape: vec![3, 12], time: Some(12), limit, vocabulary: None };
        let graph = config.build("n", &[input], 2).unwrap();
        assert_eq!(graph.inputs()[0].shape, [3, 12], "the graph is built for the longest training row");
        graph.params()[tables(&graph)[0]].shape[0]
    }

    #[test]
    fn tables_of_positions_reach_the_limit() {
        assert_eq!(rows("'transformer'", None), 12);
        assert_eq!(rows("'transformer'", Some(8)), 12);
        assert_eq!(rows("'transformer'", Some(40)), 40);
        // A stride of two before the positions halves what they need.
        let strided = "[{ conv = 4, kernel = 2, stride = 2 }, 'transpose', 'position-embedding', 'mean-tokens']";
        assert_eq!((rows(strided, None), rows(strided, Some(40))), (6, 20));
    }

    #[test]
    fn layers_of_one_length_stay_as_they_are() {
        let one = "['transpose', 'position-embedding', 'flatten', { linear = 4 }]";
        // A linear layer over flattened time would have another weight.
        assert_eq!((rows(one, None), rows(one, Some(40))), (12, 12));
    }
}
