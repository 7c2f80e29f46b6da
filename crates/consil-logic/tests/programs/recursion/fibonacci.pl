% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! fib(20,6765): 1
fib(0, 0). fib(1, 1).
fib(N, F) :- N > 1, A is N - 1, B is N - 2, fib(A, X), fib(B, Y), F is X + Y.
query(fib(20, _)).
