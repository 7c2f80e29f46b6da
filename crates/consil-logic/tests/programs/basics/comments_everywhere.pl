% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p: 0.6
/* a comment
   of two lines */
0.2::a. % behind a clause
p :- a /* within */ ; b. % or
0.5::b.
query(p).
