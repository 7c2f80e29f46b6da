% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! happy('Ann Lee'): 0.3
%! happy(bob): 0.4
0.3::'likes it'('Ann Lee', 'new car').
0.4::'likes it'(bob, 'it\'s').
happy(X) :- 'likes it'(X, _).
query(happy(_)).
