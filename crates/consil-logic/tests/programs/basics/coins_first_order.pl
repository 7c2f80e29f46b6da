% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! heads(c1): 0.6
%! heads(c2): 0.6
%! heads(c3): 0.6
%! heads(c4): 0.6
%! someHeads: 0.9744
0.6::lands_heads(_) :- coin(_).
heads(C) :- coin(C), toss(C).
0.6::toss(C) :- coin(C).
coin(c1). coin(c2). coin(c3). coin(c4).
someHeads :- heads(_).
query(someHeads). query(heads(C)).
