% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! burglary: 0.989655172413793
%! earthquake: 0.227586206896552
% Burglary and earthquake (Pearl 1988), as in the ProbLog tutorial.
0.7::burglary.
0.2::earthquake.
0.9::alarm :- burglary, earthquake.
0.8::alarm :- burglary, \+ earthquake.
0.1::alarm :- \+ burglary, earthquake.
evidence(alarm, true).
query(burglary). query(earthquake).
