% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! fact(7): 1
%! n(2): 1
%! rule(3): 1
%! unknown: 0
% What a predicate's rules say, their variables renamed.
big(X) :- X > 3.
big(X) :- odd(X), \+ small(X).
odd(7). small(1).
rule(Y) :- clause(big(_), X > Y), var(X).
fact(X) :- clause(odd(X), true).
n(L) :- findall(B, clause(big(9), B), Bs), length(Bs, L).
unknown :- clause(none(_), _).
query(rule(_)). query(fact(_)). query(n(_)). query(unknown).
