% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! read(money): 0
%! read(river): 0.56
% Two readings of a sentence, weighed by its words.
0.7::sense(bank, river); 0.3::sense(bank, money).
0.8::near(river, water) . 0.1::near(money, water).
fits(S) :- sense(bank, S), near(S, water).
evidence(near(money, water), false).
read(S) :- fits(S).
query(read(_)).
