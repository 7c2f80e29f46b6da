% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! smokes(a): 0.490278428232593
%! smokes(b): 1
%! smokes(c): 0.323191274001783
%! stress(a): 0.370250630731346
%! stress(b): 0.807638269907694
%! stress(c): 0.268306316377865
0.3::stress(X) :- person(X).
0.2::influences(X, Y) :- person(X), person(Y).
smokes(X) :- stress(X).
smokes(X) :- friend(X, Y), influences(Y, X), smokes(Y).
0.4::asthma(X) :- smokes(X).
person(a). person(b). person(c).
friend(a, b). friend(b, c). friend(c, a). friend(b, a).
evidence(smokes(b), true). evidence(asthma(c), false).
query(smokes(X)). query(stress(X)).
