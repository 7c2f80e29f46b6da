//! Dependencies: boxes in columns, arrows from what is needed to what needs it.

use crate::svg::{at, figure};

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub struct Vertex {
    /// Its text.
    pub name: String,
    /// A second line.
    pub note: String,
    /// The style sheet's class of its state, such as `present`.
    pub class: String,
}

/// An arrow from one box to another, by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What is needed.
    pub from: usize,
    /// What needs it.
    pub to: usize,
}

const BOX: (f64, f64) = (176.0, 46.0);
const GAP: (f64, f64) = (56.0, 20.0);

/// A drawing of a graph without circles; edges that would close one are left out.
pub fn dependency_graph(id: &str, title: &str, vertices: &[Vertex], edges: &[Edge]) -> String {
    // The longest way to a vertex is its column.
    let mut columns = vec![0; vertices.len()];
    for _ in 0..vertices.len() {
        for edge in edges {
            if columns[edge.from] + 1 > columns[edge.to] && columns[edge.from] + 1 < vertices.len() {
                columns[edge.to] = columns[edge.from] + 1;
            }
        }
    }
    let n_columns = columns.iter().max().map_or(0, |most| most + 1);
    let in_column = |column: usize| columns.iter().filter(|c| **c == column).count();
    let n_rows = (0..n_columns).map(in_column).max().unwrap_or(0);
    let height = n_rows as f64 * (BOX.1 + GAP.1) + GAP.1;
    let width = n_columns as f64 * (BOX.0 + GAP.0) - GAP.0 + 4.0;
    let corner = |i: usize| {
        let column = columns[i];
        let row = columns[..i].iter().filter(|c| **c == column).count() as f64;
        let free = height - in_column(column) as f64 * (BOX.1 + GAP.1);
        (2.0 + column as f64 * (BOX.0 + GAP.0), 0.5 * (free + GAP.1) + row * (BOX.1 + GAP.1))
    };
    let sentences: Vec<String> =
        edges.iter().map(|edge| format!("{} needs {}", vertices[edge.to].name, vertices[edge.from].name)).collect();
    figure(id, (width.max(1.0), height), (title, &sentences.join(". ")), |svg| {
        for edge in edges.iter().filter(|edge| columns[edge.from] < columns[edge.to]) {
            let ((x1, y1), (x2, y2)) = (corner(edge.from), corner(edge.to));
            let (from, to) = ((x1 + BOX.0, y1 + 0.5 * BOX.1), (x2, y2 + 0.5 * BOX.1));
            let bend = 0.5 * (to.0 - from.0).min(2.0 * GAP.0);
            let way = format!(
                "M{} {} C{} {} {} {} {} {}",
                at(from.0),
                at(from.1),
                at(from.0 + bend),
                at(from.1),
                at(to.0 - bend),
                at(to.1),
                at(to.0 - 6.0),
                at(to.1)
            );
            svg.empty("path", &[("d", &way), ("class", &"edge")]);
            let tip = format!("M{} {} l-8 -4 v8 z", at(to.0), at(to.1));
            svg.empty("path", &[("d", &tip), ("class", &"tip")]);
        }
        for (i, vertex) in vertices.iter().enumerate() {
            let (x, y) = corner(i);
            let class = format!("box {}", vertex.class);
            let place = [("x", &at(x) as &dyn std::fmt::Display), ("y", &at(y)), ("width", &BOX.0), ("height", &BOX.1)];
            svg.empty("rect", &[&place[..], &[("rx", &6), ("class", &class)]].concat());
            svg.label((x + 0.5 * BOX.0, y + 20.0), "middle name", &vertex.name);
            svg.label((x + 0.5 * BOX.0, y + 36.0), "middle note", &vertex.note);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::is_well_formed;

    #[test]
    fn needs_stand_left_of_what_needs_them() {
        let vertex = |name: &str| Vertex { name: name.into(), note: String::new(), class: "present".into() };
        let edges = [Edge { from: 0, to: 1 }, Edge { from: 1, to: 2 }, Edge { from: 0, to: 2 }];
        let svg = dependency_graph("g", "t", &[vertex("a"), vertex("b"), vertex("c")], &edges);
        assert!(is_well_formed(&svg) && svg.contains("c needs b"));
        let x = |name: &str| {
            let before = &svg[..svg.find(&format!(">{name}<")).unwrap()];
            let at = before.rfind(" x=\"").unwrap() + 4;
            before[at..].split('"').next().unwrap().parse::<f64>().unwrap()
        };
        assert!(x("a") < x("b") && x("b") < x("c"));
        let circle = [Edge { from: 0, to: 1 }, Edge { from: 1, to: 0 }];
        assert!(is_well_formed(&dependency_graph("g", "t", &[vertex("a"), vertex("b")], &circle)), "a circle ends");
    }
}
