% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! outbreak: 0.441316414830959
%! sick(1): 0.847457627118644
%! sick(5): 0.053134962805526
%! sick(8): 0.1
% A query that depends on every person, in independent parts.
0.1::sick(X) :- person(X).
0.5::reports(X) :- sick(X).
0.01::reports(X) :- person(X), \+ sick(X).
person(1). person(2). person(3). person(4). person(5). person(6). person(7). person(8).
outbreak :- person(X), person(Y), X < Y, sick(X), sick(Y).
evidence(reports(1)). evidence(reports(5), false).
query(outbreak). query(sick(1)). query(sick(5)). query(sick(8)).
