% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! odd(9): 1
%! p: 0.3
even(0).
even(N) :- N > 0, M is N - 1, odd(M).
odd(N) :- N > 0, M is N - 1, even(M).
0.3::start(6). 0.7::start(7).
p :- start(N), even(N).
query(p). query(odd(9)).
