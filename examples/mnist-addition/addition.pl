% Two numbers of as many digits, each digit a picture, labelled with the digits of their sum alone. The spec's list `image` holds the first
% number's digits and then the second's; places are counted from the first digit of the sum, 0, to the last, N.
:- dynamic items/2, total/2.

nn(digit, [X], D, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, D).

% Both numbers, their last digits first, and how many digits they have.
numbers(Xs, Ys, N) :-
    items(image, All), length(All, Both), N is Both // 2,
    length(First, N), append(First, Second, All),
    reverse(First, Xs), reverse(Second, Ys).

% What is asked: the digit D at each place P of the sum.
sum(P, D) :- numbers(Xs, Ys, N), place(Xs, Ys, N, 0, P, D).

place([], [], P, Carry, P, Carry).
place([X | Xs], [Y | Ys], I, Carry, P, D) :-
    digit(X, A), digit(Y, B), S is A + B + Carry,
    place_of(S, Xs, Ys, I, P, D).

place_of(S, _, _, I, I, D) :- D is S mod 10.
place_of(S, Xs, Ys, I, P, D) :- Carry is S // 10, J is I - 1, place(Xs, Ys, J, Carry, P, D).

% What is learned: the pictures add up to the row's digits, which are open facts total(P, D). All that goes from one place to the next is
% the carry, so the circuit is linear in the number of digits.
adds_up :- numbers(Xs, Ys, N), adds_up(Xs, Ys, N, 0).

adds_up([], [], I, Carry) :- total(I, Carry).
adds_up([X | Xs], [Y | Ys], I, Carry) :-
    digit(X, A), digit(Y, B), S is A + B + Carry,
    D is S mod 10, total(I, D),
    Next is S // 10, J is I - 1,
    adds_up(Xs, Ys, J, Next).
