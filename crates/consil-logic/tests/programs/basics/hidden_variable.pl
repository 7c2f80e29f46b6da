% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! likes(ann): 0.75
% The probability is drawn for each pair, although the head shows one of the two.
0.5::likes(X) :- person(X), food(Y), tasty(Y).
person(ann). food(soup). food(cake). food(stone). tasty(soup). tasty(cake).
query(likes(ann)).
