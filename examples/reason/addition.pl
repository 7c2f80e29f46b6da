% Two numbers of two digits, read whole, and the distribution of their sum: 199 sums of 10,000 pairs, of which the circuit multiplies
% 561, since of the tens only their sum matters, and of the units. With networks in the place of the probabilities,
%   nn(digit, [X], D, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, D).
% it is the multi-digit addition of DeepProbLog.
% expect sum([a, b], [c, d], 0) 0.0001
% expect sum([a, b], [c, d], 99) 0.0100
% expect sum([a, b], [c, d], 170) 0.0029

0.1::digit(X, 0); 0.1::digit(X, 1); 0.1::digit(X, 2); 0.1::digit(X, 3); 0.1::digit(X, 4);
0.1::digit(X, 5); 0.1::digit(X, 6); 0.1::digit(X, 7); 0.1::digit(X, 8); 0.1::digit(X, 9).

number([], N, N).
number([X | Xs], A, N) :- digit(X, D), B is 10 * A + D, number(Xs, B, N).
sum(Xs, Ys, S) :- number(Xs, 0, A), number(Ys, 0, B), S is A + B.

query(sum([a, b], [c, d], S)).
