% What a rule observes is true or false.
0.3::a.
evidence(X, maybe) :- X = a.
query(a).
%! error: `true` or `false`
