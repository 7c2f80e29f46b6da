% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! both: 0.2
%! likes('Ann Lee',"tea"): 0.4
%! likes(bob,"tea"): 0.5
0.4::likes('Ann Lee', "tea").
0.5::likes(bob, "tea").
both :- likes('Ann Lee', X), likes(bob, X).
query(both).
query(likes(X, "tea")).
