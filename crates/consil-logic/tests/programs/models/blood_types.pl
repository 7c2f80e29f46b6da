% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! type(x,a): 0.39
%! type(x,ab): 0.12
%! type(x,b): 0.24
%! type(x,o): 0.25
0.3::allele(P, 1, a); 0.2::allele(P, 1, b); 0.5::allele(P, 1, o) :- person(P).
0.3::allele(P, 2, a); 0.2::allele(P, 2, b); 0.5::allele(P, 2, o) :- person(P).
person(x).
type(P, ab) :- allele(P, 1, a), allele(P, 2, b).
type(P, ab) :- allele(P, 1, b), allele(P, 2, a).
type(P, o) :- allele(P, 1, o), allele(P, 2, o).
type(P, a) :- allele(P, 1, a), allele(P, 2, a).
type(P, a) :- allele(P, 1, a), allele(P, 2, o).
type(P, a) :- allele(P, 1, o), allele(P, 2, a).
type(P, b) :- person(P), \+type(P, ab), \+type(P, o), \+type(P, a).
query(type(x, _)).
