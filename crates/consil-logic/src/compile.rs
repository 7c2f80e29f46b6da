//! From a trimmed derivation graph to a circuit.
//!
//! An OR node whose alternatives exclude each other, and whose AND nodes have independent parts, is a sum of products as it
//! stands. Every other node becomes a decision diagram; inside a cycle the diagrams are iterated from false to their
//! fixpoint (Vlasselaer et al., "Anytime inference in probabilistic logic programs with Tp-compilation", IJCAI 2015).

mod bounded;
mod components;
mod decomposition;
mod direct;
mod frontier;
mod functions;
mod independence;
mod modules;
mod order;
mod reachability;
mod table;
mod widening;

use crate::budget::{Budget, Limit};
use crate::circuit::{Circuit, CircuitBuilder, Compilation};
use crate::derivation::{Literal, Trimmed, Truth};
use crate::diagram::{Diagram, Diagrams, FALSE, TRUE};
use crate::error::ReasonError;
use components::Components;
pub(crate) use decomposition::Decomposition;
use direct::Direct;
use functions::{Functions, Method};
pub(crate) use independence::Independence;
pub(crate) use modules::modules;
use order::Order;
use table::Table;
pub(crate) use widening::{Asked, Widened, Widening};

/// Nodes of decision diagrams that are tried before the width of the graph is looked at: whatever is that small is well served.
const TRIAL_NODES: usize = 1 << 13;

/// Compiles the answers and, if there is any, the evidence, into one circuit. Answers are conjoined with the evidence.
///
/// Small diagrams come first, then a tree decomposition, then diagrams with the whole budget.
pub(crate) fn compile(graph: &Trimmed, budget: &Budget) -> Result<Circuit, ReasonError> {
    let independence = Independence::of(graph);
    let direct = Direct::of(graph, &independence);
    let orders = order::candidates(graph, &independence);
    let compiler = |order| Compiler {
        graph,
        components: independence.components(),
        independence: &independence,
        direct: &direct,
        order,
    };
    // The nodes after which diagrams were given up, once they were.
    let mut given_up = None;
    // What rests on itself has no tree decomposition of its own, so there is nothing to spare for.
    let is_acyclic = !independence.components().has_cycles();
    if is_acyclic && TRIAL_NODES < budget.max_nodes {
        for order in &orders {
            match compiler(order).circuit(TRIAL_NODES, budget) {
                Err(ReasonError::Budget { limit: Limit::Nodes(_) }) => {}
                outcome => return outcome.map(|circuit| circuit.compiled_by(by_diagrams(order, is_acyclic, None))),
            }
        }
        given_up = Some(TRIAL_NODES);
    }
    if is_acyclic && let Some(decomposition) = Decomposition::new(graph)? {
        match decomposition.circuit(&decomposition::roots(graph), budget) {
            Err(ReasonError::Budget { limit: Limit::Nodes(_) }) => {}
            outcome => return outcome.map(|circuit| circuit.compiled_by(decomposition.compilation(given_up))),
        }
    }
    let last = orders.len() - 1;
    for (attempt, order) in orders.iter().enumerate() {
        // A poor order shows early; the last one and a sweep along a frontier have the whole budget.
        let whole = attempt == last || order.method == Method::Frontier;
        let max_nodes = if whole { budget.max_nodes } else { budget.max_nodes / 8 };
        match compiler(order).circuit(max_nodes, budget) {
            Err(ReasonError::Budget { limit: Limit::Nodes(_) }) if attempt < last => {}
            outcome => return outcome.map(|circuit| circuit.compiled_by(by_diagrams(order, is_acyclic, given_up))),
        }
    }
    unreachable!("there is always an order, and the last attempt returns")
}

fn by_diagrams(order: &Order, is_acyclic: bool, given_up: Option<usize>) -> Compilation {
    match (order.method, given_up) {
        (Method::Frontier, _) => Compilation::Frontier,
        (Method::Iteration, _) if !is_acyclic => Compilation::Fixpoint,
        (Method::Iteration, Some(given_up)) => Compilation::LargeDiagrams { given_up },
        (Method::Iteration, None) => Compilation::Diagrams,
    }
}

struct Compiler<'a> {
    graph: &'a Trimmed,
    components: &'a Components,
    independence: &'a Independence,
    direct: &'a Direct,
    order: &'a Order,
}

/// What a root is compiled to.
#[derive(Clone, Copy)]
enum Root {
    /// The node's own row, times the evidence's if there is any.
    Node(u32),
    Diagram(Diagram),
}

impl Compiler<'_> {
    fn circuit(&self, max_nodes: usize, budget: &Budget) -> Result<Circuit, ReasonError> {
        let graph = self.graph;
        let arities = self.order.groups.iter().map(|&group| graph.groups[group as usize].n_slots).collect();
        let diagrams = Diagrams::new(arities, max_nodes, budget);
        let mut functions = Functions::new(graph, self.components, self.order, diagrams);

        let evidence = self.evidence(&mut functions)?;
        if evidence == FALSE {
            return Err(ReasonError::ImpossibleEvidence);
        }
        let mut roots = Vec::with_capacity(graph.roots.len());
        for &root in &graph.roots {
            roots.push(match root {
                Truth::False => Root::Diagram(FALSE),
                Truth::True => Root::Diagram(evidence),
                Truth::Node(or) if evidence == TRUE || self.is_independent_of_evidence(or) => Root::Node(or),
                Truth::Node(or) => {
                    let function = functions.of(or)?;
                    Root::Diagram(functions.diagrams.and(function, evidence)?)
                }
            });
        }

        let table = self.table(&roots);
        let used = if table.is_some() { Vec::new() } else { self.used(&roots) };
        let mut rows = Rows::new(graph, &self.order.groups);
        for or in used.iter().copied() {
            if !self.direct.is_direct(or) {
                let function = functions.of(or)?;
                rows.want(function);
            }
            for and in graph.ands(or).filter(|_| self.direct.is_direct(or)) {
                for &literal in graph.literals(and) {
                    if let Literal::Not(child) = literal {
                        let function = functions.of(child)?;
                        let negation = functions.diagrams.not(function)?;
                        functions.set_negation(child, negation);
                        rows.want(negation);
                    }
                }
            }
        }
        rows.want(evidence);
        for root in &roots {
            if let Root::Diagram(diagram) = root {
                rows.want(*diagram);
            }
        }
        rows.emit_diagrams(&functions.diagrams);
        let mut or_rows: Vec<Option<u32>> = vec![None; graph.n_ors()];
        for &or in &used {
            or_rows[or as usize] = Some(if self.direct.is_direct(or) {
                self.emit_direct(or, &or_rows, &functions, &mut rows)
            } else {
                rows.row(functions.of(or)?)
            });
        }
        if let Some((table, ors)) = table {
            for (or, row) in ors.into_iter().zip(table.emit(&mut rows.builder)) {
                or_rows[or as usize] = row;
            }
        }
        let evidence_row = (!graph.evidence.is_empty() && evidence != TRUE).then(|| rows.row(evidence));
        let mut root_rows = Vec::with_capacity(roots.len());
        for root in roots {
            root_rows.push(match root {
                Root::Diagram(diagram) => rows.row(diagram),
                Root::Node(or) => {
                    let row = or_rows[or as usize].expect("a root is used");
                    match evidence_row {
                        Some(evidence) => {
                            rows.builder.edge([row, evidence]);
                            rows.builder.finish_node()
                        }
                        None => row,
                    }
                }
            });
        }
        Ok(rows.builder.finish(root_rows, evidence_row))
    }

    /// The roots as a table, if they have one that factors well.
    fn table(&self, roots: &[Root]) -> Option<(Table, Vec<u32>)> {
        let ors: Option<Vec<u32>> = roots
            .iter()
            .map(|root| match root {
                Root::Node(or) if self.direct.is_direct(*or) => Some(*or),
                _ => None,
            })
            .collect();
        let ors = ors.filter(|ors| ors.len() > 1)?;
        let table = Table::of(self.graph, self.direct, &ors)?;
        (2 * table.n_factored() < table.n_terms()).then_some((table, ors))
    }

    fn evidence(&self, functions: &mut Functions) -> Result<Diagram, ReasonError> {
        let mut all = TRUE;
        for &(truth, holds) in &self.graph.evidence {
            let function = match truth {
                Truth::False => FALSE,
                Truth::True => TRUE,
                Truth::Node(or) => functions.of(or)?,
            };
            let observed = if holds { function } else { functions.diagrams.not(function)? };
            all = functions.diagrams.and(all, observed)?;
        }
        Ok(all)
    }

    fn is_independent_of_evidence(&self, or: u32) -> bool {
        self.graph.evidence.iter().all(|&(truth, _)| match truth {
            Truth::Node(other) => self.independence.are_independent(or, other),
            _ => true,
        })
    }

    /// The OR nodes whose rows the circuit needs, children first.
    fn used(&self, roots: &[Root]) -> Vec<u32> {
        let mut used = vec![false; self.graph.n_ors()];
        let mut pending: Vec<u32> = Vec::new();
        for root in roots {
            if let Root::Node(or) = root {
                pending.push(*or);
            }
        }
        while let Some(or) = pending.pop() {
            if std::mem::replace(&mut used[or as usize], true) || !self.direct.is_direct(or) {
                continue;
            }
            for and in self.graph.ands(or) {
                pending.extend(self.graph.literals(and).iter().filter_map(|&literal| match literal {
                    Literal::Node(child) => Some(child),
                    _ => None,
                }));
            }
        }
        self.components.order().iter().copied().filter(|&or| used[or as usize]).collect()
    }

    fn emit_direct(&self, or: u32, or_rows: &[Option<u32>], functions: &Functions, rows: &mut Rows) -> u32 {
        for and in self.graph.ands(or) {
            let factors: Vec<u32> = self
                .graph
                .literals(and)
                .iter()
                .map(|&literal| match literal {
                    Literal::Leaf(slot) => slot,
                    Literal::Node(child) => or_rows[child as usize].expect("children come first"),
                    Literal::Not(child) => rows.row(functions.negation(child)),
                })
                .collect();
            rows.builder.edge(factors);
        }
        rows.builder.finish_node()
    }
}

/// The rows of the diagrams that the circuit needs.
struct Rows<'a> {
    graph: &'a Trimmed,
    order: &'a [u32],
    builder: CircuitBuilder,
    wanted: Vec<Diagram>,
    rows: crate::hash::FastMap<Diagram, u32>,
}

impl<'a> Rows<'a> {
    fn new(graph: &'a Trimmed, order: &'a [u32]) -> Self {
        let builder = CircuitBuilder::new(graph.slot_groups.len());
        Self { graph, order, builder, wanted: Vec::new(), rows: crate::hash::FastMap::default() }
    }

    fn want(&mut self, diagram: Diagram) {
        self.wanted.push(diagram);
    }

    fn row(&self, diagram: Diagram) -> u32 {
        self.rows[&diagram]
    }

    /// A decision is a sum over the group's classes; a node's children always have smaller numbers.
    fn emit_diagrams(&mut self, diagrams: &Diagrams) {
        let mut reached = crate::hash::FastSet::default();
        let mut pending = std::mem::take(&mut self.wanted);
        while let Some(node) = pending.pop() {
            if reached.insert(node) {
                pending.extend(diagrams.children(node));
            }
        }
        let mut nodes: Vec<Diagram> = reached.into_iter().collect();
        nodes.sort_unstable();
        for node in nodes {
            match node {
                FALSE => {}
                TRUE => self.builder.edge([]),
                _ => {
                    let first = self.graph.groups[self.order[diagrams.level(node) as usize] as usize].first_slot;
                    for (slot, &child) in (first..).zip(diagrams.children(node)) {
                        match child {
                            FALSE => {}
                            TRUE => self.builder.edge([slot]),
                            _ => self.builder.edge([slot, self.rows[&child]]),
                        }
                    }
                }
            }
            let row = self.builder.finish_node();
            self.rows.insert(node, row);
        }
    }
}
