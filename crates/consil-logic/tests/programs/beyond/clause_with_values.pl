% The values of the head are in the body that is found.
big(X) :- X > 3.
rule(B) :- clause(big(2), B).
query(rule(_)).
%! rule(2 > 3): 1
