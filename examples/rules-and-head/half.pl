% The rules know that the result is the sum or the difference of what is seen and heard. Which of the two, the gesture says, and of gestures they
% know nothing.
nn(digit,  [image],  D, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: seen(D).
nn(spoken, [speech], D, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: heard(D).

0.5::sign(plus); 0.5::sign(minus).

result(R) :- seen(A), heard(B), sign(plus),  R is A + B.
result(R) :- seen(A), heard(B), sign(minus), R is A - B.

% What the samples are labelled with (logic.truth). The network `gesture` is asked nowhere else, and so the spec has none of that name.
nn(gesture, [gesture], S, [plus, minus]) :: signed(S).

truly(R) :- seen(A), heard(B), signed(plus),  R is A + B.
truly(R) :- seen(A), heard(B), signed(minus), R is A - B.
