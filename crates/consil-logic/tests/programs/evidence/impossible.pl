0.4::a.
b :- a, \+a.
evidence(b).
query(a).
%! error: evidence is impossible
