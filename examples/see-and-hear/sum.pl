nn(seen,  [image],  D, [0,1,2,3,4,5,6,7,8,9]) :: seen(D).
nn(heard, [speech], D, [0,1,2,3,4,5,6,7,8,9]) :: heard(D).

sum(S) :- seen(A), heard(B), S is A + B.
