% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! edge: 0.02
%! heads: 0.49
%! not_tails: 0.51
0.49::heads; 0.49::tails; 0.02::edge.
not_tails :- heads. not_tails :- edge.
query(heads). query(not_tails). query(edge).
