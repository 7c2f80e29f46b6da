% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! upto(60): 0.941736262223168
0.999::ok(N) :- between(1, 60, N).
upto(0).
upto(N) :- N > 0, M is N - 1, upto(M), ok(N).
query(upto(60)).
