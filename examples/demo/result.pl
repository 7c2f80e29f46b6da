% What each network may see of its input.
nn(digit,  [image],   D, [0,1,2,3,4,5,6,7,8,9]) :: seen(D).
nn(spoken, [speech],  D, [0,1,2,3,4,5,6,7,8,9]) :: heard(D).
nn(sign,   [gesture], S, [plus, minus])         :: signed(S).

% What it means. Only the result is ever labelled.
result(R) :- seen(A), heard(B), signed(plus),  R is A + B.
result(R) :- seen(A), heard(B), signed(minus), R is A - B.
