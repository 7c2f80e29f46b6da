% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! run(20): 0.121576654590569
%! run(5): 0.59049
0.9::step(N) :- between(1, 20, N).
run(0).
run(N) :- N > 0, step(N), M is N - 1, run(M).
query(run(5)). query(run(20)).
