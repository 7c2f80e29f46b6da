% Pearl's alarm: what the neighbours' calls say about a burglary.
% expect burglary 0.2842
% expect earthquake 0.1761

0.001::burglary.
0.002::earthquake.
0.95::alarm :- burglary, earthquake.
0.94::alarm :- burglary, \+ earthquake.
0.29::alarm :- \+ burglary, earthquake.
0.001::alarm :- \+ burglary, \+ earthquake.
0.9::calls(john) :- alarm.
0.05::calls(john) :- \+ alarm.
0.7::calls(mary) :- alarm.
0.01::calls(mary) :- \+ alarm.

evidence(calls(john)).
evidence(calls(mary)).
query(burglary).
query(earthquake).
