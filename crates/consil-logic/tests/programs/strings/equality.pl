% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(1): 0.3
%! q: 0
0.3::name(1, "ann"). 0.4::name(2, "bob").
p(X) :- name(X, "ann").
q :- "ann" = 'ann'.
query(p(_)). query(q).
