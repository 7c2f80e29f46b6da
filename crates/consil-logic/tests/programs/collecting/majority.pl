% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! passes: 0.648
0.6::vote(X) :- voter(X). voter(1). voter(2). voter(3).
passes :- findall(X, vote(X), L), length(L, N), N > 1.
query(passes).
