% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! q(erf, 0.520499877813047): 1
%! q(erfc, 1.520499877813047): 1
%! q(gamma, 52.34277778455352): 1
%! q(lgamma, 3.178053830347945): 1
q(gamma, X) :- X is gamma(5.5).
q(lgamma, X) :- X is lgamma(5).
q(erf, X) :- X is erf(0.5).
q(erfc, X) :- X is erfc(-0.5).
query(q(_, _)).
