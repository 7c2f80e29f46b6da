% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! pair: 0.25
%! red(2): 0.5
1/4::suit(C, clubs); 1/4::suit(C, hearts); 1/4::suit(C, spades); 1/4::suit(C, diamonds) :- card(C).
card(1). card(2).
red(C) :- suit(C, hearts). red(C) :- suit(C, diamonds).
pair :- suit(1, S), suit(2, S).
evidence(red(1)). 
query(pair). query(red(2)).
