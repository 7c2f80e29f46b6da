% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! sum(2): 0.111111111111111
%! sum(3): 0.222222222222222
%! sum(4): 0.333333333333333
%! sum(5): 0.222222222222222
%! sum(6): 0.111111111111111
% Two dice whose sum is wanted.
1/3::die(D, 1); 1/3::die(D, 2); 1/3::die(D, 3) :- dice(D).
dice(a). dice(b).
sum(S) :- die(a, X), die(b, Y), S is X + Y.
query(sum(_)).
