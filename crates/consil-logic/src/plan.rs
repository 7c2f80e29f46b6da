//! A goal, compiled: its answers, the leaves they depend on, and the circuit that links the two.

mod bounds;
mod cache;
mod certificate;
mod flip;

use std::sync::Arc;

pub use bounds::Bounds;
pub(crate) use cache::PlanCache;
pub use certificate::Certificate;
pub use flip::Flip;

use crate::circuit::{Circuit, Compilation, Workspace};
use crate::leaf::{LeafGroup, LeafKind};
use crate::proof::{Derivations, Proof, Proofs};
use crate::provenance::{self, Provenance, Semiring};
use crate::term::Term;

/// What to ask.
///
/// `facts` are ground atoms that hold for this goal only; `0.3::atom` makes one uncertain, and `_::atom` leaves its
/// probability to the weights of each sample (a leaf group of kind [`LeafKind::Fact`]).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Goal {
    /// The query, an atom or a conjunction; its variables are answered.
    pub query: Term,
    /// Ground atoms with their observed truth, added to the program's own evidence.
    pub evidence: Vec<(Term, bool)>,
    /// Facts of this goal; their predicates are declared with `:- dynamic`.
    pub facts: Vec<Term>,
}

impl Goal {
    /// A query without evidence or facts.
    pub fn new(query: Term) -> Self {
        Self { query, evidence: Vec::new(), facts: Vec::new() }
    }
}

/// A compiled goal. Immutable and shared between threads; each thread brings its own [`Workspace`].
///
/// Weights are natural logarithms of probabilities, `[n_slots × batch]`, slot-major: slot `s` of sample `b` is at
/// `s * batch + b`. The weights of each group must sum to one; the result is then exact, and its gradient is right for
/// any parametrisation that keeps the sum (such as a log-softmax). A weight of −∞ is a class that cannot be.
pub struct Plan {
    pub(crate) answers: Vec<Term>,
    pub(crate) groups: Vec<LeafGroup>,
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) derivations: Derivations,
}

impl Plan {
    /// The ground instances of the query that can be true, in the standard order. A ground query is always its own
    /// single answer, even if it is impossible.
    pub fn answers(&self) -> &[Term] {
        &self.answers
    }

    /// The index of an answer.
    pub fn find_answer(&self, answer: &Term) -> Option<usize> {
        self.answers.binary_search(answer).ok()
    }

    /// Whether an answer holds in every world.
    ///
    /// # Panics
    /// If there is no such answer.
    pub fn is_certain(&self, answer: usize) -> bool {
        self.derivations.is_certain(answer)
    }

    /// Whether an answer holds in no world.
    ///
    /// # Panics
    /// If there is no such answer.
    pub fn is_impossible(&self, answer: usize) -> bool {
        self.derivations.is_impossible(answer)
    }

    /// The slot that an answer is the same as: that of a probabilistic fact, or of a head without a body that no other clause
    /// gives. Nothing if the answer follows from more.
    ///
    /// # Panics
    /// If there is no such answer.
    pub fn leaf_of(&self, answer: usize) -> Option<usize> {
        self.derivations.leaf_of(answer)
    }

    /// The random variables that the answers and the evidence depend on.
    pub fn groups(&self) -> &[LeafGroup] {
        &self.groups
    }

    /// Whether both plans have one circuit, as goals of the same ground structure do that one engine planned: samples of both can then be evaluated together.
    /// The slots are the same; what they stand for is each plan's own.
    pub fn shares_circuit(&self, other: &Plan) -> bool {
        Arc::ptr_eq(&self.circuit, &other.circuit)
    }

    /// Rows of the log weights.
    pub fn n_slots(&self) -> usize {
        self.circuit.n_slots()
    }

    /// Sums of the circuit, and products under them: the cost of a pass is linear in their number.
    pub fn size(&self) -> (usize, usize) {
        (self.circuit.n_nodes(), self.circuit.n_edges())
    }

    /// How the circuit was compiled, and why so.
    pub fn compilation(&self) -> Compilation {
        self.circuit.compilation()
    }

    /// Memory held by the plan, in bytes, approximately.
    pub fn bytes(&self) -> usize {
        self.circuit.bytes() + self.derivations.bytes() + self.answers.len() * 64 + self.groups.len() * 256
    }

    /// How far the probabilities can be trusted.
    pub fn certificate(&self) -> Certificate {
        Certificate::Exact
    }

    /// The log weights of one sample that the program itself knows: the choices' probabilities. Slots of networks and of
    /// open facts are NaN.
    pub fn default_log_weights(&self) -> Vec<f64> {
        default_log_weights(&self.groups, self.n_slots())
    }

    /// Evaluates every answer for a batch: afterwards [`Workspace::log_prob`] gives log P(answer | evidence).
    ///
    /// # Panics
    /// If `log_weights` is not `n_slots × batch` long.
    pub fn forward(&self, log_weights: &[f32], batch: usize, ws: &mut Workspace) {
        ws.forward(&self.circuit, log_weights, batch);
    }

    /// [`forward`](Self::forward) for one sample in double precision.
    ///
    /// # Panics
    /// If `log_weights` is not `n_slots` long.
    pub fn forward_f64(&self, log_weights: &[f64], ws: &mut Workspace) {
        ws.forward(&self.circuit, log_weights, 1);
    }

    /// After [`forward`](Self::forward): the gradient of Σ_b −log P(target_b | evidence) by the log weights, in their
    /// layout. Samples without a target, or whose target or evidence is impossible, have gradient zero;
    /// [`Workspace::losses`] has the summands and [`Workspace::impossible`] the impossible samples.
    ///
    /// # Panics
    /// If the last forward pass was another plan's or had another batch, or a target is no answer.
    pub fn loss_and_gradient<'w>(&self, targets: &[Option<usize>], ws: &'w mut Workspace) -> &'w [f32] {
        ws.loss_and_gradient(targets)
    }

    /// After [`forward`](Self::forward): the gradient of Σ c[a, b] · log P(answer a | evidence) of sample b by the log
    /// weights, for cotangents `c` of shape `[n_answers × batch]`, answer-major. Impossible answers contribute nothing.
    ///
    /// # Panics
    /// If `cotangents` has another length.
    pub fn backward<'w>(&self, cotangents: &[f32], ws: &'w mut Workspace) -> &'w [f32] {
        let batch = ws.batch();
        assert_eq!(cotangents.len(), self.answers.len() * batch, "cotangents are [n_answers × batch]");
        ws.backward(|ws, b, push| {
            for answer in 0..self.answers.len() {
                let seed = f64::from(cotangents[answer * batch + b]);
                if seed != 0.0 && ws.log_prob(answer, b).is_finite() {
                    push(answer, seed);
                }
            }
        });
        ws.gradient()
    }

    /// The `k` most probable derivations of an answer under one sample's log weights, most probable first.
    ///
    /// A derivation's probability is the product of the distinct leaves it uses; derivations are not exclusive, so their
    /// probabilities need not sum to the answer's. A negated goal counts with its own exact probability.
    ///
    /// There are fewer if there are no more, or if the search is given up, which [`search_proofs`](Self::search_proofs) tells.
    ///
    /// # Panics
    /// If there is no such answer or `log_weights` is not `n_slots` long.
    pub fn proofs(&self, answer: usize, log_weights: &[f32], k: usize) -> Vec<Proof> {
        self.search_proofs(answer, log_weights, k).proofs
    }

    /// [`proofs`](Self::proofs), and whether the search for them was given up.
    ///
    /// # Panics
    /// As [`proofs`](Self::proofs).
    pub fn search_proofs(&self, answer: usize, log_weights: &[f32], k: usize) -> Proofs {
        self.derivations.proofs(&self.groups, (answer, &self.answers[answer]), log_weights, k)
    }

    /// Reads the derivations of an answer in a semiring. Evidence plays no part.
    ///
    /// # Panics
    /// If there is no such answer, or the semiring has no value for some slot.
    pub fn provenance<S: Provenance>(&self, answer: usize, semiring: &S) -> S::Value {
        self.derivations.provenance(answer, semiring)
    }

    /// For each goal of the derivation graph, the probability that it fails, where it is negated: what [`TopK`] takes. NaN
    /// for goals that are not.
    ///
    /// [`TopK`]: crate::TopK
    pub fn failures(&self, log_weights: &[f64]) -> Vec<f64> {
        self.derivations.failures(log_weights).into_iter().map(f64::exp).collect()
    }

    /// Evaluates the circuit of an answer, together with the evidence, in a semiring of weights. A group that a term of the
    /// circuit does not mention contributes one, so the semiring's weights of a group should add up to one.
    ///
    /// # Panics
    /// If there is no such answer or not one weight for each slot.
    pub fn evaluate<S: Semiring>(&self, answer: usize, semiring: &S, weights: &[S::Value]) -> S::Value {
        assert_eq!(weights.len(), self.n_slots(), "one weight for each slot");
        let rows = provenance::circuit(&self.circuit, semiring, weights);
        rows[self.circuit.root(answer) as usize].clone()
    }

    /// The single change of one group's class that is most probable among those that change the most probable answer
    /// of a sample; nothing if no single change does.
    ///
    /// Each candidate is evaluated exactly, with its group fixed to the candidate class; a class of weight zero is no
    /// candidate.
    ///
    /// # Panics
    /// If `log_weights` is not `n_slots` long.
    pub fn nearest_flip(&self, log_weights: &[f32], ws: &mut Workspace) -> Option<Flip> {
        flip::nearest_flip(self, log_weights, ws, |_| true, |ws, b| flip::best_answer(self, ws, b))
    }

    /// The same where the answer is not the circuit's alone: `best` gives the winner of sample `b` of the evaluated workspace, by a number of the caller's own, with
    /// its log-probability; and only groups that are candidates, by their index, may change.
    ///
    /// # Panics
    /// If `log_weights` is not `n_slots` long.
    pub fn nearest_flip_by(
        &self,
        log_weights: &[f32],
        ws: &mut Workspace,
        is_candidate: impl Fn(usize) -> bool,
        best: impl Fn(&Workspace, usize) -> Option<(usize, f64)>,
    ) -> Option<Flip> {
        flip::nearest_flip(self, log_weights, ws, is_candidate, best)
    }
}

pub(crate) fn default_log_weights(groups: &[LeafGroup], n_slots: usize) -> Vec<f64> {
    let mut weights = vec![f64::NAN; n_slots];
    for group in groups {
        if let LeafKind::Choice { probabilities, .. } = &group.kind {
            for (slot, probability) in group.slots.clone().zip(probabilities) {
                weights[slot] = probability.ln();
            }
        }
    }
    weights
}
