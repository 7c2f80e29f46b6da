% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! c: 0.25
% a line comment. with a stop.
/* a block comment :- not a rule. **/
0.25::a. % after
1.0e-1::b.
c :- a, /* inside */ b.
c :- X = 2.5, X > 1.0e0, a.
query(c).
