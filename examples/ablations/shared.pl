% One network reads both images.
nn(digit, [X], D, [0,1,2,3,4,5,6,7,8,9]) :: seen(X, D).
sum(S) :- seen(image(0), A), seen(image(1), B), S is A + B.
