% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! yields([a, b]): 0.6
%! yields([a]): 0
%! yields([b]): 0.4
% The probability that a grammar yields a word.
0.6::rule(1); 0.4::rule(2).
s([a | T], R) :- rule(1), u(T, R).
s([b | R], R) :- rule(2).
u([b | R], R).
yields(W) :- s(W, []).
query(yields([a, b])). query(yields([b])). query(yields([a])).
