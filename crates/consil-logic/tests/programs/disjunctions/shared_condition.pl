% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! none: 0.6
%! pr: 0.1
%! ps: 0.1
0.4::x.
0.5::p; 0.5::q :- x.
0.5::r; 0.5::s :- x.
pr :- p, r. ps :- p, s. none :- \+p, \+q.
query(pr). query(ps). query(none).
