% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! all_red: 0.25
0.5::leaf(1, red). 0.5::leaf(2, red).
tree(node(leaf(1), node(leaf(2), leaf(3)))).
red(leaf(N)) :- leaf(N, red).
red(node(L, R)) :- red(L), red(R).
red(leaf(3)).
all_red :- tree(T), red(T).
query(all_red).
