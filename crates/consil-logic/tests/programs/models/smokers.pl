% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! asthma(angelika): 0.13948128
%! asthma(dimitar): 0.12
%! asthma(jonas): 0.14136288
%! asthma(joris): 0.169205184
%! smokes(angelika): 0.3487032
%! smokes(dimitar): 0.3
%! smokes(jonas): 0.3534072
%! smokes(joris): 0.42301296
% ProbLog tutorial: social networks with cyclic influence.
0.3::stress(X) :- person(X).
0.2::influences(X, Y) :- person(X), person(Y).
smokes(X) :- stress(X).
smokes(X) :- friend(X, Y), influences(Y, X), smokes(Y).
0.4::asthma(X) :- smokes(X).
person(angelika). person(joris). person(jonas). person(dimitar).
friend(joris, jonas). friend(joris, angelika). friend(joris, dimitar). friend(angelika, jonas).
friend(jonas, joris).
query(smokes(X)). query(asthma(X)).
