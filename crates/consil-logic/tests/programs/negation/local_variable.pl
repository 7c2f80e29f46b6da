% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! sink(1): 0.36
%! sink(2): 0.6
%! sink(3): 1
0.4::edge(X, Y) :- node(X), node(Y), X < Y.
node(1). node(2). node(3).
sink(X) :- node(X), \+edge(X, _).
query(sink(_)).
