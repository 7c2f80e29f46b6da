nn(digit, [X], D, [0,1,2,3,4,5,6,7,8,9]) :: digit(X, D).

sum(S) :- digit(image(0), A), digit(image(1), B), S is A + B.
