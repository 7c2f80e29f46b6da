% Two numbers digit by digit, the last digits first, each digit read by a network. The sum's digits are facts of the goal:
% one circuit for every label, linear in the number of digits, since all that goes from one digit to the next is the carry.
%
%   consil_logic::Goal { facts: ["_::total(0, 0)", …], .. }     open facts: a 0/1 weight for each digit of each sample
:- dynamic total/2.

nn(digit, [X], D, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, D).

adds_up(Xs, Ys) :- adds_up(Xs, Ys, 0, 0).
adds_up([], [], I, Carry) :- total(I, Carry).
adds_up([X | Xs], [Y | Ys], I, Carry) :-
    digit(X, A), digit(Y, B),
    S is A + B + Carry, D is S mod 10, total(I, D),
    Next is S // 10, J is I + 1,
    adds_up(Xs, Ys, J, Next).
