% Two numbers of N digits, each digit equally likely: how likely is a given sum? Digit by digit, from the last to the first, all that
% goes from one place to the next is the carry, so that the circuit grows with the digits and no faster. The sum ends in 0, 7, 4, 1, 8 ...
% from behind and begins with a carried 1: for two digits it is 170, and 29 of 10,000 pairs have that sum.
% expect adds_up(2) 0.0029

digits(2).
digits(15).
digits(100).

0.1::digit(N, I, 0); 0.1::digit(N, I, 1); 0.1::digit(N, I, 2); 0.1::digit(N, I, 3); 0.1::digit(N, I, 4);
0.1::digit(N, I, 5); 0.1::digit(N, I, 6); 0.1::digit(N, I, 7); 0.1::digit(N, I, 8); 0.1::digit(N, I, 9).

total(N, N, 1).
total(N, I, D) :- I < N, D is 7 * I mod 10.

adds_up(N) :- digits(N), adds_up(N, 0, 0).
adds_up(N, N, Carry) :- total(N, N, Carry).
adds_up(N, I, Carry) :-
    I < N,
    digit(first, I, A), digit(second, I, B),
    S is A + B + Carry, D is S mod 10, total(N, I, D),
    Next is S // 10, J is I + 1,
    adds_up(N, J, Next).

query(adds_up(N)).
