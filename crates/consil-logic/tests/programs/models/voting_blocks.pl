% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! votes(a): 0.967032967032967
%! votes(b): 0.802197802197802
%! votes(c): 0.692307692307692
0.8::votes(a). 0.7::votes(b) :- votes(a). 0.2::votes(b) :- \+votes(a). 0.6::votes(c).
two :- votes(a), votes(b). two :- votes(a), votes(c). two :- votes(b), votes(c).
evidence(two).
query(votes(_)).
