% Each image has a network of its own.
nn(digit,  [X], D, [0,1,2,3,4,5,6,7,8,9]) :: first(X, D).
nn(second, [X], D, [0,1,2,3,4,5,6,7,8,9]) :: other(X, D).
sum(S) :- first(image(0), A), other(image(1), B), S is A + B.
